"""What the music does now, about 172 times a second: every signal of the sound, measured.

In: stereo blocks of any length at one rate, any rate. Out: for every hop its signals, 0..1 but
those of RANGES, and the moment of the hop's end. Causal, numpy only; audio thread.
One FFT per hop. Its window rises slowly and falls fast, so that what is new weighs at once: an
onset is seen within about 10 ms, while low notes still have 46 ms to tell their pitch. Harmony
and pitch, which change slower, take turns: each is measured anew in every fourth hop.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.audio import bands, energy, key, onsets, pitch, timbre
from engine.audio.peaks import Peaks

HOP, WINDOW = 256 / 44100, 2048 / 44100  # seconds
TURNS = 4  # hops in which the slow ones take turns
SILENCE = -60.0  # dBFS, below which there is no music
REST = 0.5  # seconds of that, after which it is silence
LOUDNESS = 1.5  # seconds of audio.loudness
LOUD = [bands.NAMES.index(name) for name in ("level", "bass", "mid", "air")]  # of the onsets
COURSE = [bands.NAMES.index(name) for name in ("level", "bass", "treble")]  # of the energy
LOUDEST = 8.0  # of full scale: more is a broken sample
NAMES = (
    *bands.NAMES, *onsets.KINDS, *timbre.NAMES, *key.NAMES, *pitch.NAMES,
    "loudness", *energy.NAMES, "peak", "clip", "dbfs", "silence",
)  # fmt: skip
RANGES = {"audio.dbfs": (-120.0, 30.0), "audio.key": (0.0, 24.0), "audio.pitch.note": (0.0, 127.0)}
SILENT = {f"audio.{name}": 0.0 for name in NAMES}
SILENT |= {"audio.dbfs": -120.0, "audio.silence": 1.0, "audio.trend": energy.STEADY}
_SIGNALS = tuple(SILENT)


@dataclass(frozen=True)
class Hop:
    """One hop's signals by name, and its end on clock.now."""

    values: dict[str, float]
    moment: float


def window(length: int) -> np.ndarray:
    """Return a Hann window of which 3/4 rise and 1/4 falls, newest sample last, unit power."""
    rise = length * 3 // 4
    up = np.sin(0.5 * np.pi * (np.arange(rise) + 0.5) / rise) ** 2
    down = np.cos(0.5 * np.pi * (np.arange(length - rise) + 0.5) / (length - rise)) ** 2
    shape = np.concatenate([up, down])
    return (shape / np.sqrt(np.sum(shape**2))).astype(np.float32)


class Features:
    """Turns blocks at one rate into hops; `bar` is how long a bar lasts, `learning` the gain."""

    def __init__(self, rate: int):
        self.rate = rate
        self.hop = round(HOP * rate)
        self.seconds = self.hop / rate
        self.bar = 2.0  # seconds
        self.learning = True  # whether what is loud is still being learned
        length = 2 ** round(np.log2(WINDOW * rate))
        self._window = window(length)
        self._bands = bands.Bands(rate, length, self.seconds)
        self._onsets = onsets.Onsets(rate, length, self.seconds)
        self._timbre = timbre.Timbre(rate, length)
        self._harmony = key.Harmony(rate, TURNS * self.seconds)
        self._pitch = pitch.Pitch(rate)
        self._energy = energy.Energy(self.seconds)
        self._peaks = Peaks(self.seconds)
        longest = max(length, self._harmony.chroma.length, self._pitch.length)
        self._samples = np.zeros(longest, np.float32)
        self._filled, self._count = 0, 0
        self._quiet_for = 1.0
        self._loudness = 0.0
        self._harmonies, self._pitches = (0.0,) * len(key.NAMES), (0.0,) * len(pitch.NAMES)

    def push(self, samples: np.ndarray, moment: float, gain: float = 0.0) -> Iterator[Hop]:
        """Yield a Hop for each one that float32 (n, 2) completes; its first sample at `moment`.

        `gain` is in dB. Samples that are no numbers count as 0.
        """
        clean = _clean(samples)
        mono = clean.mean(axis=1, dtype=np.float32) * np.float32(10 ** (gain / 20))
        at = 0
        while at < len(mono):
            end = at + self.hop - self._filled
            taken = mono[at:end]
            self._peaks.take(clean[at:end])
            self._samples[: -len(taken)] = self._samples[len(taken) :]
            self._samples[-len(taken) :] = taken
            at += len(taken)
            self._filled = (self._filled + len(taken)) % self.hop
            if self._filled == 0:
                yield self._analyse(moment + at / self.rate)

    def _analyse(self, moment: float) -> Hop:
        power = self._power()
        levels = self._bands.levels(power)
        dbfs = float(levels[0])
        sounds = dbfs > SILENCE
        if sounds and self.learning:
            self._bands.learn(levels)
        values = self._bands.values(levels).tolist()
        pulses = self._onsets.push(power, self._bands.reference[LOUD])
        self._take_turns(sounds)
        self._quiet_for = 0.0 if sounds else self._quiet_for + self.seconds
        self._loudness += (values[0] - self._loudness) * (self.seconds / LOUDNESS)
        tone = self._timbre.push(power)
        course = self._energy.push(
            *(values[place] for place in COURSE),
            tone[0],
            pulses[0] == 1.0,
            10 ** (dbfs / 10),
            self.bar,
        )
        rest = (*self._peaks.push(), dbfs, float(self._quiet_for > REST))
        values += (*pulses.tolist(), *tone, *self._harmonies, *self._pitches)
        values += (self._loudness, *course, *rest)
        return Hop(dict(zip(_SIGNALS, values, strict=True)), moment)

    def _power(self) -> np.ndarray:
        newest = self._samples[-len(self._window) :]
        offset = newest @ self._window / self._window.sum()
        spectrum = np.fft.rfft((newest - offset) * self._window)
        return spectrum.real**2 + spectrum.imag**2

    def _take_turns(self, sounds: bool) -> None:
        self._count += 1
        if self._count % TURNS == 0:
            newest = self._samples[-self._harmony.chroma.length :]
            self._harmonies = self._harmony.push(newest, sounds)
        elif self._count % TURNS == TURNS // 2:
            self._pitches = self._pitch.push(self._samples[-self._pitch.length :], sounds)


def _clean(samples: np.ndarray) -> np.ndarray:
    """Return samples that are all numbers, and none louder than a device can be."""
    if len(samples) and not np.abs(samples).max() <= LOUDEST:
        samples = np.nan_to_num(samples, posinf=0.0, neginf=0.0)
        return np.clip(samples, -LOUDEST, LOUDEST)
    return samples
