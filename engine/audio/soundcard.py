"""Sound cards: what is there, sound coming in, sound going out.

PortAudio lives in a process of its own (portaudio.py): it sees new devices only when started
anew, and a driver that hangs can be killed. Blocks come over that process's pipe; a pipe is
simpler than shared memory, ends by itself with either side, and 400 kB/s is little for it.
What the computer plays is heard from the monitor of its output, where there is one (HINT).
In: a device's name. Out: Block. SoundCard.read and Speaker.write belong to the audio thread.
"""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import numpy as np

from engine.audio.block import AudioError, Block
from engine.audio.child import end, start
from engine.audio.portaudio import HEADER, OPENING, PATIENCE, choose
from engine.clock import now

HINT = {
    "linux": "to hear what the computer plays, choose the monitor of its output "
             "(with PulseAudio or PipeWire; it needs pulseaudio-utils)",
    "win32": "to hear what the computer plays, choose a [Loopback] input of Windows WASAPI, "
             "or Stereo Mix; where there is neither, a virtual cable (VB-CABLE)",
    "darwin": "to hear what the computer plays, install a virtual cable (BlackHole) and choose it",
}.get(sys.platform, "")  # fmt: skip
TICK = 0.05  # seconds that read() waits for a block
PAUSE = 0.8  # seconds between two processes for a lost device; within one it tries more often
KEPT = 128  # blocks on the way from the pipe to the audio thread
_start = partial(start, "engine.audio.portaudio")


def _greeting(child: subprocess.Popen):
    """Return the first line that the child says; AudioError if it is an error or none."""
    line = child.stdout.readline()
    answer = json.loads(line) if line else {"error": "the sound driver gave no answer"}
    if isinstance(answer, dict) and "error" in answer:
        raise AudioError(answer["error"])
    return answer


def devices() -> list[dict]:
    """Return every device there is now: name, hostapi, channels (inputs), outputs, rate, default.

    Asks a fresh process, which takes a fraction of a second; AudioError without PortAudio.
    """
    child = _start("list")
    alarm = threading.Timer(OPENING, child.kill)
    alarm.start()
    try:
        return _greeting(child)
    finally:
        alarm.cancel()
        end(child)


def find(wanted: str = "") -> str:
    """Return the full name of the input that `wanted` means ("" the default); AudioError if none.

    Where one name has several drivers, the answer names the driver too ("name, hostapi").
    """
    return look_up(wanted)[0]


def look_up(wanted: str = "") -> tuple[str, str]:
    """Return find()'s name and the name to remember, which always has the driver."""
    there = devices()
    device = choose(there, wanted)
    if device is None:
        names = ", ".join(d["name"] for d in there if d["channels"])
        if not wanted:
            raise AudioError(f"no sound input to begin with (there is: {names or 'none'})")
        raise AudioError(
            f"no sound input, or more than one, is called {wanted!r}; there is: {names or 'none'}"
        )
    twins = [d for d in there if d["name"] == device["name"] and d["channels"]]
    full = f"{device['name']}, {device['hostapi']}"
    return full if len(twins) > 1 else device["name"], full


