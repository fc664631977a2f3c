"""MIDI: controllers and clocks, all that are plugged in, known by name.

In: the ports' messages; learn() and forget() by the performer; the store, for lamps and rings.
Out: values through the store, actions through act(), the beat of a MIDI clock, messages to the
controllers, lines. One thread, which never holds up another and outlives whatever fails.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engine import clock
from engine.control import bindings
from engine.control.binding_file import BindingFile, Edit, Own
from engine.control.bindings import Binding, Layout
from engine.control.hands import Hand
from engine.control.lamps import Lamps
from engine.control.learning import Learner
from engine.control.midi_clock import MidiClock
from engine.control.midi_messages import Control, Decoder, Move
from engine.control.midi_ports import Port, Ports
from engine.control.notes import Notes
from engine.parameters import ACTIONS, Store

PERIOD, IDLE = 0.002, 0.1  # seconds between two readings, with ports and without
LOOK, LIGHT = 1.0, 1 / 30  # seconds between two looks at the ports, at the lamps
SIGNALS = ("cc", "touch", "bend")  # kinds of controls that are signals, as midi.1.cc.7
CLOCK_WORDS = ("clock", "start", "stop", "continue", "songpos")
RECENT = 8  # messages that the monitor may show
HUSH = 1.0  # seconds after which another port's clock may lead


@dataclass
class Device:
    """A port that is open, and what is known of it."""

    port: Port
    layout: Layout | None
    lamps: Lamps
    decoder: Decoder = field(default_factory=Decoder)
    clock: MidiClock = field(default_factory=MidiClock)
    ticks: int = 0
    hands: dict[Control, Hand] = field(default_factory=dict)
    lit: list[Binding] = field(default_factory=list)  # those that a lamp shows
    moved: dict[Control, float] = field(default_factory=dict)

    @cached_property
    def signals(self) -> str:
        """What its signals' names begin with: the second of two called alike has its own."""
        return f"midi.port{self.port.place}" if self.port.place > 1 else "midi"


