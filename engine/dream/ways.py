"""How a dream is shared among the processor's cores, and which way is fastest here and now.

In: how long dreams took. Out: a Way for the next one. Dream thread, and the threads it starts.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from engine.cores import be_nice, use_threads

CORES = torch.get_num_threads()  # read before any thread sets its own number: torch keeps the last
SMALLER = 5  # octaves at most beside the largest
TRIED = 5  # dreams over which a way is measured
KEPT = 400  # dreams until it is measured again


@dataclass(frozen=True)
class Way:
    """A way to share a dream among the processor's cores: threads an octave, octaves at once."""

    threads: int
    each: Callable = map


def ways() -> list[Way]:
    """Return the ways worth a try here: one after the other on all cores, or side by side."""
    if torch.cuda.is_available() or CORES == 1:
        return [Way(CORES)]
    share = max(CORES // 2, 1)
    return [Way(CORES), Way(share, SideBySide(share))]


class SideBySide:
    """Maps the largest octave in the calling thread, the others beside it, as nice as the dream."""

    def __init__(self, threads: int):
        self._pool = ThreadPoolExecutor(SMALLER, "octave", self._begin, (threads,))

    def _begin(self, threads: int) -> None:
        use_threads(threads)
        be_nice()

    def __call__(self, function: Callable, sizes: Sequence) -> list:
        others = [self._pool.submit(function, size) for size in sizes[1:]]
        return [function(sizes[0]), *(other.result() for other in others)]


class Tuner:
    """Finds the way that dreams fastest beside everything else that runs; asks again now and then.

    With one thread per core and a third one busy (a display, an encoder), the cores wait for each
    other; then octaves side by side are faster. Which it is, depends on the machine and the show.
    """

    def __init__(self, found: list[Way]):
        self.ways = found
        self._plan: list[Way] = []
        self._took: dict[Way, list[float]] = {}
        self.best = found[0]
        self._left = 0  # dreams until the next trial

    def begin(self) -> Way:
        """Return the way for the next dream."""
        if not self._plan and self._left <= 0 and len(self.ways) > 1:
            self._plan = [way for way in self.ways for _ in range(TRIED)]
            self._took = {way: [] for way in self.ways}
            self._left = KEPT
        way = self._plan[0] if self._plan else self.best
        use_threads(way.threads)
        return way

    def end(self, way: Way, seconds: float) -> bool:
        """Note how long the dream took; return whether it was one of a trial.

        After the last of a trial the way of least median is kept.
        """
        self._left -= 1
        if not self._plan:
            return False
        self._plan.pop(0)
        self._took[way].append(seconds)
        if not self._plan:
            self.best = min(self.ways, key=lambda w: float(np.median(self._took[w])))
        return True
