"""How well the live tracker hears: python3 -m benchmarks.beats [--quick] [FOLDER]

In: loops made here (rhythms), and, if a folder is given, sound files whose tempo stands in a table
in its README.md (| file | bpm |) and whose beats begin at 0. Out: a line for each measure.
"""

import re
import sys
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks import rhythms
from engine.audio.beat import Rhythm
from engine.audio.offline import track
from engine.audio.spectra import Spectra
from engine.parameters import Store

BLOCK = 441
LOW, HIGH = 85.0, 170.0
NEAR = 0.07  # seconds within which a beat counts as found
SETTLED = 8.0  # seconds after which a loop's words are counted


def hear(sound: np.ndarray, rate: int = rhythms.RATE) -> np.ndarray:
    """Return (moment, bpm, beat, bar or NaN, sure) of every word of the tracker."""
    words, heard, spectra = [], [0.0], Spectra(rate)
    rhythm = Rhythm(
        Store().get,
        lambda bpm, beat, bar, sure: words.append(
            (heard[0], bpm, beat, np.nan if bar is None else bar, sure)
        ),
    )
    for place in range(0, len(sound), BLOCK):
        heard[0] = (place + BLOCK) / rate
        for hop in spectra.push(sound[place : place + BLOCK], place / rate):
            rhythm.push(hop.samples, rate, hop.moment)
    return np.array(words).reshape(-1, 5)


def folded(bpm: float) -> float:
    """Return the octave of the tempo that lies in the default range."""
    while bpm < LOW:
        bpm *= 2
    while bpm > HIGH:
        bpm /= 2
    return bpm


def miss(beats: np.ndarray, bpm: float, first: float = 0.0) -> np.ndarray:
    """Return seconds from each beat to the nearest of a grid."""
    return np.abs((beats - first + 30 / bpm) % (60 / bpm) - 30 / bpm)


def loops(tempos) -> None:
    """Every tempo, straight and swung, with and without hats and pads, in two patterns."""
    right, errors = {True: [], False: []}, []
    for bpm, pattern, swing, hats, pads in product(
        tempos, ("house", "rock"), (0.0, 0.33), (False, True), (False, True)
    ):
        words = hear(rhythms.loop(bpm, 14, pattern, swing, 4, hats, pads, start=0.2))
        words = words[words[:, 0] > SETTLED]
        same = np.abs(words[:, 1] / folded(bpm) - 1) < 0.02
        right[LOW <= bpm <= HIGH].append(len(words) > 0 and np.mean(same) > 0.9)
        if right[LOW <= bpm <= HIGH][-1]:
            errors.append(np.median(miss(words[:, 2], max(folded(bpm), bpm), 0.2)))
    for inside, found in right.items():
        where = "in the range" if inside else "outside, folded"
        print(f"loops {where}: {100 * np.mean(found):.1f}% of {len(found)} at the right tempo")
    errors = 1000 * np.array(errors)
    print(f"phase: median {np.median(errors):.1f} ms, 95% within {np.percentile(errors, 95):.1f}")


def steps() -> None:
    """A step of the tempo: seconds until it is within 2% for good."""
    for step in (0.94, 1.06):
        sound = np.concatenate([rhythms.loop(125, 12), rhythms.loop(125 * step, 8)])
        words = hear(sound)
        wrong = words[np.abs(words[:, 1] / (125 * step) - 1) > 0.02]
        print(f"step of {100 * (step - 1):+.0f}%: followed in {wrong[-1, 0] - 12:.2f} s")


def silence() -> None:
    """16 s of nothing: how far off the beat is when it returns."""
    gap = np.zeros((16 * rhythms.RATE, 2), np.float32)
    for bpm in (100, 120, 150):
        bars = round(16 * bpm / 60) * 60 / bpm
        before = rhythms.loop(bpm, bars)
        words = hear(np.concatenate([before, gap, rhythms.loop(bpm, 2)]))
        back = len(before) / rhythms.RATE + 16
        held = words[(words[:, 0] > back - 1) & (words[:, 0] < back)]
        print(f"16 s of silence at {bpm}: {1000 * miss(held[:, 2], bpm).max():.1f} ms off")


def f_measure(found: np.ndarray, truth: np.ndarray) -> float:
    """Return the F-measure, each beat counted once."""
    near = [np.min(np.abs(found - beat), initial=np.inf) <= NEAR for beat in truth]
    return 2 * sum(near) / max(len(found) + len(truth), 1)


def music(folder: Path) -> None:
    """Every file of the table: tempo, lock, and the beats from the lock to the end."""
    table = re.findall(
        r"^\| *([^|]+\.\w+) *\| *([\d.]+) *\|", (folder / "README.md").read_text(), re.M
    )
    for name, bpm in table:
        found = track(folder / name.strip())
        bpm, lock = folded(float(bpm)), found["lock_seconds"] or 0.0
        beats = np.array(found["beats"])
        beats = beats[beats > lock]
        truth = np.arange(0, beats[-1] + 0.1, 60 / bpm)
        error = 1000 * np.median(miss(beats, bpm))
        score = f_measure(beats, truth[truth > lock])
        bars = miss(np.array([d for d in found["downbeats"] if d > lock]), bpm / 4) < NEAR
        print(
            f"{name.strip()}: {found['bpm']:.1f} of {bpm:g}, locked at {lock:.1f} s, F {score:.3f},"
            f" {error:.1f} ms, downbeats right {100 * np.mean(bars):.0f}%"
        )


if __name__ == "__main__":
    words = sys.argv[1:]
    loops(range(70, 191, 30 if "--quick" in words else 5))
    steps()
    silence()
    for word in words:
        if not word.startswith("--"):
            music(Path(word))
