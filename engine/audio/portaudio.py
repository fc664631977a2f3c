"""The small process that holds PortAudio, so that a driver that hangs can be killed.

    python -m engine.audio.portaudio list | listen NAME CHANNELS | play RATE

Out, on stdout: one line of JSON (what was asked for, or {"error": text}). `listen` may wait first,
a line {"waiting": why} each time; then it sends a HEADER and float32 frames for every block.
In, on stdin: `play` takes float32 stereo frames; the others only watch it close, which ends them.
Imports nothing heavy; JACK servers are not started.
"""

import json
import os
import queue
import re
import signal
import struct
import sys
import threading
from collections.abc import Sequence

from engine.audio import pulse
from engine.clock import now, sleep_until

HEADER = struct.Struct("<dI")  # moment of the first sample on clock.now, number of frames
BLOCK = 256  # frames asked of the driver
OPENING = 5.0  # seconds that a driver may take to open and give its first block
FIRST = 2.5  # seconds from an opened stream to its first block; an idle null sink takes 2
RETRY = 0.4  # seconds between two tries to open what is not there
PATIENCE = 1.0  # seconds without a block after which the device counts as lost
BACKLOG = 64  # blocks kept for a reader that is late
CUSHION = 0.04  # seconds of sound kept ahead of the output
PREFERRED = ("Windows WASAPI", "Core Audio", "ALSA")  # where one device has several drivers


def describe(sounddevice) -> list[dict]:
    """Return every device that PortAudio sees: name, hostapi, channels (in), outputs, rate, ...

    Beside them the sources of a PulseAudio or PipeWire server, which have an "id".
    """
    apis = [api["name"] for api in sounddevice.query_hostapis()]
    default = sounddevice.default.device[0]
    seen = [
        {
            "name": device["name"],
            "hostapi": apis[device["hostapi"]],
            "channels": device["max_input_channels"],
            "outputs": device["max_output_channels"],
            "rate": int(device["default_samplerate"]),
            "default": device["index"] == default,
            "index": device["index"],
        }
        for device in sounddevice.query_devices()
    ]
    return seen + pulse.sources()


def choose(devices: Sequence[dict], wanted: str) -> dict | None:
    """Return the input called `wanted`: its exact name, else the one name that holds it, else None.

    "name, hostapi" names one driver; ALSA's card number, which changes, is not needed. No name
    stands for the default input. Where two names hold it, neither is taken.
    """
    inputs = [device for device in devices if device["channels"]]
    if not wanted:
        return next((device for device in inputs if device["default"]), None)
    for key in (_exact, _without_number, _partial):
        found = [device for device in inputs if key(device, wanted.casefold())]
        if len({device["name"] for device in found}) == 1:
            return min(found, key=_driver)
    return None


def _names(device: dict) -> tuple[str, ...]:
    """Return what a device is exactly called: its name, with its driver, a source's id."""
    name = device["name"].casefold()
    return name, f"{name}, {device['hostapi'].casefold()}", device.get("id", name).casefold()


def _exact(device: dict, wanted: str) -> bool:
    return wanted in _names(device)


def _without_number(device: dict, wanted: str) -> bool:
    wanted, *names = (re.sub(r"hw:\d+", "", text) for text in (wanted, *_names(device)))
    return wanted in names


def _partial(device: dict, wanted: str) -> bool:
    return wanted in device["name"].casefold()


def _driver(device: dict) -> int:
    return PREFERRED.index(device["hostapi"]) if device["hostapi"] in PREFERRED else len(PREFERRED)


class Moments:
    """Smooths the times of callbacks: a delay-locked loop (Adriaensen 2005, first order)."""

    def __init__(self):
        self._next: float | None = None

    def place(self, measured: float, seconds: float) -> float:
        """Return the moment of a block measured at `measured` that lasts `seconds`."""
        if self._next is None or abs(measured - self._next) > 0.1:
            self._next = measured
        moment = self._next + 0.02 * (measured - self._next)
        self._next = moment + seconds
        return moment


def _say(document: object) -> None:
    sys.stdout.buffer.write(json.dumps(document).encode() + b"\n")
    sys.stdout.buffer.flush()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _open_input(sounddevice, device: dict, wanted: int, callback):
    """Return a started stream of the first `wanted` channels, or of all where that is refused."""
    for channels in dict.fromkeys((min(wanted, device["channels"]), device["channels"])):
        try:
            stream = sounddevice.RawInputStream(
                device["rate"], BLOCK, device["index"], channels, "float32", "low",
                callback=callback,
            )  # fmt: skip
            stream.start()
            return stream
        except sounddevice.PortAudioError as fault:
            failure = fault
    raise failure


