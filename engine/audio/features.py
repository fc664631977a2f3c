"""What the music does now: levels, bands and onsets, about 172 times a second.

In: stereo blocks of any length at one rate, any rate. Out: for every hop its signals, all 0..1
but audio.dbfs, and the moment of the hop's end. Causal, numpy only; audio thread.
One FFT per hop. Its window rises slowly and falls fast, so that what is new weighs at once: an
onset is seen within about 10 ms, while low notes still have 46 ms to tell their pitch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.audio.gain import AutoGain, compress

HOP, WINDOW = 256 / 44100, 2048 / 44100  # seconds
BANDS = {"bass": (20.0, 150.0), "mid": (200.0, 2500.0), "treble": (2500.0, 20000.0)}  # Hz
ONSETS = {"onset": (30.0, 16000.0), "kick": (30.0, 150.0), "snare": (180.0, 5000.0),
          "hat": (6000.0, 16000.0)}  # Hz  # fmt: skip
SILENCE = -60.0  # dBFS, below which there is no music
NOTHING = -100.0  # dBFS, below which a band is 0
QUIET = np.array([-50.0, -60.0, -60.0, -70.0])  # dBFS: references of level and bands stay above
BELOW = np.array([0.0, -24.0, -24.0, -34.0])  # dB: and above this, measured from the level's
FLUX_FLOOR = -45.0  # dB under the level's reference: quieter changes are no onsets
FLUX_BANDS = 28
FLUX_SECONDS = 1.0  # of the adaptive threshold
REFRACTORY = 0.07  # seconds between two onsets of one kind
FALL = 0.12  # seconds in which a pulse falls to 37%
LOUDNESS = 1.5  # seconds of audio.loudness
NAMES = ("level", *BANDS, *ONSETS, "loudness", "dbfs", "silence")
SILENT = {f"audio.{name}": 0.0 for name in NAMES} | {"audio.dbfs": -120.0, "audio.silence": 1.0}


@dataclass(frozen=True)
class Hop:
    """One hop's signals by name, its end on clock.now, and its onset strength for the beat."""

    values: dict[str, float]
    moment: float
    strength: float


def window(length: int) -> np.ndarray:
    """Return a Hann window of which 3/4 rise and 1/4 falls, newest sample last, unit power."""
    rise = length * 3 // 4
    up = np.sin(0.5 * np.pi * (np.arange(rise) + 0.5) / rise) ** 2
    down = np.cos(0.5 * np.pi * (np.arange(length - rise) + 0.5) / (length - rise)) ** 2
    shape = np.concatenate([up, down])
    return (shape / np.sqrt(np.sum(shape**2))).astype(np.float32)


class Features:
    """Turns blocks at one rate into hops; keeps a window of samples and a second of flux."""

    def __init__(self, rate: int):
        self.rate = rate
        self.hop = round(HOP * rate)
        self.seconds = self.hop / rate
        length = 2 ** round(np.log2(WINDOW * rate))
        self._window = window(length)
        self._samples = np.zeros(length, np.float32)
        self._filled = 0
        self._weights = _weights(rate, length)
        self._gain = AutoGain(1 + len(BANDS), self.seconds)
        self._onsets = Onsets(rate, length, self.seconds)
        self._quiet_for = 1.0
        self._loudness = 0.0

    def push(self, samples: np.ndarray, moment: float, gain: float = 0.0) -> Iterator[Hop]:
        """Yield a Hop for each one that float32 (n, 2) completes; its first sample at `moment`.

        `gain` is in dB. Samples that are no numbers count as 0.
        """
        mono = samples.mean(axis=1, dtype=np.float32) * np.float32(10 ** (gain / 20))
        mono = np.clip(np.nan_to_num(mono, posinf=0.0, neginf=0.0), -8, 8)
        at = 0
        while at < len(mono):
            taken = mono[at : at + self.hop - self._filled]
            self._samples[: -len(taken)] = self._samples[len(taken) :]
            self._samples[-len(taken) :] = taken
            at += len(taken)
            self._filled = (self._filled + len(taken)) % self.hop
            if self._filled == 0:
                yield self._analyse(moment + at / self.rate)

    def _analyse(self, moment: float) -> Hop:
        offset = self._samples @ self._window / self._window.sum()
        spectrum = np.fft.rfft((self._samples - offset) * self._window)
        power = spectrum.real**2 + spectrum.imag**2
        levels = 10 * np.log10(self._weights @ power + 1e-12)
        dbfs = float(levels[0])
        sounds = dbfs > SILENCE
        if sounds:
            self._gain.push(levels)
        reference = self._reference()
        bands = compress(10 ** ((levels - reference) / 20)) * (levels > NOTHING)
        pulses, strength = self._onsets.push(power, reference[0])
        self._quiet_for = 0.0 if sounds else self._quiet_for + self.seconds
        self._loudness += (float(bands[0]) - self._loudness) * (self.seconds / LOUDNESS)
        rest = (self._loudness, dbfs, float(self._quiet_for > 0.5))
        values = (*bands.tolist(), *pulses.tolist(), *rest)
        return Hop(dict(zip(_SIGNALS, values, strict=True)), moment, strength)

    def _reference(self) -> np.ndarray:
        reference = np.maximum(self._gain.reference, QUIET)
        return np.maximum(reference, reference[0] + BELOW)


