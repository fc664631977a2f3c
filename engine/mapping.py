"""Signals to parameters: what the music and other outside numbers do to the picture.

In: the newest value of every signal (Signals, written by any thread), and dt.
Out: what all mappings together add to each parameter, in its own unit. Stage thread.
"""

import math
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass

from engine.parameters import Store

CURVES = ("linear", "power", "s", "threshold", "steps")
LARGEST = 1e9  # of any number of a mapping
STEPPED = (None, "beat.count", "bar.count", "audio.onset")  # as dream.channels.step counts them
RISE = 0.3  # of a pulse, at least, where it starts anew


class MappingError(ValueError):
    """A mapping that cannot be."""


class Signals:
    """The newest value of every named signal, and when it was true."""

    def __init__(self):
        self._values: dict[str, float] = {}
        self._moments: dict[str, float] = {}

    def publish(self, values: MappingType[str, float], moment: float) -> None:
        """Take new values that were true at `moment` (seconds of clock.now)."""
        self._values.update(values)
        self._moments.update(dict.fromkeys(values, moment))

    def read(self, name: str) -> float:
        """Return the newest value, 0 for a signal that nobody has published."""
        return self._values.get(name, 0.0)

    def moment(self, name: str) -> float | None:
        """Return when the newest value was true, None for a signal that nobody has published."""
        return self._moments.get(name)

    def all(self) -> dict[str, float]:
        """Return every signal's newest value, by name in order."""
        return dict(sorted(dict(self._values).items()))


@dataclass(frozen=True)
class Mapping:
    """One signal moving one parameter.

    The signal's range low..high becomes 0..1, is bent by the curve, smoothed by attack and
    release (seconds to 63%), and adds `amount` (in the parameter's unit) at full signal.
    `shape` bends the curve: exponent of power, level of threshold, number of steps.
    """

    signal: str
    parameter: str
    amount: float
    low: float = 0.0
    high: float = 1.0
    curve: str = "linear"
    shape: float = 0.0
    invert: bool = False
    attack: float = 0.0
    release: float = 0.0

    def __post_init__(self):
        for name in ("amount", "low", "high", "shape", "attack", "release"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise MappingError(f"{name} = {value!r}: must be a number")
            if not abs(value) <= LARGEST:
                raise MappingError(f"{name} = {value!r:.40}: must be within +-{LARGEST:g}")
        for name, kind in (("signal", str), ("parameter", str), ("invert", bool)):
            if not isinstance(getattr(self, name), kind):
                raise MappingError(f"{name} = {getattr(self, name)!r}: must be a {kind.__name__}")
        if self.curve not in CURVES:
            raise MappingError(f"curve = {self.curve!r}: must be one of {', '.join(CURVES)}")
        if self.high == self.low:
            raise MappingError(f"low = high = {self.low:g}: the range is empty")
        for name in ("shape", "attack", "release"):
            if getattr(self, name) < 0:
                raise MappingError(f"{name} = {getattr(self, name):g}: must be 0 or more")

    def shaped(self, value: float) -> float:
        """Return 0..1 for the signal's `value`: range, inversion, curve."""
        x = min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)
        return _bend(self.curve, 1 - x if self.invert else x, self.shape)


def _bend(curve: str, x: float, shape: float) -> float:
    if curve == "power":
        return x ** (shape or 2.0)
    if curve == "s":
        return x * x * (3 - 2 * x)
    if curve == "threshold":
        return float(x >= (shape or 0.5))
    if curve == "steps":
        steps = max(round(shape), 2) if shape else 4
        return min(math.floor(x * steps), steps - 1) / (steps - 1)
    return x


def follow(value: float, target: float, attack: float, release: float, dt: float) -> float:
    """Return `value` moved towards `target` as far as `dt` seconds bring it, at any rate."""
    seconds = attack if target > value else release
    return target if seconds <= 0 else target + (value - target) * math.exp(-dt / seconds)


class Mapper:
    """Runs the mappings; keeps one smoothed number for each."""

    def __init__(self, mappings: Sequence[Mapping] = ()):
        self.replace(mappings)

    def replace(self, mappings: Sequence[Mapping]) -> None:
        """Play these mappings from now on; those that were there before keep their motion."""
        self.mix(tuple(mappings), (), 1.0)

    def mix(self, mappings: tuple[Mapping, ...], leaving: Sequence[Mapping], share: float) -> None:
        """Play these mappings at `share` of their amounts and those that leave at the rest.

        What is in both plays on whole.
        """
        before = getattr(self, "_state", {})
        weighted = [(m, 1.0 if m in leaving else share) for m in mappings]
        weighted += [(m, 1 - share) for m in leaving if m not in mappings]
        self._state = {m: before.get(m, 0.0) for m, _ in weighted}
        self._weighted, self.mappings = weighted, mappings

    def step(self, signals: Signals, dt: float) -> dict[str, float]:
        """Return what the mappings add to each parameter, `dt` seconds after the last step."""
        state, sums = self._state, {}
        for m, weight in self._weighted:
            if m not in state:  # replaced by another thread between two lines
                continue
            target = m.shaped(signals.read(m.signal))
            state[m] = follow(state[m], target, m.attack, m.release, dt)
            sums[m.parameter] = sums.get(m.parameter, 0.0) + weight * m.amount * state[m]
        return sums


class ChannelWalk:
    """Carries the channels' seed on: dream.channels.walk flows, dream.channels.step goes by one.

    The effective seed is the place of the walk, so the snapshot alone says what dreams, and a place
    that is saved comes back. A seed set by hand begins the walk anew.
    """

    def __init__(self):
        self._signal: str | None = None
        self._before = 0.0  # the stepping signal's value
        self._seed, self._gone = 0.0, 0.0  # the hand's seed, and how far the walk is from there

    def reset(self) -> None:
        """Begin again at the hand's seed."""
        self._gone = 0.0

    @property
    def gone(self) -> float:
        """How many seeds it has gone from the hand's."""
        return self._gone

    def resume(self, seed: float, gone: float) -> None:
        """Go on `gone` seeds from the hand's seed."""
        self._seed, self._gone = seed, gone

    def step(
        self, signals: Signals, store: Store, offsets: MappingType[str, float], dt: float
    ) -> dict[str, float]:
        """Return what the walk adds to the seed, `dt` seconds on; after the last comes the first.

        `offsets` are what the mappings add: they may move the walk.
        """
        row, seed = store.row("dream.channels.seed"), store.get("dream.channels.seed")
        if seed != self._seed:
            self._seed, self._gone = seed, 0.0
        pace, id = store.row("dream.channels.walk"), "dream.channels.walk"
        self._gone += pace.clip(store.get(id) + offsets.get(id, 0.0)) * dt
        self._gone += self._has_stepped(signals, STEPPED[int(store.get("dream.channels.step"))])
        return {row.id: (seed + self._gone) % (row.max + 1) - seed}

    def _has_stepped(self, signals: Signals, signal: str | None) -> bool:
        if signal != self._signal:
            self._signal = signal
            self._before = signals.read(signal) if signal else 0.0
        return signal is not None and self._has_come(signals.read(signal))

    def _has_come(self, value: float) -> bool:
        """Whether the next one came: a pulse rose, or a count passed all that it had reached."""
        before = self._before
        if self._signal == "audio.onset":
            self._before = value
            return value > before + RISE
        # A tempo that is corrected takes a count back by one, which is no step; a new grid by more.
        self._before = value if value < before - 2 else max(value, before)
        return value > before
