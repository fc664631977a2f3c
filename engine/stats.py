"""The figures of a show: rates, intervals, drops; for the panel while it runs, for a file after.

In: one number for each display frame and each dream, from their threads. Out: rates, percentiles.
Memory is fixed however long the show is: times are counted in classes of 0.1 ms.
"""

import json
from pathlib import Path

import numpy as np
import psutil

STEP = 0.1  # milliseconds, the width of a class
LAST = 1024  # durations that the recent percentile looks at
LONGEST = 2000.0  # milliseconds; what takes longer is counted there


class Times:
    """How often each duration occurred."""

    def __init__(self):
        self._counts = np.zeros(round(LONGEST / STEP) + 1, np.int64)
        self.recent = 0.0  # ms, averaged over about twenty
        self._last = np.zeros(LAST)  # ms, round and round
        self._place = 0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        ms = seconds * 1000
        self._counts[min(int(ms / STEP), len(self._counts) - 1)] += 1
        self._last[self._place % LAST] = ms
        self._place += 1
        self.recent += (ms - self.recent) * (0.05 if self.recent else 1.0)

    @property
    def rate(self) -> float:
        """Return how many a second, by the recent ones; for durations that follow each other."""
        return 1000 / self.recent if self.recent else 0.0

    @property
    def count(self) -> int:
        """How many durations were counted."""
        return int(self._counts.sum())

    def percentile(self, percent: float) -> float:
        """Return the duration in ms that `percent` of all do not pass (100: the longest)."""
        sums = np.cumsum(self._counts)
        if not sums[-1]:
            return 0.0
        return float(np.searchsorted(sums, sums[-1] * percent / 100) + 1) * STEP

    def over(self, seconds: float) -> int:
        """Return how many durations were longer than `seconds`."""
        return int(self._counts[int(seconds * 1000 / STEP) + 1 :].sum())

    def recent_percentile(self, percent: float) -> float:
        """Return the same for the last 1024 durations alone."""
        counted = self._last[: min(self._place, LAST)]
        return float(np.percentile(counted, percent)) if len(counted) else 0.0

    def summary(self, *percents: int) -> dict[str, float]:
        """Return {"p50": ms, ..., "max": ms}."""
        named = {f"p{p}": round(self.percentile(p), 1) for p in percents}
        return {**named, "max": round(self.percentile(100), 1)}


def rss_mb() -> float:
    """Return the memory that this process holds now, in MB."""
    return psutil.Process().memory_info().rss / 1e6


def write(path: Path, document: dict) -> None:
    """Write `document` to `path` as JSON."""
    path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
