"""Puts blocks of sound at their times and joins them to one gapless stereo track.

In: put(), blocks of any rate with their place in seconds; fill(), silence up to a sample.
Out: take(), the samples in order, each once. Recorder thread.
"""

import av
import numpy as np

AHEAD = 5  # seconds kept at most; sound that is further ahead of the picture is dropped
JOIN = 0.05  # seconds between two blocks that pass for jitter; more is a gap or an overlap
SETTLE = 1.0  # seconds over which the distance between sound clock and show clock is averaged
MELT = 2.0  # seconds in which that distance melts away


class Soundtrack:
    """Samples from the picture's first moment on, at `rate` a second."""

    def __init__(self, rate: int = 48000):
        self.rate = rate
        self.end = 0  # the sample after the last one known
        self._samples = np.zeros((2, AHEAD * rate), np.float32)
        self._begin = 0  # the sample that stands first in _samples
        self._joined = False
        self._drift = 0.0
        self._resampler = (rate, None)

    def put(self, block: np.ndarray, rate: int, start: float) -> None:
        """Add `block`, float32 (n, 2), whose first sample sounds `start` seconds in."""
        samples = self._resample(np.nan_to_num(block.T, nan=0.0, posinf=0.0, neginf=0.0), rate)
        place = round(start * self.rate)
        if place + samples.shape[1] - self._begin > self._samples.shape[1] - self.rate:
            return
        late = place - self.end
        if self._joined and abs(late) <= JOIN * self.rate:
            samples = self._stretch(samples, late)
        else:
            self._drift = 0.0
            self.fill(place)
            samples = samples[:, max(-late, 0) :]
        self._append(samples)
        self._joined = samples.shape[1] > 0

    def fill(self, until: int) -> None:
        """Make the track reach sample `until`, with silence where there is no sound."""
        if until > self.end:
            self._append(np.zeros((2, until - self.end), np.float32))
            self._joined = False

    def take(self, until: int) -> np.ndarray:
        """Return the samples, float32 (2, n), up to sample `until` or the last one known."""
        count = max(min(until, self.end) - self._begin, 0)
        taken = self._samples[:, :count].copy()
        left = self.end - self._begin - count
        self._samples[:, :left] = self._samples[:, count : count + left]
        self._begin += count
        return taken

    def _append(self, samples: np.ndarray) -> None:
        place = self.end - self._begin
        self._samples[:, place : place + samples.shape[1]] = samples
        self.end += samples.shape[1]

    def _resample(self, samples: np.ndarray, rate: int) -> np.ndarray:
        samples = np.ascontiguousarray(samples, np.float32)
        if rate == self.rate or samples.shape[1] == 0:
            return samples
        if self._resampler[0] != rate:
            self._resampler = (rate, av.AudioResampler("fltp", "stereo", self.rate))
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate = rate
        parts = [part.to_ndarray() for part in self._resampler[1].resample(frame)]
        return np.concatenate(parts or [np.zeros((2, 0), np.float32)], axis=1)

    def _stretch(self, samples: np.ndarray, late: int) -> np.ndarray:
        """Lengthen or shorten a block by the few samples that keep it with the show clock.

        A sound card's second is not the computer's: without this they part by 30 ms in five
        minutes.
        """
        count = samples.shape[1]
        seconds = count / self.rate
        self._drift += (late - self._drift) * min(seconds / SETTLE, 1.0)
        step = round(self._drift * min(seconds / MELT, 1.0))
        if step == 0 or count + step < 2:
            return samples
        at = np.linspace(0, count - 1, count + step)
        return np.stack([np.interp(at, np.arange(count), channel) for channel in samples])
