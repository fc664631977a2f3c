"""Harmony: the twelve pitch classes that sound, and the key that they make over half a minute.

In: the newest fifth of a second of sound, about 21 times a second. Out: chroma 0..1, the largest
near 1; the key. Tuned to A = 440 Hz. Audio thread.
"""

import numpy as np
from scipy import fft

WINDOW = 8192 / 44100  # seconds: C2 and C#2 are told apart
LOWEST, HIGHEST = 36, 96  # MIDI notes, C2 to C7
FAINT = 1e-4  # of full scale: quieter peaks are no notes
ATTACK, RELEASE = 0.06, 0.25  # seconds in which a pitch class comes and goes
MEMORY = 15.0  # seconds of music that make the key
FIRST = 3.0  # seconds of music before there is a key
LEAD = 0.03  # of correlation by which another key must win
CLASSES = ("c", "c#", "d", "d#", "e", "f", "f#", "g", "g#", "a", "a#", "b")
NAMES = (*(f"chroma.{name}" for name in CLASSES), "key", "key.fifths", "key.sure")
KEYS = ("", *(f"{name.upper()} {mode}" for mode in ("major", "minor") for name in CLASSES))

# How well each degree fits its key, by ear: Krumhansl and Kessler 1982.
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


class Chroma:
    """The pitch classes of a window's spectral peaks."""

    def __init__(self, rate: int):
        self.length = 2 ** round(np.log2(WINDOW * rate))
        self._window = np.hanning(self.length + 1)[:-1].astype(np.float32)
        self._window *= 2 / self._window.sum()
        hertz = 440 * 2 ** ((np.array([LOWEST - 0.5, HIGHEST + 0.5]) - 69) / 12)
        self._first, self._last = np.clip(
            np.round(hertz * self.length / rate).astype(int), 2, self.length // 2 - 2
        )
        self._unit = rate / self.length / 440

    def of(self, samples: np.ndarray) -> np.ndarray:
        """Return how strong each class sounds in float32 (length,), C first, any scale."""
        size = np.abs(fft.rfft(samples * self._window))[self._first - 1 : self._last + 1]
        at = 1 + np.flatnonzero(
            (size[1:-1] > size[:-2]) & (size[1:-1] >= size[2:])
            & (size[1:-1] > max(FAINT, 0.02 * size.max(initial=0.0)))
        )  # fmt: skip
        below, top, above = np.log(size[at - 1] + 1e-12), np.log(size[at]), np.log(size[at + 1])
        shift = 0.5 * (below - above) / np.minimum(below - 2 * top + above, -1e-9)
        notes = 69 + 12 * np.log2((self._first - 1 + at + np.clip(shift, -0.5, 0.5)) * self._unit)
        near = np.round(notes)
        weight = np.sqrt(size[at]) * np.cos(np.pi * (notes - near)) ** 2
        return np.bincount(near.astype(int) % 12, weight, 12)


class Harmony:
    """Chroma that comes and goes smoothly, and the key."""

    def __init__(self, rate: int, seconds: float):
        """`seconds` lie between two calls of push()."""
        self.chroma = Chroma(rate)
        self._seconds = seconds
        self._up, self._down = 1 - np.exp(-seconds / ATTACK), 1 - np.exp(-seconds / RELEASE)
        self._now = np.zeros(12)
        self._peak = 1e-3
        self._past = np.zeros(12)
        self._heard = 0.0
        self._key = 0
        self._sure = 0.0

    def push(self, samples: np.ndarray, sounds: bool) -> tuple[float, ...]:
        """Return NAMES for the newest samples; `sounds` is whether there is music at all."""
        found = self.chroma.of(samples) if sounds else np.zeros(12)
        self._peak = max(found.max(), self._peak * (1 - 0.3 * self._seconds), 1e-3)
        target = found / self._peak
        self._now += (target - self._now) * np.where(target > self._now, self._up, self._down)
        self._now[self._now < 1e-4] = 0.0
        if found.any():
            self._learn(found)
        fifths = (7 * (self._key - 1) + 3 * 7 * (self._key > 12)) % 12 / 12 if self._key else 0.0
        return (*self._now.tolist(), float(self._key), fifths, self._sure)

    def _learn(self, found: np.ndarray) -> None:
        found = np.maximum(found - 0.35 * np.roll(found, 7), 0)  # third harmonics are not the key
        found = found / max(found.sum(), 1e-9)
        self._past += (found - self._past) * (self._seconds / min(MEMORY, self._heard + 0.5))
        self._heard += self._seconds
        if self._heard < FIRST or self._past.std() < 1e-6:
            return
        likeness = fit(self._past)
        best = int(np.argmax(likeness))
        if self._key == 0 or likeness[best] > likeness[self._key - 1] + LEAD:
            self._key = best + 1
        self._sure = float(np.clip(likeness[self._key - 1], 0, 1))


def fit(chroma: np.ndarray) -> np.ndarray:
    """Return the correlation of twelve classes with each of 24 keys: C to B major, C to B minor."""
    wanted = (chroma - chroma.mean()) / (chroma.std() * 12)
    return _PROFILES @ wanted


def _profiles() -> np.ndarray:
    rows = np.array([np.roll(p, k) for p in (MAJOR, MINOR) for k in range(12)])
    return (rows - rows.mean(axis=1, keepdims=True)) / rows.std(axis=1, keepdims=True)


_PROFILES = _profiles()
