"""The way from one look to the next: what every value is at any moment of it.

In: values by id at both ends, when it begins, how long it takes. Out: the values at a moment.
Plain data, any thread.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.parameters import Parameter

# Names that are written as numbers: on a straight way lie all the others, one after the other.
NAMES = ("dream.channels.seed", "network.class")


def between(row: Parameter, start: float, end: float, share: float) -> float:
    """Return the value at `share` 0..1 of the way, along the row's own curve.

    Angles go the short way; what cannot lie between (whole numbers, choices) steps half way.
    """
    if share <= 0 or (share < 0.5 and _steps(row)):
        return start
    if share >= 1 or _steps(row):
        return end
    if row.unit == "deg":
        return (start + share * _wrapped(end - start) + 180) % 360 - 180
    low, high = row.norm(start), row.norm(end)
    return row.from_norm(low + share * (high - low))


def _steps(row: Parameter) -> bool:
    return row.whole or row.id in NAMES


def _wrapped(degrees: float) -> float:
    return (degrees + 180) % 360 - 180


@dataclass(frozen=True)
class Morph:
    """The way from the values `start` to `end`, begun at `begin`, `seconds` long; 0 is a cut."""

    start: Mapping[str, float]
    end: Mapping[str, float]
    begin: float
    seconds: float

    def share(self, moment: float) -> float:
        """Return how much of the way lies behind at `moment`, 0..1."""
        if self.seconds <= 0:
            return 1.0
        return min(max((moment - self.begin) / self.seconds, 0.0), 1.0)

    def at(self, moment: float, rows: Iterable[Parameter]) -> dict[str, float]:
        """Return the values at `moment` of those rows that are on the way."""
        share, start, end = self.share(moment), self.start, self.end
        moving = [row for row in rows if row.id in end]
        return {row.id: between(row, start[row.id], end[row.id], share) for row in moving}
