"""How much new sound begins now, in three ranges: what a beat is sought in.

In: blocks of stereo samples at one rate. Out: for each hop (about 172 a second) the moment of its
end and the strength of what begins in the lows, the middle and the highs, about 0..1 each.
Log spectral flux (Bello 2005, Boeck 2013) under a window that rises slowly and falls fast, so
that a sound weighs as soon as it begins. Numpy only; audio thread.
"""

from collections.abc import Iterator

import numpy as np

HOP, WINDOW = 256 / 44100, 2048 / 44100  # seconds
RANGES = (
    (30.0, 80.0),
    (80.0, 160.0),
    (160.0, 400.0),
    (400.0, 1600.0),
    (1600.0, 5000.0),
    (5000.0, 16000.0),
)  # Hz
BANDS = 36  # even in pitch, of the whole spectrum
STEP = 2  # hops between the spectra that are compared
FLOOR = -45.0  # dB under the reference: quieter changes are nothing new
QUIETEST = -65.0  # dBFS below which the reference does not fall
FALL = 1.0  # dB a second by which the reference falls
LOUDEST = 8.0  # of full scale: more is a broken sample
LATE = 0.014  # seconds from a sound's beginning to the peak of its strength


class Novelty:
    """Turns blocks into strengths; keeps a window of samples."""

    def __init__(self, rate: int):
        self.rate = rate
        self.hop = round(HOP * rate)
        self.seconds = self.hop / rate
        length = 2 ** round(np.log2(WINDOW * rate))
        self._window = _window(length)
        self._samples = np.zeros(length, np.float32)
        self._filled = 0
        self._bands, self._ranges = _bands(rate, length)
        self._before = np.zeros((STEP, len(self._bands)))
        self._reference = 0.0
        self.loud = np.zeros(len(self._bands))  # log10 of each band, the last hop's
        self._count = 0

    def push(self, samples: np.ndarray, moment: float) -> Iterator[tuple[float, np.ndarray]]:
        """Yield (moment, strengths) for each hop that float32 (n, 2), begun at `moment`, fills."""
        mono = 0.5 * (samples[:, 0] + samples[:, 1])
        if not np.all(np.abs(mono) <= LOUDEST):
            mono = np.clip(np.nan_to_num(mono, posinf=0.0, neginf=0.0), -LOUDEST, LOUDEST)
        at = 0
        while at < len(mono):
            taken = mono[at : at + self.hop - self._filled]
            self._samples[: -len(taken)] = self._samples[len(taken) :]
            self._samples[-len(taken) :] = taken
            at += len(taken)
            self._filled = (self._filled + len(taken)) % self.hop
            if self._filled == 0:
                yield moment + at / self.rate, self._strengths()

    def _strengths(self) -> np.ndarray:
        spectrum = np.fft.rfft(self._samples * self._window)
        bands = self._bands @ (spectrum.real**2 + spectrum.imag**2)
        fallen = self._reference * 10 ** (-FALL * self.seconds / 10)
        self._reference = max(float(bands.sum()), fallen, 10 ** (QUIETEST / 10))
        floor = self._reference * 10 ** (FLOOR / 10)
        before = self._before[self._count % STEP]
        self._count += 1
        grown = np.log10(np.maximum((bands + floor) / (before + floor), 1.0))
        before[:] = bands
        self.loud = np.log10(bands + floor)
        return self._ranges @ grown


def _window(length: int) -> np.ndarray:
    rise = length * 7 // 8
    up = np.sin(0.5 * np.pi * (np.arange(rise) + 0.5) / rise) ** 2
    down = np.cos(0.5 * np.pi * (np.arange(length - rise) + 0.5) / (length - rise)) ** 2
    shape = np.concatenate([up, down])
    return (shape / np.sqrt(np.sum(shape**2))).astype(np.float32)


def _bands(rate: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows that sum a power spectrum to bands, and rows that average bands to ranges."""
    top = min(RANGES[-1][1], 0.45 * rate)
    edges = np.geomspace(RANGES[0][0], top, BANDS + 1) * length / rate
    edges = np.unique(np.maximum(np.round(edges).astype(int), 1))
    rows = np.zeros((len(edges) - 1, length // 2 + 1), np.float32)
    for row, low, high in zip(rows, edges[:-1], edges[1:], strict=True):
        row[low:high] = 2 / length
    centres = np.sqrt(edges[:-1] * edges[1:]) * rate / length
    ranges = np.array([(centres >= low) & (centres < high) for low, high in RANGES], float)
    return rows, ranges / np.maximum(ranges.sum(axis=1, keepdims=True), 1)
