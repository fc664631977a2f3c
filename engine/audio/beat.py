"""A first beat estimate: tempo by autocorrelation, phase by a comb, held by a small loop.

In: onset strength once per hop. Out: (bpm, moment of a beat) about twice a second, while sure.
Tempo as in Ellis 2007 (log-normal prior) with a comb over 1, 2 and 4 beats; it is sought within
one octave, so that 70 is reported as 140. Numpy only; audio thread.
"""

import numpy as np

LOWEST, HIGHEST = 85.0, 170.0  # beats per minute
LIKELY, SPREAD = 120.0, 0.9  # the prior: its middle, its width in octaves
MEMORY = 8.0  # seconds that are looked at
EVERY = 0.5  # seconds between two estimates
SURE = 0.2  # of 1: how alike the strengths one, two and four beats apart must be
FAINT = 0.03  # onset strength below which nothing is a beat
DELAY = 0.009  # seconds from a sound's start to the peak of its strength
SAME = 0.03  # tempos this close, and phases within 1/8 beat, agree
FIRST, AGAIN = 2, 5  # estimates that must agree before a beat is believed, or given up


class BeatTracker:
    """Follows the beat of the strengths pushed into it."""

    def __init__(self, hop_seconds: float):
        self._hop = hop_seconds
        self._strengths = np.zeros(round(MEMORY / hop_seconds))
        self._wait = round(EVERY / hop_seconds)
        self._pushed = 0
        self._beat: tuple[float, float] | None = None  # period [s], moment
        self._rival: tuple[float, float] | None = None
        self._doubts = 0
        self._tempos = np.geomspace(LOWEST, HIGHEST, 240)
        self._prior = np.exp(-0.5 * (np.log2(self._tempos / LIKELY) / SPREAD) ** 2)
        lags = 60 / self._tempos / hop_seconds
        self._lags = np.outer((1, 2, 4), lags)

    def push(self, strength: float, moment: float) -> tuple[float, float] | None:
        """Take the strength at `moment`; return (bpm, moment of a beat) when there is news."""
        self._strengths[:-1] = self._strengths[1:]
        self._strengths[-1] = strength
        self._pushed += 1
        if self._pushed % self._wait or self._pushed < 2 * self._wait:
            return None
        found = self._estimate(moment)
        if found is None or not self._believe(*found):
            return None
        period, beat = self._beat
        return 60 / period, beat

    def _estimate(self, moment: float) -> tuple[float, float] | None:
        """Return period and the last beat's moment as the memory has them; None if unsure."""
        curve = self._curve()
        if curve.max() < FAINT:
            return None
        tempo, likeness = self._tempo(curve)
        if likeness < SURE:
            return None
        period = 60 / tempo
        ago = self._phase(curve, period / self._hop)
        return period, moment - ago * self._hop - DELAY

    def _curve(self) -> np.ndarray:
        """Return the strengths above their local mean, smoothed over 30 ms."""
        width = round(0.5 / self._hop)
        mean = np.convolve(self._strengths, np.full(width, 1 / width), "same")
        above = np.maximum(self._strengths - mean, 0)
        return np.convolve(above, np.hanning(7) / 3, "same")

    def _tempo(self, curve: np.ndarray) -> tuple[float, float]:
        """Return the likeliest tempo and how alike the curve is to itself at its beats, 0..1."""
        length = len(curve)
        spectrum = np.fft.rfft(curve - curve.mean(), 2 * length)
        alike = np.fft.irfft(np.abs(spectrum) ** 2)[:length]
        alike = alike / max(alike[0], 1e-12) * length / np.arange(length, 0, -1)
        comb = np.interp(self._lags, np.arange(length), alike)
        best = int(np.argmax(comb.sum(axis=0) * self._prior))
        return float(self._tempos[best]), float(comb[:, best].mean())

    def _phase(self, curve: np.ndarray, period: float) -> float:
        """Return how many hops ago the last beat was, in fractions."""
        beats = int(len(curve) / period) - 1
        offsets = np.arange(0, period, 0.5)
        places = len(curve) - 1 - offsets[:, None] - period * np.arange(beats)
        comb = np.interp(places, np.arange(len(curve)), curve) @ 0.95 ** np.arange(beats)
        return float(offsets[np.argmax(comb)])

    def _believe(self, period: float, beat: float) -> bool:
        """Glide towards an estimate that agrees; change to another only if it persists."""
        if self._beat and _agree(self._beat, (period, beat)):
            self._doubts = 0
            self._glide(period, beat)
            return True
        agrees = self._rival is not None and _agree(self._rival, (period, beat))
        self._doubts = self._doubts + 1 if agrees else 1
        self._rival = (period, beat)
        if self._doubts < (AGAIN if self._beat else FIRST):
            return self._beat is not None and self._doubts < AGAIN
        self._beat, self._rival, self._doubts = (period, beat), None, 0
        return True

    def _glide(self, period: float, beat: float) -> None:
        held, last = self._beat
        held += 0.3 * (period - held)
        last += held * round((beat - last) / held)
        self._beat = held, last + 0.4 * (beat - last)


def _agree(one: tuple[float, float], other: tuple[float, float]) -> bool:
    (period, beat), (period2, beat2) = one, other
    beats = (beat2 - beat) / period2
    return abs(period2 / period - 1) < SAME and abs(beats - round(beats)) < 0.125
