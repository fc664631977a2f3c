"""How much new sound begins now, in three ranges: what a beat is sought in.

In: the newest samples at each hop. Out: the strength of what begins in each of RANGES, about 0..1.
Log spectral flux (Bello 2005, Boeck 2013), under a window that falls even faster than that of the
features: a beat is felt as soon as it sounds (measured on music, twice as exact). Audio thread.
"""

import numpy as np

from engine.audio.spectra import hop_of, length_of, power, window

RANGES = (
    (30.0, 80.0),
    (80.0, 160.0),
    (160.0, 400.0),
    (400.0, 1600.0),
    (1600.0, 5000.0),
    (5000.0, 16000.0),
)  # Hz
RISING = 0.875  # of the window
BANDS = 36  # even in pitch, of the whole spectrum
STEP = 2  # hops between the spectra that are compared
FLOOR = -45.0  # dB under the reference: quieter changes are nothing new
QUIETEST = -65.0  # dBFS below which the reference does not fall
FALL = 1.0  # dB a second by which the reference falls
LATE = 0.014  # seconds from a sound's beginning to the peak of its strength


class Novelty:
    """Holds each spectrum against the last but one."""

    def __init__(self, rate: int):
        self.rate = rate
        self.seconds = hop_of(rate) / rate
        self._window = window(length_of(rate), RISING)
        self._edges, self._ranges = _bands(rate, length_of(rate))
        self._unit = 2 / length_of(rate)
        self._before = np.zeros((STEP, len(self._edges) - 1))
        self._reference = 0.0
        self.loud = np.zeros(len(self._edges) - 1)  # log10 of each band, the last hop's
        self._count = 0

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Return the strengths (len(RANGES),) of the hop with which float32 (n,) ends."""
        spectrum = power(samples[-len(self._window) :] * self._window)
        bands = np.add.reduceat(spectrum, self._edges)[:-1] * self._unit
        fallen = self._reference * 10 ** (-FALL * self.seconds / 10)
        self._reference = max(float(bands.sum()), fallen, 10 ** (QUIETEST / 10))
        floor = self._reference * 10 ** (FLOOR / 10)
        before = self._before[self._count % STEP]
        self._count += 1
        grown = np.log10(np.maximum((bands + floor) / (before + floor), 1.0))
        before[:] = bands
        self.loud = np.log10(bands + floor)
        return self._ranges @ grown


def _bands(rate: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the bins between which the bands lie, and rows that average bands to ranges."""
    top = min(RANGES[-1][1], 0.45 * rate)
    edges = np.geomspace(RANGES[0][0], top, BANDS + 1) * length / rate
    edges = np.unique(np.maximum(np.round(edges).astype(int), 1))
    centres = np.sqrt(edges[:-1] * edges[1:]) * rate / length
    ranges = np.array([(centres >= low) & (centres < high) for low, high in RANGES], float)
    return edges, ranges / np.maximum(ranges.sum(axis=1, keepdims=True), 1)
