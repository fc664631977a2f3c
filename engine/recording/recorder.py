"""Codes what is shown and heard, without ever holding up the show, for a file and for the memory.

In: frame() from the stage thread, sound() from the audio thread; both only copy and return.
Out: one coder's packets at a constant rate, to the file that is being recorded and to the ring of
the last seconds. A thread of its own; each file has another (reel.py).
"""

import contextlib
import math
import queue
import threading
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engine.recording.coder import Coded, Coder
from engine.recording.formats import Format
from engine.recording.reel import RecordingError, Reel, Report, reason_of
from engine.recording.ring import Ring
from engine.recording.soundtrack import Soundtrack

POOL = 8  # pictures that may wait for the coder
BLOCKS = 1024  # blocks of sound that may wait: 5 s of 256 samples
LAG = 0.4  # seconds that sound may be later than its picture; then it is silence
LEARNED = 9  # frames after which the display's rate is known
EARLY = 0.25  # of a frame: so that jitter moves no frame to its neighbour's place


class Recorder:
    """Codes from its first frame to stop(); a file of that from begin() to end(), one at a time.

    size: (width, height) in pixels, odd ones padded to even. fps: frames a second. say, error: take
    lines for the performer. refuge: the folder for a file whose own is gone. ring: the last
    seconds. failed: why it codes no more, else None. Raises RecordingError.
    """

    def __init__(
        self,
        size: tuple[int, int],
        fps: float,
        format: Format,
        say: Callable[[str], None],
        error: Callable[[str], None],
        refuge: Path,
        rate: int = 48000,
    ):
        self.fps, self._say, self._error, self._refuge = _check(size, fps, rate), say, error, refuge
        self.failed: str | None = None
        self.reel: Reel | None = None  # the file that is being recorded
        self.ring = Ring()
        self._reels: list[Reel] = []  # that take packets
        self._begun: list[Reel] = []  # all of them
        self._key = False  # the next picture is to be one to begin at
        self._next = 0  # the frame to be coded next
        self._first: float | None = None
        self._asked = self._newest = -1
        self._shown: list[float] = []  # moments of the first frames
        self._late = 0.0  # of a frame of the video, after whose beginning its picture is taken
        self._ended = False
        self._shape = (size[1], size[0], 4)
        even = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        self._coder = _open(format, even, self.fps, rate)
        self._pool: queue.SimpleQueue[np.ndarray] = queue.SimpleQueue()
        for _ in range(POOL):
            self._pool.put(np.zeros((even[1], even[0], 4), np.uint8))
        self._track = Soundtrack(rate)
        self._before: deque[tuple] = deque(maxlen=BLOCKS)  # sound that came before the first frame
        self._room = threading.Semaphore(BLOCKS)
        self._work: queue.SimpleQueue[tuple | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def seconds(self) -> float:
        """Return the length of what has been coded."""
        return float(self._next / self.fps)

    @property
    def codec(self) -> str:
        """Return the name of the codec of the pictures."""
        return self._coder.codec

    @property
    def ending(self) -> str:
        """Return the ending of its files."""
        return self._coder.format.ending

    @property
    def over(self) -> bool:
        """Whether it codes no more and every file is finished."""
        return not self._thread.is_alive() and all(reel.over for reel in self._begun)

    def begin(self, path: Path) -> Reel:
        """Begin a file with the next picture; RecordingError if it cannot be written."""
        self.reel = self._new_reel(path)
        self._work.put((self._take, self.reel))
        return self.reel

    def end(self) -> None:
        """End the file without waiting: it is finished behind the show."""
        if self.reel:
            self._work.put((self.reel.end, float((self._newest + 1) / self.fps)))
            self.reel = None

    def save(self, path: Path) -> Reel:
        """Write the last seconds to a file, behind the show; RecordingError if there are none."""
        packets = self.ring.packets()
        if not packets:
            raise RecordingError("the last seconds are not kept: recording.keep is 0")
        reel = self._new_reel(path)
        reel.put_all(packets)
        return reel

    def due(self, moment: float) -> bool:
        """Return whether to read back the frame shown at `moment`: once for each in the video."""
        if self._ended:
            return False
        if self._first is None:
            self._first = moment
        self._learn_rate(moment)
        due = self._slot(moment) > self._asked
        self._asked = max(self._asked, self._slot(moment))
        return due

    def frame(self, pixels: np.ndarray, moment: float) -> None:
        """Take a copy of `pixels`, uint8 (height, width, 4) RGBA, top row first, shown at `moment`.

        moment: seconds of clock.now. Never waits: while the coder is behind, frames are dropped.
        More frames than the video's rate may come: the first for each place in it is taken.
        """
        if self._first is None:
            self._first = moment
        if self._ended or self._slot(moment) <= self._newest:
            return
        if pixels.shape != self._shape:
            self._ended = True
            self._work.put((self._refuse, pixels.shape))
            return
        self._newest = self._slot(moment)
        try:
            buffer = self._pool.get_nowait()
        except queue.Empty:
            self.miss()
            return
        _copy_padded(pixels, buffer)
        self._work.put((self._code_picture, self._newest, buffer))

    def miss(self) -> None:
        """Count a frame that did not come in time."""
        if self.reel:
            self.reel.dropped += 1

    def sound(self, block: np.ndarray, rate: int, moment: float) -> None:
        """Take a copy of `block`, float32 (n, 2), at `rate` a second, heard from `moment` on."""
        if not self._ended and self._room.acquire(blocking=False):
            self._work.put((self._place_sound, block.copy(), rate, moment))

    def close(self) -> None:
        """Code no more; nothing is waited for."""
        if not self._ended:
            self._ended = True
            self._work.put(None)

    def stop(self) -> list[Report]:
        """Code no more, wait until every file is finished, and return what became of each."""
        self.close()
        self._thread.join()
        return [reel.wait() for reel in self._begun]

    def _new_reel(self, path: Path) -> Reel:
        reel = Reel(path, self._coder, self._say, self._error, self._refuge)
        self._begun.append(reel)
        return reel

    def _slot(self, moment: float) -> int:
        return math.floor((moment - self._first) * self.fps - self._late + EARLY)

    def _learn_rate(self, moment: float) -> None:
        """Learn from the first frames how many are shown for one of the video's.

        Of those the last is taken: what came with any of them is there, and no picture is later
        than its sound by more than it was on the wall.
        """
        if len(self._shown) < LEARNED:
            self._shown.append(moment)
            if len(self._shown) == LEARNED:
                self._late = max(0.0, 1 - float(np.median(np.diff(self._shown)) * self.fps))

    # From here on: the recorder's own thread.

    def _run(self) -> None:
        try:
            while (item := self._work.get()) is not None:
                task, *arguments = item
                task(*arguments)
            self._flush()
        except RecordingError as refusal:
            self._fail(str(refusal))
        except Exception as fault:  # noqa: BLE001 - whatever ends the coder, the show goes on
            self._fail(f"the codec {self._coder.codec} is lost: {reason_of(fault)}")
        for reel in self._begun:
            reel.finish()

    def _fail(self, reason: str) -> None:
        """Code no more; the files that take packets end with a line."""
        self._ended, self._newest = True, self._next - 1  # no more is held
        with contextlib.suppress(av.FFmpegError, OSError, ValueError):  # lost, or only refused
            self._flush()
        for reel in {*self._reels, self.reel} - {None}:
            reel.fail(f"{reason}; what there is of it is kept")
        self.failed = reason

    def _refuse(self, shape: tuple[int, ...]) -> None:
        raise RecordingError(f"frames of {shape} do not fit the recording's {self._shape}")

    def _take(self, reel: Reel) -> None:
        self._reels.append(reel)
        self._key = True

    def _deliver(self, packets: list[Coded]) -> None:
        for coded in packets:
            self.ring.put(coded)
            for reel in self._reels:
                reel.put(coded)
        self._reels = [reel for reel in self._reels if not reel.over]

    def _code_picture(self, number: int, buffer: np.ndarray) -> None:
        while self._next < number:
            self._hold() if self._next else self._deliver(self._coder.picture(0, buffer))
            self._advance()
        self._deliver(self._coder.picture(number, buffer, self._begins()))
        self._pool.put(buffer)
        self._advance()
        while self._before:
            self._put_sound(*self._before.popleft())

    def _hold(self) -> None:
        """Code the picture before once more."""
        self._deliver(self._coder.hold(self._next, self._begins()))
        for reel in self._reels:
            reel.held += 1

    def _begins(self) -> bool:
        key, self._key = self._key, False
        return key

    def _advance(self) -> None:
        """Count a frame, and code the sound that has come until its end."""
        self._next += 1
        end = self._sample(self._next)
        self._track.fill(end - round(LAG * self._track.rate))
        self._deliver(self._coder.sound(self._track.take(end)))

    def _place_sound(self, block: np.ndarray, rate: int, moment: float) -> None:
        self._room.release()
        if self._next == 0:
            self._before.append((block, rate, moment))
        else:
            self._put_sound(block, rate, moment)

    def _put_sound(self, block: np.ndarray, rate: int, moment: float) -> None:
        self._track.put(block, rate, moment - self._first)

    def _sample(self, number: int) -> int:
        return round(number * self._track.rate / self.fps)

    def _flush(self) -> None:
        """Code what is left of the sound, and deliver what the codecs still hold."""
        if not self._next:
            return
        while self._next <= self._newest:  # the last ones were dropped
            self._hold()
            self._advance()
        end = self._sample(self._next)
        self._track.fill(end)
        self._deliver(self._coder.sound(self._track.take(end)))
        self._deliver(self._coder.flush())


def _open(format: Format, size: tuple[int, int], fps: Fraction, rate: int) -> Coder:
    try:
        return Coder(format, size, fps, rate)
    except (av.FFmpegError, OSError) as fault:
        raise RecordingError(f"cannot record as {format.name}: {reason_of(fault)}") from fault


def _check(size: tuple[int, int], fps: float, rate: int) -> Fraction:
    """Return `fps` as a fraction; RecordingError where nothing could be recorded like this."""
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
