"""The MIDI ports of this machine by their names, as they come and go.

In: what ALSA's sequencer, CoreMIDI or Windows have; on Linux without a sequencer, a JACK server
that runs already. Out: open ports, read without waiting. MIDI thread.
rtmidi stamps messages as they come and keeps them; nothing of ours runs in its threads, for a
thread that waits for Python's lock would be late for JACK.
"""

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path

import mido

from engine import clock
from engine.control.midi_messages import message

try:
    import rtmidi
except ImportError as fault:  # no wheel for this Python or system: the show goes on without
    rtmidi, absent = None, f"python-rtmidi is not installed ({fault})"

OWN = "Other Half"
THROUGH = "Midi Through"  # ALSA's own loop: what goes in comes out again
DRIFT = 2e-4  # how much faster the driver's clock may run than ours
STALL = 0.5  # seconds; a stamp that lies farther back is not believed
_VARYING = re.compile(r" \d+:\d+$| \[\d+\]")  # ALSA's numbers, another at each plugging in
_PLACE = re.compile(r" \((\d{1,3})\)$")  # as _names gives it
_ENDS = re.compile(r"(?<![a-z])(midi)?(in|out|input|output|capture|playback)(?![a-z])|[^a-z0-9]")
Key = tuple[str, int]  # a port as it is listed, and how many alike are listed before it


def _server() -> tuple | None:
    """Return what would be asked for ports, and which one of its kind; None if nothing is there.

    libjack and libasound complain on stderr where nobody answers, so they are asked only where
    somebody will.
    """
    if sys.platform != "linux":
        return (rtmidi.API_UNSPECIFIED,)
    if Path("/dev/snd/seq").exists():
        return (rtmidi.API_LINUX_ALSA,)
    name = os.environ.get("JACK_DEFAULT_SERVER", "default")
    try:
        socket = os.stat(f"/dev/shm/jack_{name}_{os.getuid()}_0")  # noqa: PTH116 - one of a kind
    except OSError:
        return None
    return (rtmidi.API_UNIX_JACK, socket.st_ino, socket.st_ctime_ns)


class Port:
    """One open input, and the output of the same device if it has one."""

    def __init__(self, name: str, source, sink=None):
        self.name, self._source, self._sink = name, source, sink
        self.failed = ""  # why its driver neither hears nor tells any more
        self._stamp = 0.0  # of the last message, on the driver's clock
        self._offset = float("inf")  # from that to ours, as far as is known

    @property
    def place(self) -> int:
        """Which it is of those that are called alike, from 1."""
        found = _PLACE.search(self.name)
        return int(found[1]) if found else 1

    def read(self) -> Iterator[tuple[mido.Message, float]]:
        """Yield what has come since the last reading, and the moment when it came."""
        while heard := self._ask(self._source.get_message):
            data, since = heard
            self._stamp += since
            late = clock.now() - self._stamp
            self._offset = min(self._offset + DRIFT * since, late)  # the promptest is the truest
            if late - self._offset > STALL:
                self._offset = late
            if whole := message(data):  # a driver may begin in the middle of one
                yield whole, self._stamp + self._offset

    def send(self, word: mido.Message) -> None:
        """Send a message to the device, if it can hear."""
        if self._sink:
            self._ask(self._sink.send_message, word.bytes())

    def _ask(self, driver: Callable, *words):
        """Return what the driver answers; once it fails, nothing: the other ports play on."""
        try:
            return None if self.failed else driver(*words)
        except rtmidi.RtMidiError as fault:
            self.failed = str(fault)

    def close(self) -> None:
        """Let go of both ends."""
        for end in filter(None, (self._source, self._sink)):
            end.close_port()
            end.delete()


