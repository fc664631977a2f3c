"""The pitch of a single voice, by YIN (de Cheveigne and Kawahara 2002).

In: the newest samples, about 43 times a second. Out: the note, 0..1 over its range, and how sure.
The difference function comes from one FFT of the samples, its autocorrelation. Audio thread.
"""

import numpy as np
from scipy import fft

LOWEST, HIGHEST = 65.4, 1568.0  # Hz: C2 to G6
WINDOW = 0.034  # seconds: two periods and more of the lowest
DIP = 0.15  # of the mean difference: the first dip below is a period
SURE = 0.8  # from here on there is a note
SOFT = (0.25, 0.5, 0.25)  # rounds the dips of high notes, which fall between two samples
NAMES = ("pitch", "pitch.note", "pitch.sure")


class Pitch:
    """Finds the pitch; between notes `pitch` stays where it was."""

    def __init__(self, rate: int):
        self._step = max(1, rate // 20000)  # every so many samples are averaged to one
        self._rate = rate / self._step
        self.length = round(WINDOW * self._rate) * self._step
        self._size = self.length // self._step
        self._shortest = max(2, int(self._rate / HIGHEST))
        self._longest = min(int(self._rate / LOWEST) + 2, self._size // 2)
        self._lags = np.arange(1, self._longest + 1)
        self._fft = 2 ** int(np.ceil(np.log2(self._size + self._longest)))
        self._place = 0.0

    def push(self, samples: np.ndarray, sounds: bool) -> tuple[float, float, float]:
        """Return NAMES: place 0..1 even in pitch, MIDI note (0 none), sureness 0..1."""
        hertz, sure = self.find(samples) if sounds else (0.0, 0.0)
        if sure < SURE:
            return self._place, 0.0, sure
        self._place = float(np.clip(np.log(hertz / LOWEST) / np.log(HIGHEST / LOWEST), 0, 1))
        return self._place, 69 + 12 * float(np.log2(hertz / 440)), sure

    def find(self, samples: np.ndarray) -> tuple[float, float]:
        """Return frequency in Hz and sureness 0..1 of float32 (length,)."""
        thin = samples.reshape(-1, self._step).mean(axis=1, dtype=np.float64)
        thin = np.convolve(thin - thin.mean(), SOFT, "same")
        energy = np.append(0.0, np.cumsum(thin * thin))
        if energy[-1] < 1e-8 * self._size:
            return 0.0, 0.0
        change = self._difference(thin, energy)
        mean = np.cumsum(change) / self._lags
        dips = change / np.maximum(mean, 1e-12)
        lag = self._first_dip(dips)
        return self._rate / self._fine(change, lag), float(np.clip(1 - dips[lag - 1], 0, 1))

    def _difference(self, thin: np.ndarray, energy: np.ndarray) -> np.ndarray:
        """Return the mean squared difference at each lag from 1, over the part that overlaps."""
        spectrum = fft.rfft(thin, self._fft)
        alike = fft.irfft(spectrum.real**2 + spectrum.imag**2, self._fft)
        lags = self._lags
        both = energy[self._size - lags] + energy[-1] - energy[lags]
        return np.maximum(both - 2 * alike[lags], 0) / (self._size - lags)

    def _first_dip(self, dips: np.ndarray) -> int:
        """Return the lag of the first dip that is deep enough, else of the deepest."""
        part = dips[self._shortest - 1 :]
        deep = np.flatnonzero(part < DIP)
        place = int(deep[0]) if len(deep) else int(np.argmin(part))
        while len(deep) and place + 1 < len(part) and part[place + 1] < part[place]:
            place += 1
        return self._shortest + place

    def _fine(self, change: np.ndarray, lag: int) -> float:
        """Return the lowest of a lag and its neighbours with its fraction, by a parabola."""
        first = max(lag - 1, 1)
        lag = first + int(np.argmin(change[first - 1 : lag + 1]))
        if not 1 < lag < len(change):
            return float(lag)
        a, b, c = change[lag - 2 : lag + 1]
        return lag + 0.5 * (a - c) / max(a - 2 * b + c, 1e-12) if a > b < c else float(lag)