class SoundCard:
    """Live sound from one input; lost, it is opened again and again until it is back."""

    def __init__(
        self,
        name: str,
        say: Callable[[str], None],
        pick: Callable[[], tuple[int, int]] = lambda: (1, 2),
        stand: Callable[..., None] = lambda *lines: None,
    ):
        """Open the input; pick() says which channels are left and right, the first being 1.

        stand(line) hears that it is lost, stand() that it is back.
        """
        self.name = name
        self._say, self._pick, self._stand = say, pick, stand
        self._lost = False
        self._missed: int | None = None  # the channel of which the performer was told
        self._open()

    def _open(self) -> None:
        self._blocks: queue.Queue[Block | Waiting | str] = queue.Queue(KEPT)
        self._opened = max(2, *self._pick())  # channels
        self._child: subprocess.Popen | None = _start("listen", self.name, str(self._opened))
        self._deadline = now() + OPENING
        threading.Thread(
            target=_pump, args=(self._child, self._blocks), name="audio-pipe", daemon=True
        ).start()

    def read(self) -> Block | None:
        """Return the next block; None if none came within 50 ms."""
        if self._child is None and now() > self._deadline:
            self._open()
        try:
            item = self._blocks.get(timeout=TICK)
        except queue.Empty:
            if self._child is not None and now() > self._deadline:
                self._end("gives no sound")
            return None
        if isinstance(item, Waiting):
            self._lose(item.reason)
            self._deadline = now() + OPENING
            return None
        if isinstance(item, str):
            self._end(item)
            return None
        return self._take(item)

    def _take(self, block: Block) -> Block:
        if self._lost:
            self._stand()
            self._say(f"{self.name} is back")
        self._lost = False
        self._deadline = now() + PATIENCE
        there = block.samples.shape[1]
        wanted = self._pick()
        if max(wanted) > self._opened:
            self._child = self.close()
            self._open()
        elif max(wanted) > there and max(wanted) != self._missed:
            self._missed = max(wanted)
            self._say(f"{self.name} has no channel {max(wanted)}, only {there}")
        left, right = (min(number, there) - 1 for number in wanted)
        return block._replace(samples=np.ascontiguousarray(block.samples[:, [left, right]]))

    def _lose(self, reason: str) -> None:
        if not self._lost:
            self._stand(f"{self.name}: {reason}; trying until it is back")
        self._lost = True

    def _end(self, reason: str) -> None:
        """End the child, say why once, and set the moment of the next try."""
        again = PAUSE if self._lost else TICK
        self._lose(reason)
        self._child = self.close()
        self._blocks = queue.Queue(KEPT)
        self._deadline = now() + again

    def close(self) -> None:
        """End the child process."""
        if self._child is not None:
            end(self._child)


class Waiting(NamedTuple):
    """What keeps the input from being opened."""

    reason: str


def _pump(child: subprocess.Popen, blocks: queue.Queue) -> None:
    """Turn what the child sends into blocks; at the end say why it ended. Thread of its own."""
    reason = "the device has gone"
    try:
        while "waiting" in (form := _greeting(child)):
            with suppress(queue.Full):
                blocks.put_nowait(Waiting(form["waiting"]))
        while len(header := child.stdout.read(HEADER.size)) == HEADER.size:
            moment, frames = HEADER.unpack(header)
            data = child.stdout.read(frames * form["channels"] * 4)
            samples = np.frombuffer(data, np.float32).reshape(-1, form["channels"])
            with suppress(queue.Full):  # the audio thread is stuck: nothing may pile up
                blocks.put_nowait(Block(samples, form["rate"], moment))
    except AudioError as fault:
        reason = str(fault)
    except ValueError:
        pass  # cut off within a block, or the pipe closed by the other thread
    with suppress(queue.Full):
        blocks.put_nowait(reason)


class Speaker:
    """Plays stereo blocks on the default output; `lead` is how long they take to be heard."""

    def __init__(self, rate: int, stand: Callable[..., None]):
        """Open the output; AudioError if there is none. stand() as SoundCard's."""
        self._rate, self._stand, self._lost = rate, stand, False
        self._tried = 0.0  # when it was started again last
        self._closed = threading.Event()
        self._blocks: queue.Queue[bytes] = queue.Queue(16)
        self._child = _start("play", str(rate))
        alarm = threading.Timer(OPENING, self._child.kill)
        alarm.start()
        try:
            self.lead = float(_greeting(self._child)["lead"])
        except AudioError:
            end(self._child)
            raise
        finally:
            alarm.cancel()
        threading.Thread(target=self._feed, name="audio-out", daemon=True).start()

    def write(self, samples: np.ndarray) -> None:
        """Hand over float32 (n, 2); never waits, a block too many is dropped."""
        with suppress(queue.Full):
            self._blocks.put_nowait(samples.tobytes())

    def _feed(self) -> None:
        """Carry blocks to the child, which is started again after a pause when it has ended."""
        while not self._closed.is_set():
            try:
                self._child.stdin.write(self._blocks.get(timeout=TICK))
                self._child.stdin.flush()
                self._found()
            except queue.Empty:
                continue
            except (OSError, ValueError):
                self._restart()
        end(self._child)

    def _restart(self) -> None:
        end(self._child)
        if not self._lost:
            self._stand("the sound output has gone; trying until it is back")
        self._lost, self._tried = True, now()
        if not self._closed.wait(PAUSE):
            self._child = _start("play", str(self._rate))

    def _found(self) -> None:
        """Say that it is back once a child has taken blocks for a while."""
        if self._lost and now() > self._tried + OPENING:
            self._lost = False
            self._stand()

    def close(self) -> None:
        """Fall silent and end the child process."""
        self._closed.set()
        self._child.kill()
