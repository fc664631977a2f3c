"""Times the analysis of sound: the share of one core that it takes, and where it goes.

python3 -m benchmarks.hearing [SECONDS]        20 seconds of the demo track, three times
"""

import sys
import time
from functools import partial

import numpy as np

from engine.audio import demo
from engine.audio.beat import Rhythm
from engine.audio.features import Features
from engine.audio.spectra import Spectra
from engine.parameters import Store

BLOCK = 256  # samples, as a sound card hands them over
PARTS = ("_bands.levels", "_bands.learn", "_bands.values", "_onsets.push", "_timbre.push",
         "_harmony.push", "_pitch.push", "_energy.push", "_peaks.push")  # fmt: skip


def spectra_of(sound: np.ndarray, keep: int) -> float:
    """Make the spectra of the sound and yield them."""
    spectra = Spectra(demo.RATE, keep)
    for start in range(0, len(sound), BLOCK):
        yield from spectra.push(sound[start : start + BLOCK], start / demo.RATE)


def hear(sound: np.ndarray) -> dict[str, float]:
    """Hear the sound; return the processor time of each stage, in seconds."""
    features, rhythm = Features(demo.RATE), Rhythm(Store().get, lambda *word: None)
    spent = {"spectra": -time.process_time(), "features": 0.0, "rhythm": 0.0}
    for hop in spectra_of(sound, features.keep):
        begun = time.process_time()
        features.push(hop)
        middle = time.process_time()
        rhythm.push(hop.samples, demo.RATE, hop.moment)
        spent["features"] += middle - begun
        spent["rhythm"] += time.process_time() - middle
    spent["spectra"] += time.process_time() - spent["features"] - spent["rhythm"]
    return spent


def parts(sound: np.ndarray) -> dict[str, float]:
    """Return the seconds that each part of the features took while the sound was heard."""
    features, spent = Features(demo.RATE), dict.fromkeys(PARTS, 0.0)

    def timed(work, name, *arguments):
        begun = time.perf_counter()
        try:
            return work(*arguments)
        finally:
            spent[name] += time.perf_counter() - begun

    for name in PARTS:
        owner, method = name.split(".")
        part = getattr(features, owner)
        setattr(part, method, partial(timed, getattr(part, method), name))
    for hop in spectra_of(sound, features.keep):
        features.push(hop)
    return spent


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    music = demo.render()[: round(seconds * demo.RATE)]
    runs = sorted((hear(music) for _ in range(3)), key=lambda spent: sum(spent.values()))
    shares = [100 * sum(spent.values()) / seconds for spent in runs]
    print(f"{shares[0]:.1f}% of one core (median {shares[1]:.1f}%)")
    for name, spent in runs[0].items():
        print(f"  {name:14} {100 * spent / seconds:5.2f}%")
    for name, spent in sorted(parts(music).items(), key=lambda x: -x[1]):
        print(f"    {name.lstrip('_'):14} {100 * spent / seconds:5.2f}%")
