"""Keeps a chosen dream rate: takes iterations, size and octaves away, and gives them back.

In: how long each dream took, the rate wanted, what the hand set (the best there is), what it holds.
Out: the Quality to dream with. Plain state; time is the sum of the dreams. Dream thread.
The hand's values are the limit above, LEAST the one below. One rung of one setting at a time, never
within DOWN seconds of the last; up only where the better quality is sure to fit, and ever more
slowly where that proved wrong. Only dreams that are far too slow are answered at once, by as many
rungs as they need; one alone is a hiccup, and counts as no longer than that.
"""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import accumulate

ORDER = ("iterations", "size", "octaves")  # what goes first shows least for what it saves
PARAMETERS = {"octaves": "dream.octaves", "iterations": "dream.iterations"}
DOWN, UP = 3.0, 8.0  # seconds after a change until the next one down, or up
LONGEST_UP = 120.0  # seconds, where ways up proved wrong
PROOF = 30.0  # seconds that a way up must last
LATE, EARLY = 1.0, 0.88  # of the time that a dream may take: down above, up below
SHRINK, SMALLER = 0.85, 3  # each size over the next; how many smaller ones there are
LEAST_LINES, LEAST_OCTAVES = 64, 2
ENOUGH = 3  # dreams that are judged by
FAR, IN_A_ROW = 4.0, 2  # times as long as a dream may take; so many of them are no hiccup
LOOK = 0.5  # seconds between two judgements
KEPT = 1024


@dataclass(frozen=True)
class Quality:
    """What a dream costs: octaves, iterations, size (w, h)."""

    octaves: int
    iterations: int
    size: tuple[int, int]

    def governed(self) -> dict[str, float]:
        """Return the parameters that these settings stand for."""
        return {id: float(getattr(self, name)) for name, id in PARAMETERS.items()}

    def cost(self, octave_scale: float) -> float:
        """Return the pixels that the network sees in one dream."""
        w, h = self.size
        return w * h * self.iterations * sum(octave_scale ** (-2 * k) for k in range(self.octaves))


