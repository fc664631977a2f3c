"""Times the analysis of sound: the share of one core that it takes, and where it goes.

python3 -m benchmarks.hearing [SECONDS]        20 seconds of the demo track, three times
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.audio import demo
from engine.audio.features import Features

BLOCK = 256  # samples, as a sound card hands them over
PARTS = ("_bands.levels", "_bands.learn", "_bands.values", "_onsets.push", "_timbre.push",
         "_harmony.push", "_pitch.push", "_energy.push", "_peaks.take")  # fmt: skip


def hear(features: Features, sound: np.ndarray) -> float:
    """Analyse the sound; return the processor time that it took, in seconds."""
    begun = time.process_time()
    for start in range(0, len(sound), BLOCK):
        for _ in features.push(sound[start : start + BLOCK], start / demo.RATE):
            pass
    return time.process_time() - begun


def parts(features: Features, sound: np.ndarray) -> dict[str, float]:
    """Return the seconds that each part took while the sound was heard."""
    spent = dict.fromkeys(PARTS, 0.0)

    def timed(name, work):
        def run(*arguments):
            begun = time.perf_counter()
            try:
                return work(*arguments)
            finally:
                spent[name] += time.perf_counter() - begun

        return run

    for name in PARTS:
        owner, method = name.split(".")
        part = getattr(features, owner)
        setattr(part, method, timed(name, getattr(part, method)))
    hear(features, sound)
    return spent


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    music = demo.render()[: round(seconds * demo.RATE)]
    shares = [hear(Features(demo.RATE), music) / seconds for _ in range(3)]
    hops = seconds * demo.RATE / Features(demo.RATE).hop
    print(f"{100 * min(shares):.1f}% of one core (median {100 * sorted(shares)[1]:.1f}%), "
          f"{1e6 * min(shares) * seconds / hops:.0f} us a hop")  # fmt: skip
    for name, spent in sorted(parts(Features(demo.RATE), music).items(), key=lambda x: -x[1]):
        print(f"  {name.lstrip('_'):14} {1e6 * spent / hops:5.0f} us a hop")
