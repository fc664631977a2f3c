"""What the whole wall does at once, held to so many flashes a second: levels, white, colours.

In: how bright the wall shall be (the row, mappings, blackout, presets), the switches of flash and
strobe, the rows of colour, now; once per display frame (stage thread). Out: what is shown.
Flashing light can cause seizures. A flash is two turns, there and back, of a tenth or more (WCAG
2.3.1); whoever asks for them, a turn waits until the last but one lies 1 / `most` seconds back.
"""

import math
from collections.abc import Mapping

from engine.parameters import SAFE_FLASHES

SHARE = 1 / 3  # of a strobe's turn that is white
WHITE = 3.0  # as bright as this it counts, whatever the dream: one that is as bright as can be is 2
DIMMER = 0.1  # of the brightness: less is no turn
COLOURS = {  # rows of colour, each held by itself, and what is less than a turn of it
    "output.hue": 20.0, "output.saturation": 0.2, "output.tint": 0.1, "output.tint_hue": 20.0,
}  # fmt: skip


class Turns:
    """A number that rises and falls; `least` is what counts as a turn."""

    def __init__(self, least: float):
        self._least = least
        self._way = 0  # 1 rising, -1 falling, 0 neither yet
        self._edge: float | None = None  # the farthest that it has come on this way
        self._turns = (-math.inf, -math.inf)  # the moments of the last two

    def hold(self, wanted: float, now: float, most: float) -> float:
        """Return `wanted`, or where it turned last if it would turn back too soon."""
        off = 0.0 if self._edge is None else wanted - self._edge
        if off * self._way < 0 or not self._way:
            if abs(off) < self._least and self._edge is not None:
                return wanted
            if off and now - self._turns[0] < 1 / most:
                return self._edge
            if off:
                self._turns, self._way = (self._turns[1], now), 1 if off > 0 else -1
        self._edge = wanted
        return wanted


class Flash:
    """At most `most` flashes a second of the whole wall."""

    def __init__(self, most: float = SAFE_FLASHES):
        self.most = most
        self._levels = Turns(DIMMER)
        self._colours = {id: Turns(least) for id, least in COLOURS.items()}
        self._shown = (1.0, 0.0, False)
        self._began = -math.inf  # the strobe's last turn

    def light(
        self, bright: float, black: float, held: bool, strobe: bool, rate: float, now: float
    ) -> tuple[float, float, bool]:
        """Return how bright the wall is at `now`, what of it is black, and whether it is white.

        bright: 0..2; black: 0..0.9. White is asked for while it is `held`, or `rate` times a second
        by the strobe, at most as often as is allowed.
        """
        white = self._strobe(strobe, rate, now) or held
        wanted = WHITE * min(bright, 1.0) if white else bright * (1 - black)
        if self._levels.hold(wanted, now, self.most) == wanted:
            self._shown = (bright, black, white)
        return self._shown

    def colours(self, values: Mapping[str, float], now: float) -> dict[str, float]:
        """Return the rows of colour as they are shown at `now`: red and back is a flash, too."""
        return {id: turns.hold(values[id], now, self.most) for id, turns in self._colours.items()}

    def _strobe(self, on: bool, rate: float, now: float) -> bool:
        turn = 1 / min(rate, self.most)
        if on and now - self._began >= turn:
            self._began = now
        return on and now - self._began < SHARE * turn
