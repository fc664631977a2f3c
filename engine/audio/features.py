"""What the music does now, about 172 times a second: every signal of the sound, measured.

In: a Spectrum for every hop. Out: its signals, 0..1 but those of RANGES. Causal; audio
thread. What changes slower takes turns: timbre and what is loud are measured anew in every second
hop, pitch in every fourth, harmony in every eighth.
"""

import numpy as np

from engine.audio import bands, energy, key, onsets, pitch, timbre
from engine.audio.peaks import Peaks
from engine.audio.spectra import Spectrum, hop_of, length_of

TURNS, PITCHES = 8, 4  # hops between two looks at harmony, at pitch
SILENCE = -60.0  # dBFS, below which there is no music
REST = 0.5  # seconds of that, after which it is silence
LOUDNESS = 1.5  # seconds of audio.loudness
LOUD = [bands.NAMES.index(name) for name in ("level", "bass", "mid", "air")]  # of the onsets
COURSE = [bands.NAMES.index(name) for name in ("level", "bass", "treble")]  # of the energy
NAMES = (
    *bands.NAMES, *onsets.KINDS, *timbre.NAMES, *key.NAMES, *pitch.NAMES,
    "loudness", *energy.NAMES, "peak", "clip", "dbfs", "silence",
)  # fmt: skip
LEAST = -120.0  # dBFS: that of nothing
RANGES = {"audio.dbfs": (LEAST, 30.0), "audio.key": (0.0, 24.0), "audio.pitch.note": (0.0, 127.0)}
SILENT = {f"audio.{name}": 0.0 for name in NAMES}
SILENT |= {"audio.dbfs": LEAST, "audio.silence": 1.0, "audio.trend": energy.STEADY}
_SIGNALS = tuple(SILENT)


class Features:
    """Measures the spectra of one rate; `bar` is how long a bar lasts, `learning` the gain."""

    def __init__(self, rate: int):
        self.seconds = hop_of(rate) / rate
        self.bar = 2.0  # seconds
        self.learning = True  # whether what is loud is still being learned
        length = length_of(rate)
        self._bands = bands.Bands(rate, length, 2 * self.seconds)
        self._onsets = onsets.Onsets(rate, length, self.seconds)
        self._timbre = timbre.Timbre(rate, length)
        self._harmony = key.Harmony(rate, TURNS * self.seconds)
        self._pitch = pitch.Pitch(rate)
        self._energy = energy.Energy(self.seconds)
        self._onsets.hold_against(self._bands.reference[LOUD])
        self._peaks = Peaks(self.seconds)
        self.keep = max(self._harmony.chroma.length, self._pitch.length)  # samples that it needs
        self._count = 0
        self._quiet_for = 1.0
        self._loudness = 0.0
        self._tone = (0.0,) * len(timbre.NAMES)
        self._harmonies, self._pitches = (0.0,) * len(key.NAMES), (0.0,) * len(pitch.NAMES)

    def push(self, spectrum: Spectrum) -> dict[str, float]:
        """Return the signals of a hop by name."""
        levels = self._bands.levels(spectrum.power)
        dbfs = max(float(levels[0]), LEAST)
        sounds = dbfs > SILENCE
        self._take_turns(spectrum, levels, sounds)
        values = self._bands.values(levels).tolist()
        pulses = self._onsets.push(spectrum.power)
        self._quiet_for = 0.0 if sounds else self._quiet_for + self.seconds
        self._loudness += (values[0] - self._loudness) * (self.seconds / LOUDNESS)
        course = self._energy.push(
            *(values[place] for place in COURSE),
            self._tone[0],
            pulses[0] == 1.0,
            10 ** (dbfs / 10),
            self.bar,
        )
        rest = (*self._peaks.push(spectrum.fresh), dbfs, float(self._quiet_for > REST))
        values += (*pulses, *self._tone, *self._harmonies, *self._pitches)
        values += (self._loudness, *course, *rest)
        return dict(zip(_SIGNALS, values, strict=True))

    def _take_turns(self, spectrum: Spectrum, levels: np.ndarray, sounds: bool) -> None:
        self._count += 1
        if self._count % 2:
            self._tone = self._timbre.push(spectrum.power)
            if sounds and self.learning and self._bands.learn(levels):
                self._onsets.hold_against(self._bands.reference[LOUD])
        elif self._count % TURNS == 0:
            newest = spectrum.samples[-self._harmony.chroma.length :]
            self._harmonies = self._harmony.push(newest, sounds)
        elif self._count % PITCHES == 2:
            newest = spectrum.samples[-self._pitch.length :]
            self._pitches = self._pitch.push(newest, sounds)
