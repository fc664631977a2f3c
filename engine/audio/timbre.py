"""Timbre: where the spectrum lies, how like noise it is, how much of it is new.

In: a power spectrum per hop. Out: centroid, flatness and flux, each 0..1. Audio thread.
"""

import math

import numpy as np

LOW, HIGH = 60.0, 12000.0  # Hz: where the centroid's signal is 0 and 1, even in pitch between
NOISY = (100.0, 10000.0)  # Hz, the range whose flatness is told
FAINT = 1e-9  # of full scale's power: below, there is no timbre
NAMES = ("centroid", "flatness", "flux")


class Timbre:
    """Measures spectra; remembers the one before, of which flux is the change."""

    def __init__(self, rate: int, length: int):
        self._hertz = np.fft.rfftfreq(length, 1 / rate).astype(np.float32)
        self._noisy = slice(*np.searchsorted(self._hertz, (NOISY[0], min(NOISY[1], 0.45 * rate))))
        self._before = np.zeros(length // 2 + 1, np.float32)
        self._scale = 2 / length

    def push(self, power: np.ndarray) -> tuple[float, float, float]:
        """Return centroid, flatness and flux of the spectrum; zeros where there is no sound."""
        magnitude = np.sqrt(power)
        rise = float(np.maximum(magnitude - self._before, 0).sum())
        self._before = magnitude
        total = float(magnitude.sum())
        if float(power.sum()) * self._scale < FAINT:
            return 0.0, 0.0, 0.0
        return place(float(self._hertz @ magnitude) / total), self._flatness(power), rise / total

    def _flatness(self, power: np.ndarray) -> float:
        """Return geometric over arithmetic mean: 0 a tone, exp(-0.577) white noise, 1 a click."""
        part = power[self._noisy] + np.float32(1e-12)
        logs, sum_ = float(np.log(part).sum()), float(part.sum())
        return min(math.exp(logs / len(part)) * len(part) / sum_, 1.0)


def place(hertz: float) -> float:
    """Return 0..1 for a frequency between LOW and HIGH, even in pitch."""
    return min(max(math.log(max(hertz, LOW) / LOW) / math.log(HIGH / LOW), 0.0), 1.0)