_SIGNALS = tuple(f"audio.{name}" for name in NAMES)


def _weights(rate: int, length: int) -> np.ndarray:
    """Return rows that sum a power spectrum to mean squares: all but DC, then each band.

    A full-scale sine comes to 1/2 (-3 dBFS); edges fade over a sixth of an octave.
    """
    hertz = np.fft.rfftfreq(length, 1 / rate)
    rows = [hertz >= 20.0]
    for low, high in BANDS.values():
        octaves = np.log2(np.maximum(hertz, 1.0))
        rows.append(
            np.clip(0.5 + 6 * (octaves - np.log2(low)), 0, 1)
            * np.clip(0.5 + 6 * (np.log2(high) - octaves), 0, 1)
        )
    return np.array(rows, np.float32) * np.float32(2 / length)


class Onsets:
    """Onsets by log spectral flux (Bello 2005, Boeck 2013), for all and for three ranges."""

    def __init__(self, rate: int, length: int, hop_seconds: float):
        self._bands, centres = _flux_bands(rate, length)
        self._kinds = np.array([(centres >= a) & (centres <= b) for a, b in ONSETS.values()], float)
        self._kinds /= np.maximum(self._kinds.sum(axis=1, keepdims=True), 1)
        self._before = np.zeros((2, len(centres)))
        self._past = np.zeros((max(8, round(FLUX_SECONDS / hop_seconds)), len(ONSETS)))
        self._over = np.zeros(len(ONSETS), bool)
        self._since = np.full(len(ONSETS), 1.0)
        self._pulses = np.zeros(len(ONSETS))
        self._seconds = hop_seconds
        self._fall = np.exp(-hop_seconds / FALL)
        self._count = 0

    def push(self, power: np.ndarray, reference: float) -> tuple[np.ndarray, float]:
        """Return pulses (1 at an onset, falling to 0) and the strength of change now.

        power: spectrum of the hop; reference: dBFS of what is loud. Strength leans to low notes.
        """
        bands = self._bands @ power
        before = self._before[self._count % 2]  # two hops ago
        floor = 10 ** ((reference + FLUX_FLOOR) / 10)
        flux = self._kinds @ np.log10(np.maximum((bands + floor) / (before + floor), 1))
        before[:] = bands
        self._pick(flux)
        self._count += 1
        return self._pulses, float(flux[0] + flux[1])

    def _pick(self, flux: np.ndarray) -> None:
        threshold = 0.06 + self._past.mean(axis=0) + 1.5 * self._past.std(axis=0)
        over = flux > threshold
        self._since += self._seconds
        found = over & ~self._over & (self._since > REFRACTORY)
        self._over = over
        self._since[found] = 0.0
        self._pulses = np.where(found, 1.0, self._pulses * self._fall)
        self._pulses[self._pulses < 0.005] = 0.0
        self._past[self._count % len(self._past)] = np.minimum(flux, 1.0)


def _flux_bands(rate: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows that sum a power spectrum over bands even in pitch, and their centres in Hz."""
    top = min(16000.0, 0.45 * rate)
    edges = np.geomspace(30.0, top, FLUX_BANDS + 1) * length / rate
    edges = np.unique(np.maximum(np.round(edges).astype(int), 1))
    rows = np.zeros((len(edges) - 1, length // 2 + 1), np.float32)
    for row, (low, high) in zip(rows, pairwise(edges), strict=True):
        row[low:high] = 2 / length
    return rows, np.sqrt(edges[:-1] * edges[1:]) * rate / length