class Midi:
    """All MIDI of a show, from start() to stop().

    act(name, argument) asks for an action, say(text) tells a line, lead(name, bpm, beat, moment,
    bar) and silence(name) are the clock's; shown(action, argument) is what an action's lamp shows
    (Lamps). publish(values, moment) takes notes and what controllers send as signals.
    stand(*lines) hears of the controllers that play and are gone, and without a line that none is.
    The performer's bindings lie in `file`, which may be edited meanwhile.
    """

    def __init__(
        self,
        store: Store,
        act: Callable[..., None],
        beat: clock.Clock,
        say: Callable[[str], None],
        file: Path,
        shown: Callable[[str, str], float | None] = lambda action, argument: 0.0,
        publish: Callable[[dict[str, float], float], None] = lambda values, moment: None,
        stand: Callable[..., None] = lambda *lines: None,
    ):
        self._store, self._act, self._beat, self._say = store, act, beat, say
        self._file, self._shown = BindingFile(file, store, say), shown
        self._ports, self._layouts = Ports(say), []
        self._publish, self._notes = publish, Notes(store.effective)
        self._sounding: dict[str, float] = {}
        self._own: Own = {}
        self._devices: dict[str, Device] = {}
        self._missed: set[str] = set()  # ports that played and are gone
        self._stand = stand
        self._asked: deque[Callable[[], None]] = deque()
        self._learner: Learner | None = None
        self._doubted = False  # whether a turn to the left was asked for
        self._leader, self._led = "", 0.0  # the port whose clock leads, and when it did
        self._look_at = self._light_at = 0.0
        self.recent: tuple[str, ...] = ()  # what came last, newest last; a clock as one line
        self.learning = ""  # the parameter or action that a control is sought for
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="midi", daemon=True)

    def start(self) -> None:
        """Begin to look for ports."""
        self._thread.start()

    def stop(self) -> None:
        """Put the controllers' lamps out and end the thread."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def learn(self, to: str) -> None:
        """Bind the control that moves next to `to`, a parameter or an action; any thread.

        BindingError or ParameterError if there is no such target.
        """
        target = bindings.check_target(to, self._store).partition(" ")[0]
        row = None if target in ACTIONS else self._store.row(target)

        def begin() -> None:
            self._learner, self._doubted, self.learning = Learner(to, row), False, to
            self._say(f"move the control for {to}; turn an endless knob slowly to the right")

        self._asked.append(begin)

    def forget(self, to: str) -> None:
        """Unbind every control of `to`; "" ends the learning. Any thread."""
        self._asked.append(lambda: self._forget(to))

    def controls(self, to: str) -> list[Control]:
        """Return the performer's controls of `to`; any thread."""
        return [row.control for row in self._own.copy().values() if row.to == to]

    def let_go(self) -> None:
        """Take every hand off pads and keys, as panic does. Any thread."""
        self._asked.append(self._let_go)

    # From here on: the MIDI thread.

    def _run(self) -> None:
        self._guard(self._read_layouts)
        self._guard(self._file.start)
        while not self._ending.wait(PERIOD if self._devices else IDLE):
            self._guard(self._tick)
        self._guard(self._leave)

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as fault:  # noqa: BLE001 - the thread's guard: the show goes on
            self._say(f"MIDI failed: {type(fault).__name__}: {fault}")
            self._ending.wait(LOOK)

    def _read_layouts(self) -> None:
        self._layouts = bindings.layouts()

    def _tick(self) -> None:
        now = clock.now()
        while self._asked:
            self._asked.popleft()()
        if (own := self._file.news()) is not None:
            self._use(own)
        if now >= self._look_at:
            self._look_at = now + LOOK
            self._look()
        for device in self._devices.values():
            for message, moment in device.port.read():
                self._hear(device, message, moment)
        self._tell_notes(now)
        if self._learner:
            self._finish_learning(now)
        if now >= self._light_at:
            self._light_at = now + LIGHT
            self._light(now)

    def _look(self) -> None:
        come, gone = self._ports.look()
        for port in gone:
            self._part(self._devices.pop(port.name))
        for port in come:
            layout = next((each for each in self._layouts if each.fits(port.name)), None)
            device = Device(port, layout, Lamps(self._store, self._shown))
            self._devices[port.name] = device
            for message in layout.begin if layout else ():
                port.send(message)
            self._bind(device)
            laid = layout and not self._bound(port.name)
            self._say(f"{port.name} is here" + (f", laid out as {layout.name}" if laid else ""))
            self._missed.discard(port.name)
        if come or gone:
            self._stand(*(f"{name} has gone: plug it in again" for name in sorted(self._missed)))

    def _part(self, device: Device) -> None:
        """Let go of a controller that is gone; one that moved something is missed."""
        name = device.port.name
        for hand in device.hands.values():
            hand.let_go()
        self._notes.let_go(lambda key: key[0] == name, clock.now())
        if device.hands or name == self._leader:
            self._missed.add(name)
        else:
            self._say(f"{name} has gone")

    def _let_go(self) -> None:
        for device in self._devices.values():
            for hand in device.hands.values():
                hand.let_go()
        self._notes.let_go(lambda key: True, clock.now())

    def _bound(self, port: str) -> list[Binding]:
        return [row for row in self._own.values() if row.port == port]

    def _rows(self, device: Device) -> list[Binding]:
        """Return the performer's bindings for this port, else those of its layout."""
        return self._bound(device.port.name) or self._laid(device.port.name)

    def _laid(self, port: str) -> list[Binding]:
        layout = self._devices[port].layout
        return layout.bindings(port, self._store) if layout else []

    def _bind(self, device: Device) -> None:
        """Give every binding its hand; one that has it keeps it, with what it holds."""
        rows, name = self._rows(device), device.port.name
        before = {hand.binding: hand for hand in device.hands.values()}
        for row in before.keys() - set(rows):
            before[row].let_go()
        hands = (before.get(row) or Hand(row, self._store, self._act) for row in rows)
        device.hands = {hand.binding.control: hand for hand in hands}
        device.lit = [row for row in rows if row.shows_on]
        self._notes.let_go(lambda key: key[0] == name and key[1] in device.hands, clock.now())

    def _hear(self, device: Device, message, moment: float) -> None:
        if message.type in CLOCK_WORDS:
            self._count(device, message.type)
            self._hear_clock(device, message, moment)
            return
        moves = device.decoder.moves(message)
        if not moves:
            return
        what = " or ".join(f"{control} = {value}" for control, value in moves)
        self.recent = (*self.recent, f"{device.port.name}  {what}")[-RECENT:]
        if self._learner:
            heard = [move for move in moves if self._may_be_learned(device, move.control)]
            self._learner.hear(device.port.name, heard, moment)
        for move in moves:
            self._move(device, move, moment)

    def _count(self, device: Device, word: str) -> None:
        """Tell the monitor of a clock: its ticks by their number, in one line."""
        lines, line = self.recent, f"{device.port.name}  {word}"
        if word == "clock":
            lines = [each for each in lines if not each.startswith(f"{line} ")]
            device.ticks += 1
            line += f" {device.ticks}"
        self.recent = (*lines, line)[-RECENT:]

    def _move(self, device: Device, move: Move, moment: float) -> None:
        device.moved[move.control] = moment
        control, hand = move.control, device.hands.get(move.control)
        meant = self._learner and self._learner.means(device.port.name, control)
        if hand:
            device.lamps.moved(move)
            hand.let_go() if meant else hand.move(move.value)
        elif control.kind == "note":
            key, velocity = (device.port.name, control), 0 if meant else move.value
            self._notes.move(key, control.number, velocity, moment)
        if control.kind in SIGNALS:
            self._publish({f"{device.signals}.{control}": move.value / control.top}, moment)

    def _tell_notes(self, now: float) -> None:
        """Publish the notes' signals while they move."""
        sounding = self._notes.signals(now)
        if sounding != self._sounding:
            self._sounding = sounding
            self._publish(sounding, now)

    def _hear_clock(self, device: Device, message, moment: float) -> None:
        """Follow the clock of one port: the one that began, until it is silent for a while."""
        name, position = device.port.name, getattr(message, "pos", 0)
        beat = device.clock.hear(message.type, moment, position)
        if name != self._leader and moment - self._led < HUSH:
            return
        if message.type == "stop":
            self._beat.silence("midi")
        if beat:
            self._leader, self._led = name, moment
            self._beat.lead("midi", beat.bpm, beat.moment, moment, beat.bar)

    def _light(self, now: float) -> None:
        for device in self._devices.values():
            for message in device.lamps.news(device.lit, device.moved, now):
                device.port.send(message)

    # Learning. What is being learned does nothing meanwhile but let go; all others play on.

    def _may_be_learned(self, device: Device, control: Control) -> bool:
        """Whether this may be meant: once a knob is to be turned left, nothing else that plays."""
        if not self._doubted or control not in device.hands:
            return True
        return self._learner.means(device.port.name, control)

    def _finish_learning(self, now: float) -> None:
        learned = self._learner.learned(now)
        if learned:
            self._learner = None
            self._keep(learned)
            self._say(f"{learned.port} {learned.control} moves {learned.to}")
            self.learning = ""
        elif self._learner.doubts and not self._doubted:
            self._doubted = True
            self._say("now turn it slowly to the left")

    def _keep(self, row: Binding) -> None:
        """Bind a control, which then does nothing else; a layout becomes the performer's own."""
        adopt = self._adopting([row.port])
        self._change(lambda own: {**adopt(own), (row.port, row.control): row})

    def _forget(self, to: str) -> None:
        self._learner, self.learning = None, ""
        if not to:
            return
        adopt = self._adopting(self._devices)
        before = len(adopt(self._own))
        self._change(
            lambda own: {
                key: row for key, row in adopt(own).items() if to not in (row.to, row.target)
            }
        )
        self._say(f"{before - len(self._own)} controls of {to} forgotten")

    def _adopting(self, ports: Iterable[str]) -> Edit:
        """Return the edit that makes the layouts of these ports the performer's own."""
        laid = [row for port in ports if port in self._devices for row in self._laid(port)]

        def adopt(own: Own) -> Own:
            bound = {port for port, _ in own}
            return {(row.port, row.control): row for row in laid if row.port not in bound} | own

        return adopt

    def _change(self, edit: Edit) -> None:
        """Let an edit be so at once, and in the file as soon as the disk allows."""
        self._use(edit(self._own))
        self._file.change(edit)

    def _use(self, own: Own) -> None:
        self._own = own
        for device in self._devices.values():
            self._bind(device)

    def _leave(self) -> None:
        for device in self._devices.values():
            end = device.layout.end if device.layout else ()
            for message in (*device.lamps.dark(device.lit), *end):
                device.port.send(message)
        self._ports.close()
        self._file.stop()
