"""Bands: how loud each part of the spectrum is, against what is loud in this music.

In: a power spectrum per hop. Out: dB of all and of each band, and 0..1 after automatic gain.
Four bands for hands, eight even in mel for eyes. Audio thread.
"""

import numpy as np

from engine.audio.gain import AutoGain, compress

BANDS = {"bass": (20.0, 150.0), "mid": (200.0, 2500.0), "treble": (2500.0, 20000.0),
         "air": (8000.0, 20000.0)}  # Hz  # fmt: skip
MELS = 8
MEL_RANGE = (30.0, 16000.0)  # Hz
NAMES = ("level", *BANDS, *(f"mel.{number}" for number in range(1, MELS + 1)))
NOTHING = -100.0  # dBFS, below which a band is 0
QUIET = -50.0  # dBFS: the level's reference stays above
LOW_SHARE, HIGH_SHARE = -24.0, -34.0  # dB from the level's to a band's, where that stays above
BRIGHT = 2500.0  # Hz, where the second begins


class Bands:
    """Levels of all and of each band, and their automatic gain."""

    def __init__(self, rate: int, length: int, seconds: float):
        """`seconds` lie between two calls of learn()."""
        hertz = np.fft.rfftfreq(length, 1 / rate)
        rows = [hertz >= 20.0, *(_faded(hertz, *edges) for edges in BANDS.values())]
        rows += list(mel_rows(hertz, min(MEL_RANGE[1], 0.45 * rate)))
        self._weights = np.array(rows, np.float32) * np.float32(2 / length)
        centres = np.sqrt([low * high for low, high in BANDS.values()] + [0.0] * MELS)
        centres[len(BANDS) :] = [hertz[np.argmax(row)] for row in rows[1 + len(BANDS) :]]
        self._below = np.append(0.0, np.where(centres < BRIGHT, LOW_SHARE, HIGH_SHARE))
        self._gain = AutoGain(len(NAMES), seconds)
        self.reference = self._floor()

    def levels(self, power: np.ndarray) -> np.ndarray:
        """Return dBFS of all, then of each band; a full-scale sine comes to -3."""
        return 10 * np.log10(self._weights @ power + 1e-12)

    def learn(self, levels: np.ndarray) -> bool:
        """Take what sounds now as music whose loud parts are full; whether references moved."""
        if moved := self._gain.push(levels):
            self.reference = self._floor()
        return moved

    def values(self, levels: np.ndarray) -> np.ndarray:
        """Return 0..1 for each level: 0.8 at the reference, linear in amplitude below it."""
        return compress(10 ** ((levels - self.reference) / 20)) * (levels > NOTHING)

    def _floor(self) -> np.ndarray:
        level = max(self._gain.reference[0], QUIET)
        return np.maximum(self._gain.reference, level + self._below)


def _faded(hertz: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return 1 between two frequencies; the edges fade over a sixth of an octave."""
    octaves = np.log2(np.maximum(hertz, 1.0))
    rise = np.clip(0.5 + 6 * (octaves - np.log2(low)), 0, 1)
    return rise * np.clip(0.5 + 6 * (np.log2(high) - octaves), 0, 1)


def mel_rows(hertz: np.ndarray, top: float) -> np.ndarray:
    """Return MELS triangles even in mel (O'Shaughnessy 1987) that sum to 1 between the outer ones.

    A triangle narrower than two bins takes the bin nearest its centre.
    """
    ends = _mel(np.array([MEL_RANGE[0], top]))
    edges = np.linspace(*ends, MELS + 2)
    mels = _mel(hertz)
    places = (mels[None] - edges[1:-1, None]) / (edges[1] - edges[0])
    rows = np.maximum(1 - np.abs(places), 0)
    rows[np.arange(MELS), np.argmin(np.abs(places), axis=1)] += rows.sum(axis=1) == 0
    return rows


def _mel(hertz: np.ndarray) -> np.ndarray:
    return 2595 * np.log10(1 + hertz / 700)
