"""What the whole room hears with: one power spectrum for each hop, about 172 a second.

In: stereo blocks of any length at one rate, any rate. Out: for every hop a Spectrum. Audio thread.
Its window rises slowly and falls fast, so that what is new weighs at once: an onset is seen within
about 10 ms, while low notes still have 46 ms to tell their pitch.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import fft  # of a short real window, half the time of numpy's

HOP, WINDOW = 256 / 44100, 2048 / 44100  # seconds
RISING = 0.75  # of the window
LOUDEST = 8.0  # of full scale: more is a broken sample


class Spectrum(NamedTuple):
    """A hop's power spectrum, the moment of its end, and the buffers of Spectra as they are now."""

    power: np.ndarray
    moment: float
    fresh: np.ndarray  # float32 (hop, 2), before any gain
    samples: np.ndarray  # float32 (keep,), mono


def hop_of(rate: int) -> int:
    """Return the samples of a hop."""
    return round(HOP * rate)


def length_of(rate: int) -> int:
    """Return the samples under the window; the spectrum has half as many values, and one."""
    return 2 ** round(np.log2(WINDOW * rate))


def window(length: int, rising: float = RISING) -> np.ndarray:
    """Return a Hann window, newest sample last, `rising` of its length up, of unit power."""
    rise = round(length * rising)
    up = np.sin(0.5 * np.pi * (np.arange(rise) + 0.5) / rise) ** 2
    down = np.cos(0.5 * np.pi * (np.arange(length - rise) + 0.5) / (length - rise)) ** 2
    shape = np.concatenate([up, down])
    return (shape / np.sqrt(np.sum(shape**2))).astype(np.float32)


def power(samples: np.ndarray) -> np.ndarray:
    """Return the power spectrum of windowed samples, float32 (n,) to (n // 2 + 1,)."""
    spectrum = fft.rfft(samples)
    return spectrum.real**2 + spectrum.imag**2


class Spectra:
    """Turns blocks into spectra; holds the last `keep` samples and more."""

    def __init__(self, rate: int, keep: int = 0):
        self.rate = rate
        self._window = window(length_of(rate))
        self._mean = self._window / self._window.sum()
        self._samples = np.zeros(max(keep, len(self._window)), np.float32)
        self._fresh = np.zeros((hop_of(rate), 2), np.float32)
        self._filled = 0

    def push(self, samples: np.ndarray, moment: float, gain: float = 0.0) -> Iterator[Spectrum]:
        """Yield what each hop that float32 (n, 2) completes holds; its first sample at `moment`.

        `gain` is in dB. Samples that are no numbers count as 0.
        """
        samples = _clean(samples)
        mono = samples @ np.full(2, 0.5 * 10 ** (gain / 20), np.float32)
        at = 0
        while at < len(mono):
            end = min(at + len(self._fresh) - self._filled, len(mono))
            _append(self._fresh, samples[at:end])
            _append(self._samples, mono[at:end])
            self._filled = (self._filled + end - at) % len(self._fresh)
            at = end
            if self._filled == 0:
                yield Spectrum(self._power(), moment + at / self.rate, self._fresh, self._samples)

    def _power(self) -> np.ndarray:
        newest = self._samples[-len(self._window) :]
        return power((newest - newest @ self._mean) * self._window)


def _append(buffer: np.ndarray, new: np.ndarray) -> None:
    """Move the buffer on, the newest last."""
    buffer[: -len(new)] = buffer[len(new) :]
    buffer[-len(new) :] = new


def _clean(samples: np.ndarray) -> np.ndarray:
    """Return samples that are all numbers, and none louder than a device can be."""
    if len(samples) and not np.abs(samples).max() <= LOUDEST:
        samples = np.nan_to_num(samples, posinf=0.0, neginf=0.0)
        return np.clip(samples, -LOUDEST, LOUDEST)
    return samples
