"""How closely the picture follows the music: python3 -m benchmarks.follows RECORDING.mp4

In: a recording with its sound. Out: the highest correlation, over lags of 0 to 300 ms, between
audio.level and the picture's change from frame to frame, and the 95th percentile of the same for
100 circular shifts of the level.
"""

import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks import film

LONGEST_LAG = 0.3  # seconds
SHIFTS = 100


def change(pictures: np.ndarray) -> np.ndarray:
    """Return the mean difference of each frame from the one before, in grey levels."""
    return np.array([np.abs(b.astype(np.int16) - a).mean() for a, b in pairwise(pictures)])


def best_correlation(level: np.ndarray, changes: np.ndarray, lags: int) -> float:
    """Return the highest correlation with the change 0 to `lags` frames behind the level."""
    return max(
        float(np.corrcoef(level[: len(level) - lag], changes[lag:])[0, 1])
        for lag in range(lags + 1)
    )


def run(path: Path) -> dict:
    """Return what the recording shows."""
    fps = film.rate(path)
    changes = change(film.frames(path))
    times, values = film.signal(path, "audio.level")
    level = np.interp((np.arange(len(changes)) + 1) / fps, times, values)
    lags = round(LONGEST_LAG * fps)
    random = np.random.default_rng(0)
    shifted = [
        best_correlation(np.roll(level, random.integers(lags, len(level) - lags)), changes, lags)
        for _ in range(SHIFTS)
    ]
    half = film.frames(path, every=round(fps / 2))
    return {
        "recording": path.name,
        "seconds": round(len(changes) / fps, 2),
        "correlation": round(best_correlation(level, changes, lags), 3),
        "shifted_p95": round(float(np.percentile(shifted, 95)), 3),
        "half_second_change": {
            "min": round(float(change(half).min()), 1),
            "mean": round(float(change(half).mean()), 1),
        },
    }


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(json.dumps(run(Path(name))))