def listen(sounddevice, wanted: str, channels: int) -> None:
    """Send the sound of the input called `wanted`, at least `channels` of it, until it stops.

    Until it can be opened, {"waiting": why} is said again and again, and PortAudio is started
    anew each time, which costs less than a new process.
    """
    while True:
        try:
            device = _wanted(describe(sounddevice), wanted)
            (_record if "id" in device else _stream)(sounddevice, device, channels)
            return
        except (sounddevice.PortAudioError, LookupError, OSError) as fault:
            _say({"waiting": str(fault.args[0] if fault.args else fault)})
        sleep_until(now() + RETRY)
        sounddevice._terminate()
        sounddevice._initialize()


def _wanted(devices: list[dict], wanted: str) -> dict:
    if (device := choose(devices, wanted)) is not None:
        return device
    if not wanted:
        raise LookupError("there is no sound input")
    there = ", ".join(repr(d["name"]) for d in devices if d["channels"]) or "none"
    raise LookupError(f"no single input is called {wanted!r}; there is: {there}")


def _stream(sounddevice, device: dict, channels: int) -> None:
    """Send the blocks of a device of PortAudio's."""
    blocks: queue.SimpleQueue = queue.SimpleQueue()
    moments = Moments()

    def take(data, frames, times, status):
        if blocks.qsize() < BACKLOG:
            held = times.currentTime - times.inputBufferAdcTime
            seconds = frames / device["rate"]
            held = held if seconds <= held < 0.5 else seconds  # some drivers do not know
            blocks.put((moments.place(now() - held, seconds), frames, bytes(data)))

    with _open_input(sounddevice, device, channels, take) as stream:
        _begin(device, stream.channels, int(stream.samplerate))
        wait = FIRST
        while True:
            _send(*blocks.get(timeout=wait))
            wait = PATIENCE


def _record(sounddevice, device: dict, channels: int) -> None:
    """Send the blocks of a source of the sound server's."""
    channels = min(channels, device["channels"])
    recorder, moments = pulse.record(device, channels), Moments()
    pulse.watch(device, recorder.kill)
    seconds, size = BLOCK / device["rate"], BLOCK * channels * 4
    data = recorder.stdout.read(size)
    if len(data) < size:
        raise OSError(f"{device['name']}: the sound server gives no sound")
    _begin(device, channels, device["rate"])
    while len(data) == size:
        _send(moments.place(now() - seconds, seconds), BLOCK, data)
        data = recorder.stdout.read(size)


def _begin(device: dict, channels: int, rate: int) -> None:
    _say({**device, "channels": channels, "has": device["channels"], "rate": rate})


def _send(moment: float, frames: int, data: bytes) -> None:
    sys.stdout.buffer.write(HEADER.pack(moment, frames) + data)
    sys.stdout.buffer.flush()


def play(sounddevice, rate: int) -> None:
    """Play stereo frames from stdin on the default output, a cushion behind their arrival."""
    cushion = int(CUSHION * rate) * 8
    pending = bytearray()
    state = {"playing": False, "called": now()}

    def give(data, frames, times, status):
        state["called"] = now()
        state["playing"] = len(pending) >= (len(data) if state["playing"] else cushion)
        part = bytes(pending[: len(data)]) if state["playing"] else b""
        del pending[: len(part)]
        data[:] = part.ljust(len(data), b"\0")

    with sounddevice.RawOutputStream(rate, BLOCK, None, 2, "float32", callback=give) as stream:
        _say({"rate": rate, "lead": stream.latency + CUSHION})
        while (data := sys.stdin.buffer.read1(1 << 16)) and now() - state["called"] < OPENING:
            pending.extend(data)
            if len(pending) > 2 * cushion:  # a late start, or two clocks that drift: catch up
                del pending[: len(pending) // 8 * 8 - cushion]


def main(task: str, *arguments: str) -> None:
    """Do one task; a failure is the first line of the answer, or the end of the stream."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when the show ends
    os.environ.setdefault("JACK_NO_START_SERVER", "1")
    if task != "play":
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        import sounddevice
    except (ImportError, OSError):
        _say({"error": "PortAudio is missing: install it (Debian: apt install libportaudio2)"})
        return
    try:
        if task == "list":
            _say(describe(sounddevice))
        elif task == "listen":
            listen(sounddevice, arguments[0], int(arguments[1]))
        else:
            play(sounddevice, int(arguments[0]))
    except sounddevice.PortAudioError as fault:
        _say({"error": str(fault.args[0])})
    except (queue.Empty, BrokenPipeError):
        pass  # the device fell silent, or nobody listens any more
    finally:
        sys.stdout.flush()
        os._exit(0)  # closing a stream whose driver hangs would hang


if __name__ == "__main__":
    main(*sys.argv[1:])
