"""The crossfader: two looks, A and B, and what plays where the fader mix.ab stands between them.

In: looks that are taken (main thread), the effective fader once per display frame (step, stage
thread). Out: values in the store, mappings by their amounts. What a hand holds is left to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine import mapping
from engine.morph import Morph
from engine.parameters import Store

SIDES = ("a", "b")


@dataclass(frozen=True)
class Look:
    """All that a look is made of; both ends of the fader have the same ids."""

    name: str
    values: Mapping[str, float]
    mappings: tuple[mapping.Mapping, ...]


class Crossfader:
    """Carries the look along the way from A to B; does nothing until both are there."""

    def __init__(self, store: Store, mapper: mapping.Mapper):
        self._store, self._mapper = store, mapper
        self.ends: Mapping[str, Look] = {}
        self._place: float | None = None  # of the fader, when it was carried last

    def take(self, side: str, look: Look) -> None:
        """Let this look be A or B; the end at which the fader stands is seen at once."""
        self.ends = {**self.ends, side: look}
        self._place = None
        self.step()

    def use(self, ends: Mapping[str, Look]) -> None:
        """Let these be A and B, or none; no value moves before the fader does."""
        self.ends, self._place = ends, self._store.effective("mix.ab")
        if len(ends) == len(SIDES) and self._mapper.mappings == self._near(self._place)[0].mappings:
            self._mix(self._place)

    @property
    def carries(self) -> frozenset[str]:
        """The ids whose values the fader moves."""
        if len(self.ends) < len(SIDES):
            return frozenset()
        return frozenset(self.ends["a"].values.keys() & self.ends["b"].values.keys())

    def give_way(self) -> None:
        """Let a look that is loaded take over; an end that waits for the other one stays."""
        if len(self.ends) == len(SIDES):
            self.use({})

    def step(self) -> None:
        """Carry values and mappings to where the fader stands, if it has moved."""
        place = self._store.effective("mix.ab")
        if len(self.ends) < len(SIDES) or place == self._place:
            return
        a, b = (self.ends[side] for side in SIDES)
        ends = {id: b.values[id] for id in self.carries}
        way = Morph(a.values, ends, 0.0, 1.0)
        self._store.move(way.at(place, self._store.rows()))
        if self._place is None or any(self._mapper.mappings is end.mappings for end in (a, b)):
            self._mix(place)
        self._place = place

    def _near(self, place: float) -> tuple[Look, Look, float]:
        """Return the look that is nearer to this place, the other, and how much is the nearer's."""
        a, b = (self.ends[side] for side in SIDES)
        return (a, b, 1 - place) if place < 0.5 else (b, a, place)

    def _mix(self, place: float) -> None:
        """Let the nearer look's mappings play, and the other's leave as far as it is away."""
        near, far, share = self._near(place)
        same = self._mapper.mappings is near.mappings
        carry = self._mapper.fade if same else self._mapper.play
        carry(near.mappings, far.mappings if share < 1 else (), share)
