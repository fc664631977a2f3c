"""Sequencer lanes for mappings, on the beat: `lane.1`, `lane.2`, each 0..1.

In: the beats that have passed, and each lane's rows of the table: its steps, how many of them
play, and how long one lasts. Out: the value of the step that plays. Any thread.
"""

from collections.abc import Callable

LANES = ("lane.1", "lane.2")
STEPS = 16  # of a lane, at most
LENGTHS = (0.25, 0.5, 1, 2, 4)  # beats of a step, as lane.*.beats counts them


class Lanes:
    """All lanes; `get(id)` reads the table's rows."""

    def __init__(self, get: Callable[[str], float]):
        self._get = get

    def signals(self, beats: float) -> dict[str, float]:
        """Return each lane's value where so many beats have passed."""
        return {lane: self._get(f"{lane}.step.{self.place(lane, beats) + 1}") for lane in LANES}

    def place(self, lane: str, beats: float) -> int:
        """Return which step of this lane plays, from 0."""
        length = LENGTHS[int(self._get(f"{lane}.beats"))]
        return int(beats // length % max(self._get(f"{lane}.steps"), 1))
