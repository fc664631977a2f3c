"""Records what is shown and heard to a video file, without ever holding up the show.

In: frame() from the stage thread, sound() from the audio thread; both only copy and return.
Out: an H.264 and AAC MP4 at a constant rate, written by a thread of its own; a Report.
"""

import math
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engine.recording import formats
from engine.recording.encoder import Encoder
from engine.recording.soundtrack import Soundtrack

POOL = 8  # pictures that may wait for the encoder
BLOCKS = 1024  # blocks of sound that may wait: 5 s of 256 samples
LAG = 0.4  # seconds that sound may be later than its picture; then it is silence
EARLY = 0.25  # of a frame: so that jitter moves no frame to its neighbour's place


class RecordingError(ValueError):
    """A recording that cannot be started."""


@dataclass(frozen=True)
class Report:
    """What was recorded; `held` frames repeat the one before, `dropped` ones came too fast."""

    path: Path
    frames: int
    held: int
    dropped: int
    seconds: float


class Recorder:
    """A recording that runs from its first frame to stop().

    size: (width, height) in pixels, odd ones padded to even. fps: frames a second. say: takes a
    line for the performer. failed: the line that ended it early, else None. Raises RecordingError.
    """

    def __init__(
        self,
        path: str | Path,
        size: tuple[int, int],
        fps: float,
        say: Callable[[str], None],
        rate: int = 48000,
    ):
        self.path, self.fps, self._say = Path(path), _check(path, size, fps, rate), say
        self.failed: str | None = None
        self.held = self.dropped = self._next = 0  # _next: the frame to be written next
        self._first: float | None = None
        self._asked = self._newest = -1
        self._ended = False
        self._shape = (size[1], size[0], 4)
        even = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        self._encoder = self._open(even, rate)
        self._pool: queue.SimpleQueue[np.ndarray] = queue.SimpleQueue()
        for _ in range(POOL):
            self._pool.put(np.zeros((even[1], even[0], 4), np.uint8))
        self._track = Soundtrack(rate)
        self._before: deque[tuple] = deque(maxlen=BLOCKS)  # sound that came before the first frame
        self._room = threading.Semaphore(BLOCKS)
        self._work: queue.SimpleQueue[tuple | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def _open(self, size: tuple[int, int], rate: int) -> Encoder:
        try:
            return Encoder(self.path, size, self.fps, rate)
        except (av.FFmpegError, OSError) as fault:
            raise RecordingError(
                f"cannot record to {self.path}: {_reason(fault)}; name a file in a folder that "
                "exists and can be written"
            ) from fault

    @property
    def seconds(self) -> float:
        """Return the length of what has been written."""
        return float(self._next / self.fps)

    def due(self, moment: float) -> bool:
        """Return whether to read back the frame shown at `moment`: once for each in the video."""
        if self._ended:
            return False
        if self._first is None:
            self._first = moment
        due = self._slot(moment) > self._asked
        self._asked = max(self._asked, self._slot(moment))
        return due

    def frame(self, pixels: np.ndarray, moment: float) -> None:
        """Take a copy of `pixels`, uint8 (height, width, 4) RGBA, top row first, shown at `moment`.

        moment: seconds of clock.now. Never waits: while the encoder is behind, frames are dropped.
        More frames than the video's rate may come: the first for each place in it is taken.
        """
        if self._first is None:
            self._first = moment
        if self._ended or self._slot(moment) <= self._newest:
            return
        if pixels.shape != self._shape:
            self._end(f"frames of {pixels.shape} do not fit the recording's {self._shape}")
            return
        self._newest = self._slot(moment)
        try:
            buffer = self._pool.get_nowait()
        except queue.Empty:
            self.dropped += 1
            return
        _copy_padded(pixels, buffer)
        self._work.put((self._write_picture, self._newest, buffer))

    def sound(self, block: np.ndarray, rate: int, moment: float) -> None:
        """Take a copy of `block`, float32 (n, 2), at `rate` a second, heard from `moment` on."""
        if not self._ended and self._room.acquire(blocking=False):
            self._work.put((self._place_sound, block.copy(), rate, moment))

    def end(self) -> None:
        """Ask for the end without waiting: the file is finished behind the show."""
        if not self._ended:
            self._ended = True
            self._work.put(None)

    def stop(self) -> Report:
        """End the recording, wait until the file is finished, and return what became of it."""
        self.end()
        self._thread.join()
        return Report(self.path, self._next, self.held, self.dropped, self.seconds)

    def _slot(self, moment: float) -> int:
        return math.floor((moment - self._first) * self.fps + EARLY)

    def _end(self, fault: str) -> None:
        self.failed = f"recording to {self.path} has ended: {fault}"
        self._say(self.failed)
        self.end()

    # From here on: the recorder's own thread.

    def _run(self) -> None:
        try:
            while (item := self._work.get()) is not None:
                task, *arguments = item
                task(*arguments)
            self._finish()
        except Exception as fault:  # noqa: BLE001 - whatever ends the recording, the show goes on
            self._end(_reason(fault))
            self._encoder.abandon()

    def _write_picture(self, number: int, buffer: np.ndarray) -> None:
        while self._next < number:
            self._encoder.hold(self._next)
            self.held += 1
            self._advance()
        self._encoder.picture(number, buffer)
        self._pool.put(buffer)
        self._advance()
        while self._before:
            self._put_sound(*self._before.popleft())

    def _advance(self) -> None:
        """Count a frame, and write the sound that belongs to it."""
        self._next += 1
        end = self._sample(self._next)
        self._track.fill(end - round(LAG * self._track.rate))
        self._encoder.sound(self._track.take(end))

    def _place_sound(self, block: np.ndarray, rate: int, moment: float) -> None:
        self._room.release()
        if self._next == 0:
            self._before.append((block, rate, moment))
        else:
            self._put_sound(block, rate, moment)

    def _put_sound(self, block: np.ndarray, rate: int, moment: float) -> None:
        self._track.put(block, rate, moment - self._first)
        self._encoder.sound(self._track.take(self._sample(self._next)))

    def _sample(self, number: int) -> int:
        return round(number * self._track.rate / self.fps)

    def _finish(self) -> None:
        if self._next == 0:
            self._encoder.abandon()
            self.path.unlink(missing_ok=True)
            self._say(f"no picture came: {self.path} was not recorded")
            return
        end = self._sample(self._next)
        self._track.fill(end)
        self._encoder.sound(self._track.take(end))
        self._encoder.close()
        if self.failed is None:
            self._say(f"recorded {self.seconds:.1f} s to {self.path}, {self.dropped} dropped")


def _check(path: str | Path, size: tuple[int, int], fps: float, rate: int) -> Fraction:
    """Return `fps` as a fraction; RecordingError where nothing could be recorded like this."""
    if formats.of(Path(path)) is None:
        raise RecordingError(f"recording = {str(path)!r}: must end in {formats.told()}")
    if not all(16 <= side <= 8192 for side in size):
        raise RecordingError(f"size = {size[0]}x{size[1]}: each side must be 16 to 8192 pixels")
    if not 1 <= fps <= 240:
        raise RecordingError(f"fps = {fps}: must be 1 to 240 frames a second")
    if rate not in (44100, 48000):
        raise RecordingError(f"rate = {rate}: must be 44100 or 48000 samples a second")
    return Fraction(fps).limit_denominator(1001)


def _copy_padded(pixels: np.ndarray, buffer: np.ndarray) -> None:
    """Copy `pixels` into `buffer`, one row or column larger where theirs are odd."""
    height, width = pixels.shape[:2]
    np.copyto(buffer[:height, :width], pixels)
    buffer[height:] = buffer[height - 1]
    buffer[:, width:] = buffer[:, width - 1 : width]


def _reason(fault: Exception) -> str:
    return getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