def rungs(full: Quality, held: Collection[str]) -> dict[str, list]:
    """Return each setting's values, from the hand's down; one alone where it is held."""
    iterations = [full.iterations]
    while iterations[-1] > 1:
        iterations.append(iterations[-1] * 3 // 4)
    sizes = [scaled(full.size, SHRINK**k) for k in range(SMALLER + 1)]
    sizes = sizes[:1] + [size for size in sizes[1:] if min(size) >= LEAST_LINES]
    octaves = [*range(full.octaves, min(LEAST_OCTAVES, full.octaves) - 1, -1)]
    all_ = {"iterations": iterations, "size": sizes, "octaves": octaves}
    return {name: values[:1] if name in held else values for name, values in all_.items()}


def scaled(size: tuple[int, int], by: float) -> tuple[int, int]:
    """Return `size` times `by`, of the same aspect."""
    h = max(round(size[1] * by), 1)
    return max(round(h * size[0] / size[1]), 1), h


@dataclass
class Governor:
    """How far each setting is below the hand's, and how long dreams took since that changed."""

    down: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ORDER, 0))
    took: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    asked: dict | None = None  # what was the governor's to move when the last dream was noted
    since: float = 0.0  # seconds since the last change
    looked: float = 0.0  # of those, until the last judgement
    climbed: bool = False  # whether that was a way up
    patience: float = UP

    def quality(self, full: Quality, held: Collection[str] = ()) -> Quality:
        """Return what to dream with, where the hand set `full` and holds `held`."""
        ladder = rungs(full, held)
        return Quality(**{n: v[min(self.down[n], len(v) - 1)] for n, v in ladder.items()})

    def off(self) -> None:
        """Give everything back at once."""
        if any(self.down.values()):
            self.__init__()

    def note(
        self, seconds: float, rate: float, full: Quality, held: Collection[str], scale: float
    ) -> None:
        """Count a dream that took `seconds`; change the quality where it is time."""
        ladder = rungs(full, held)
        if self.asked != _free(ladder, held):
            self._begin(ladder, held)
        self.took.append(seconds)
        self.since += min(seconds, FAR / rate)
        if len(self.took) >= IN_A_ROW and self.is_far(self._lately, rate):
            self._hasten(ladder, rate, scale)
        elif self.since - self.looked >= LOOK and len(self.took) >= ENOUGH:
            self.looked = self.since
            self._judge(ladder, rate, scale)

    def _begin(self, ladder: dict[str, list], held: Collection[str]) -> None:
        """Judge anew, for the hand has set or held something else."""
        self.asked = _free(ladder, held)
        self.down = {n: min(self.down[n], len(v) - 1) for n, v in ladder.items()}
        self.took.clear()
        self.since = self.looked = 0.0
        self.climbed = False

    def _judge(self, ladder: dict[str, list], rate: float, scale: float) -> None:
        if self.climbed and self.since > PROOF:
            self.climbed, self.patience = False, UP
        if self.since >= DOWN and _typical(self.took, FAR / rate) > LATE / rate:
            self._step(self._lower(ladder), 1)
        elif self.since >= self.patience and (better := self._better()):
            longer = self._cost(ladder, better, scale) / self._cost(ladder, None, scale)
            if _slow(self.took, FAR / rate) * longer < EARLY / rate:
                self._step(better, -1)

    @property
    def _lately(self) -> float:
        return min(self.took[-k] for k in range(1, IN_A_ROW + 1))

    @staticmethod
    def is_far(seconds: float, rate: float) -> bool:
        """Whether a dream of `seconds` is far too slow for `rate` a second."""
        return seconds > FAR / rate

    def _hasten(self, ladder: dict[str, list], rate: float, scale: float) -> None:
        """Go down until what the last dreams took, in proportion to the pixels, would fit."""
        each = self._lately / self._cost(ladder, None, scale)
        while each * self._cost(ladder, None, scale) > LATE / rate:
            if (lower := self._lower(ladder)) is None:
                return
            self._step(lower, 1)

    def _lower(self, ladder: dict[str, list]) -> str | None:
        return next((n for n in ORDER if self.down[n] < len(ladder[n]) - 1), None)

    def _better(self) -> str | None:
        return next((n for n in reversed(ORDER) if self.down[n]), None)

    def _cost(self, ladder: dict[str, list], better: str | None, scale: float) -> float:
        values = {n: v[self.down[n] - (n == better)] for n, v in ladder.items()}
        return Quality(**values).cost(scale)

    def _step(self, name: str | None, by: int) -> None:
        if name is None:
            return
        if by > 0 and self.climbed:
            self.patience = min(2 * self.patience, LONGEST_UP)
        self.climbed = by < 0
        self.down[name] += by
        self.took.clear()
        self.since = self.looked = 0.0


def _free(ladder: dict[str, list], held: Collection[str]) -> dict:
    """Return what is not held; what is may move at will, and the governor goes on."""
    return {name: values[0] for name, values in ladder.items() if name not in held}


def _recent(took: deque[float], seconds: float, longest: float) -> list[float]:
    """Return the dreams of the last `seconds`, none as more than `longest`, the shortest first."""
    newest = [min(t, longest) for t in reversed(took)]
    count = sum(total < seconds for total in accumulate(newest)) + 1
    return sorted(newest[: max(count, ENOUGH)])


def _typical(took: deque[float], longest: float) -> float:
    """Return the median, which one slow dream does not move."""
    recent = _recent(took, DOWN, longest)
    return recent[len(recent) // 2]


def _slow(took: deque[float], longest: float) -> float:
    """Return what the dreams in a fifth of the time were longer than."""
    recent = _recent(took, UP, longest)
    most = 0.8 * sum(recent)
    return next(t for t, total in zip(recent, accumulate(recent), strict=True) if total >= most)
