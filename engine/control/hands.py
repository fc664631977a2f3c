"""What a bound control does when it moves: take-over, turns, buttons.

In: the control's moves. Out: values through store.set, actions through act(name, argument).
MIDI thread. A value that another hand has set meanwhile is never jumped from, unless the binding
says so: the control takes over when it comes by, or closes the distance on its way.
"""

from collections.abc import Callable
from contextlib import suppress

from engine.control.bindings import KEYS, Binding
from engine.parameters import ACTIONS, Parameter, ParameterError, Store

CLOSE = 0.02  # of the travel: near enough to take over
DETENT = 1 / 128  # of the travel: one step of an endless knob


def steps(encoding: str, value: int) -> int:
    """Return the steps that an endless knob tells with `value`: right positive.

    twos: 1.. right, 127.. left; offset: 65.. right, 63.. left; sign: 1.. right, 65.. left.
    """
    if encoding == "offset":
        return value - 64
    if encoding == "sign":
        return value if value < 64 else 64 - value
    return value if value < 64 else value - 128


class Hand:
    """One binding at work, and what it did last."""

    def __init__(self, binding: Binding, store: Store, act: Callable[..., None]):
        self.binding, self._store, self._act = binding, store, act
        self._ways = {
            "absolute": self._absolute,
            "relative": self._relative,
            "momentary": self._momentary,
            "toggle": self._toggle,
            "trigger": self._trigger,
        }
        self._last: float | None = None  # where the control was, 0..1
        self._set: float | None = None  # what it set
        self._aim = 0.0  # the place for which it set that, not rounded
        self._down = False
        self._before: float | None = None  # what a held button will give back

    def move(self, value: int) -> None:
        """Do what the binding says for the control's new value."""
        target = self.binding.target
        if target in ACTIONS:
            if self._pressed(value):
                self._act(target, self.binding.argument)
            return
        try:
            row = self._store.row(target)
        except ParameterError:
            return  # of a network that does not play now
        self._ways[self.binding.way(row)](row, value)

    def let_go(self) -> None:
        """Give back what a held button changed, unless another hand has changed it meanwhile."""
        before, self._before, self._down = self._before, None, False
        with suppress(ParameterError):  # of a network that does not play now
            if before is not None and self._store.get(self.binding.target) == self._set:
                self._store.set(self.binding.target, before)

    # Knobs and faders.

    def _absolute(self, row: Parameter, value: int) -> None:
        place, before, now = self._place(value), self._last, self._store.get(row.id)
        self._last = place
        mine = now == self._set
        if self.binding.takeover == "scale":
            self._put(row, _closer(self._aim if mine else row.norm(now), before, place))
        elif mine or self.binding.takeover == "jump" or _meets(row, now, before, place):
            self._put(row, place)

    def _place(self, value: int) -> float:
        return value / self.binding.control.top

    def _put(self, row: Parameter, place: float) -> None:
        self._aim, self._set = place, self._store.set(row.id, row.from_norm(place))

    def _relative(self, row: Parameter, value: int) -> None:
        by, now = steps(self.binding.encoding, value), self._store.get(row.id)
        new = now + by if row.whole else row.from_norm(row.norm(now) + by * DETENT)
        self._store.set(row.id, new)

    # Buttons and keys.

    def _pressed(self, value: int) -> bool:
        """Whether this is the moment of pressing; a knob presses as it passes its middle."""
        control, down = self.binding.control, self._down
        self._down = value > (0 if control.kind in KEYS else control.top // 2)
        return self._down and not down

    def _trigger(self, row: Parameter, value: int) -> None:
        if self._pressed(value):
            self._put(row, self._place(value))

    def _toggle(self, row: Parameter, value: int) -> None:
        if self._pressed(value):
            self._put(row, float(row.norm(self._store.get(row.id)) < 0.5))

    def _momentary(self, row: Parameter, value: int) -> None:
        """Set what the velocity says (a toggle: on) while it is down; then, if still, what was."""
        if self._pressed(value):
            self._before = self._store.get(row.id)
            self._put(row, 1.0 if row.curve == "toggle" else self._place(value))
        elif not self._down:
            self.let_go()


def _meets(row: Parameter, now: float, before: float | None, place: float) -> bool:
    """Whether the control has come to where the value is, or passed it."""
    there = row.norm(now)
    passed = before is not None and min(before, place) <= there <= max(before, place)
    return passed or abs(place - there) <= CLOSE or row.from_norm(place) == now


def _closer(there: float, before: float | None, place: float) -> float:
    """Return where a value goes whose control moves: both come to the end at the same time."""
    if before is None or place == before:
        return there
    if place > before:
        return there + (place - before) * (1 - there) / (1 - before)
    return there + (place - before) * there / before