class Ports:
    """All ports that are open; say(text) tells of one that cannot be."""

    def __init__(self, say: Callable[[str], None]):
        self.open: dict[str, Port] = {}
        self._say = say
        self._server: tuple | None = ()
        self._lookers: tuple = ()
        self._listed: list[dict[Key, str]] = [{}, {}]  # the names of inputs, of outputs
        self._refused: set[str] = set()
        self._alone: set[str] = set()  # inputs whose output may still be coming

    def look(self) -> tuple[list[Port], list[Port]]:
        """Open what has come, close what has gone, and return both."""
        if rtmidi is None:
            self._tell_absence(absent)
            return [], []
        server = _server()
        if server != self._server:
            gone = self._leave()
            self._server = server
            self._ask(server)
            return [], gone
        if not self._lookers:
            return [], []
        return self._compare(*(looker.get_ports() for looker in self._lookers))

    def _ask(self, server: tuple | None) -> None:
        if server is None:
            self._tell_absence("this system has no MIDI ports (no ALSA sequencer, no JACK server)")
            return
        try:
            self._lookers = rtmidi.MidiIn(server[0], OWN), rtmidi.MidiOut(server[0], OWN)
        except rtmidi.RtMidiError as fault:
            self._tell_absence(str(fault))

    def _tell_absence(self, why: str) -> None:
        if why not in self._refused:
            self._refused.add(why)
            self._say(f"no MIDI: {why}")

    def _compare(self, *listed: list[str]) -> tuple[list[Port], list[Port]]:
        there = [_keys(texts) for texts in listed]
        unplugged = [name for key, name in self._listed[0].items() if key not in there[0]]
        broken = [port.name for port in self.open.values() if port.failed]
        for name in broken:
            self._say(f"{name} is opened again, its driver failed: {self.open[name].failed}")
        gone = [self.open.pop(name) for name in {*unplugged, *broken} if name in self.open]
        for port in gone:
            port.close()
        self._listed = list(map(_names, there, self._listed))
        inputs, outputs = (
            {name: keys[key] for key, name in names.items()}
            for keys, names in zip(there, self._listed, strict=True)
        )
        return self._open(inputs, outputs), gone

    def _open(self, inputs: dict[str, int], outputs: dict[str, int]) -> list[Port]:
        self._refused &= inputs.keys()
        new = inputs.keys() - self.open.keys() - self._refused
        alone = {name for name in new if _beside(name, outputs) is None}
        ready, self._alone = new - alone | alone & self._alone, alone
        come = []
        for name in sorted(ready):
            try:
                self.open[name] = self._connect(name, inputs[name], outputs)
                come.append(self.open[name])
            except rtmidi.RtMidiError as fault:
                self._refused.add(name)
                self._say(f"{name} cannot be opened ({fault}); does another program use it?")
        return come

    def _connect(self, name: str, number: int, outputs: dict[str, int]) -> Port:
        api = self._server[0]
        source = rtmidi.MidiIn(api, OWN)
        source.ignore_types(sysex=True, timing=False, active_sense=True)
        source.open_port(number, name)
        back = _beside(name, outputs)
        if back is None:
            return Port(name, source)
        sink = rtmidi.MidiOut(api, OWN)
        try:
            sink.open_port(outputs[back], name)
        except rtmidi.RtMidiError as fault:
            self._say(f"{name} cannot be told anything ({fault})")
            sink.delete()
            return Port(name, source)
        return Port(name, source, sink)

    def _leave(self) -> list[Port]:
        gone, lookers = list(self.open.values()), self._lookers
        self.open, self._lookers, self._listed = {}, (), [{}, {}]
        for end in (*gone, *lookers):
            end.close() if isinstance(end, Port) else end.delete()
        return gone

    def close(self) -> None:
        """Close every port."""
        self._leave()


def _keys(listed: list[str]) -> dict[Key, int]:
    """Return the number of each port that is not our own, by what tells it from all others."""
    keys, alike = {}, Counter()
    for number, text in enumerate(listed):
        if text.startswith((OWN, THROUGH)):
            continue
        if sys.platform == "win32":
            text = re.sub(r" \d+$", "", text)  # its number, which changes
        keys[text, alike[text]] = number
        alike[text] += 1
    return keys


def _names(keys: Iterable[Key], before: Mapping[Key, str]) -> dict[Key, str]:
    """Return a name that lasts for each port: the one it had, or a new one.

    A second port of a name is its (2), and stays so when the first is gone.
    """
    names = {key: before[key] for key in keys if key in before}
    for key in keys:
        if key not in names:
            plain = _VARYING.sub("", key[0]).strip()
            choices = chain([plain], (f"{plain} ({number})" for number in count(2)))
            names[key] = next(name for name in choices if name not in names.values())
    return names


def _beside(name: str, outputs: Iterable[str]) -> str | None:
    """Return the output of the device whose input has this name, None if there is none."""
    alike = (other for other in outputs if _device(other) == _device(name))
    return name if name in outputs else next(alike, None)


def _device(name: str) -> str:
    """Return what the input and the output of a device have in common in their names."""
    return _ENDS.sub("", name.lower())
