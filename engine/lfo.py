"""Waves for mappings, locked to the beat or free: `lfo.1`, `lfo.2`, `lfo.3`, each 0..1.

In: the beats that have passed, seconds, and each wave's rows of the table. Out: its value.
Random and smooth draw a number for every turn from the turn's own count, so that a moment asked
for twice gives the same. Any thread.
"""

import math
from collections.abc import Callable

WAVES = ("lfo.1", "lfo.2", "lfo.3")
TURNS = (None, 0.25, 0.5, 1, 2, 4, 8, 16, 32)  # beats of a turn, as lfo.*.beats counts them


class Waves:
    """All waves; a free one turns on without a jump when its rate changes."""

    def __init__(self, get: Callable[[str], float]):
        self._get = get
        self.free = dict.fromkeys(WAVES, (0.0, 0.0, 0.0))  # rate, turns at moment

    def signals(self, beats: float, moment: float) -> dict[str, float]:
        """Return each wave's value where `beats` have passed at `moment` seconds."""
        return {name: self._value(name, beats, moment) for name in WAVES}

    def _value(self, name: str, beats: float, moment: float) -> float:
        length = TURNS[int(self._get(f"{name}.beats"))]
        turns = beats / length if length else self._turns(name, moment)
        return SHAPES[int(self._get(f"{name}.shape"))](turns)

    def _turns(self, name: str, moment: float) -> float:
        rate, turns, since = self.free[name]
        turns += rate * (moment - since)
        wanted = self._get(f"{name}.rate")
        if wanted != rate:
            self.free[name] = wanted, turns, moment
        return turns


def _sine(turns: float) -> float:
    return 0.5 - 0.5 * math.cos(2 * math.pi * turns)


def _triangle(turns: float) -> float:
    return 1 - abs(2 * (turns % 1) - 1)


def _saw(turns: float) -> float:
    return turns % 1


def _square(turns: float) -> float:
    return float(turns % 1 < 0.5)


def _random(turns: float) -> float:
    return _draw(math.floor(turns))


def smooth(turns: float) -> float:
    """Return 0..1 at this many turns: a number drawn for each turn, gone to from the one before."""
    whole = math.floor(turns)
    part = turns - whole
    ease = part * part * (3 - 2 * part)
    return _draw(whole) * (1 - ease) + _draw(whole + 1) * ease


SHAPES = (_sine, _triangle, _saw, _square, _random, smooth)  # as lfo.*.shape counts them


def _draw(count: int) -> float:
    """Return a number 0..1 that looks drawn, always the same for the same count (splitmix64)."""
    mixed = (count + 1) * 0x9E3779B97F4A7C15 % 2**64
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % 2**64
    return (mixed ^ mixed >> 31) / 2**64
