"""One video file made frame by frame, as fast as whoever makes the frames: no threads, no clock.

In: pictures by frame number, samples in order. Out: the file, which plays up to its last second at
any moment. The offline renderers' way to record; a show's is recorder.py.
"""

import contextlib
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engine.recording import formats
from engine.recording.coder import Coded, Coder
from engine.recording.videofile import VideoFile, move_index_to_front


class Encoder:
    """An open file; `size` (width, height) even, `fps` frames and `rate` samples a second.

    Without a rate the file has no sound. Its format is that of its ending; `asked` (a name of
    formats.TABLE) chooses between those of one ending. Raises ValueError (av.FFmpegError is one
    of it or of OSError) where it cannot be written.
    """

    def __init__(
        self, path: Path, size: tuple[int, int], fps: Fraction, rate: int | None, asked: str = ""
    ):
        self._format = formats.of(path, asked)
        if self._format is None:
            raise ValueError(f"{path.name!r}: must end in {formats.told()}")
        self._coder = Coder(self._format, size, fps, rate)
        self._file = VideoFile(path, self._coder)
        self.codec = self._coder.codec

    def picture(self, number: int, pixels: np.ndarray) -> None:
        """Write `pixels`, uint8 (height, width, 4) RGBA, as frame `number`; waits for the codec."""
        self._write(self._coder.picture(number, pixels))

    def hold(self, number: int) -> None:
        """Write the last picture once more, as frame `number`."""
        self._write(self._coder.hold(number))

    def sound(self, samples: np.ndarray) -> None:
        """Write `samples`, float32 (2, n), after those written before."""
        self._write(self._coder.sound(samples))

    def close(self) -> None:
        """Write what the codecs still hold, close the file and move its index to the front."""
        self._write(self._coder.flush())
        self._file.finish()
        self._file.close()
        move_index_to_front(self._file.path, self._format)

    def abandon(self) -> None:
        """Close the file after an error, cut to its last whole fragment."""
        with contextlib.suppress(av.FFmpegError, OSError):  # the error has been told already
            self._file.finish()
        with contextlib.suppress(OSError):
            self._file.close()
            self._file.cut()

    def _write(self, packets: Iterable[Coded]) -> None:
        for coded in packets:
            self._file.write(coded)
