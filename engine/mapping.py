"""Signals to parameters: what the music and other outside numbers do to the picture.

In: the newest value of every signal (Signals, written by any thread), and dt.
Out: what all mappings together add to each parameter, in its own unit. Stage thread; the panel
and presets exchange the mappings, from the main thread.
"""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from types import MappingProxyType

from engine.parameters import Store
from engine.response import Response

CURVES = ("linear", "power", "s", "threshold", "steps")
SHAPES = {"power": 2.0, "threshold": 0.5, "steps": 4.0}  # what bends a curve, where nothing is set
HOLDS = ("", "beat", "bar", "onset")  # at whose next step a mapping looks at its signal again
PLUGGED = "midi."  # signals that come with a controller
HANDS = (PLUGGED, "note.", "macro.")  # signals that hands move
LARGEST = 1e9  # of any number of a mapping
LONGEST = 10.0  # seconds of a delay
BAR = "bar.count"
STEPPED = (None, "beat.count", BAR, "audio.onset")  # as dream.channels.step counts them
STEPS = dict(zip(HOLDS[1:], STEPPED[1:], strict=True))
LATE = 0.25  # of a bar: what comes so late in it has the next ones for its own
RISE = 0.3  # of a pulse, at least, where it starts anew
NUMBERS = (
    "amount", "low", "high", "shape", "attack", "release", "delay", "probability",
)  # fmt: skip
KINDS = {"signal": str, "parameter": str, "curve": str, "hold": str, "invert": bool, "mute": bool}


class MappingError(ValueError):
    """A mapping that cannot be."""


class Signals:
    """The newest value of every named signal, and when it was true."""

    def __init__(self, newest: MappingType[str, tuple[float, float]] = MappingProxyType({})):
        self._newest = dict(newest)  # by name: value, moment; written and copied in one step
        self._expected: frozenset[str] = frozenset()

    def expect(self, names: Iterable[str]) -> None:
        """Take these for all signals that will be published, but for those of controllers."""
        self._expected = frozenset(names)

    def names(self) -> frozenset[str]:
        """Return the names of all signals that are there, or will be."""
        return self._expected | self._newest.keys()

    def strange(self, names: Iterable[str]) -> list[str]:
        """Return those of these names that nobody publishes, nor will as far as is known."""
        if not self._expected:
            return []
        known = self.names()
        return [name for name in names if name not in known and not name.startswith(PLUGGED)]

    def publish(self, values: MappingType[str, float], moment: float) -> None:
        """Take new values that were true at `moment` (seconds of clock.now), but what is no number.

        A single nan would stay in whatever is smoothed from it.
        """
        there = {name: (value, moment) for name, value in values.items() if math.isfinite(value)}
        self._newest.update(there)

    def read(self, name: str) -> float:
        """Return the newest value, 0 for a signal that nobody has published."""
        return self._newest.get(name, (0.0, 0.0))[0]

    def moment(self, name: str) -> float | None:
        """Return when the newest value was true, None for a signal that nobody has published."""
        return self._newest.get(name, (0.0, None))[1]

    def copy(self) -> "Signals":
        """Return the signals as they are now, which nobody else writes to."""
        return Signals(self._newest)

    def all(self) -> dict[str, float]:
        """Return every signal's newest value, by name in order."""
        return {name: value for name, (value, _) in sorted(self._newest.copy().items())}


class Step:
    """Whether the next beat, bar or onset has come: a count went on, or a pulse rose."""

    def __init__(self, signal: str):
        self.signal = signal
        self._before: float | None = None

    def came(self, signals: Signals) -> bool:
        """Whether it came since the last call; never at the first."""
        value = signals.read(self.signal)
        before = value if self._before is None else self._before
        if self.signal == "audio.onset":
            self._before = value
            return value > before + RISE
        # A tempo that is corrected takes a count back by one, which is no step; a new grid by more.
        self._before = value if value < before - 2 else max(value, before)
        return value > before


class Bars:
    """The bars that have passed since the first count; one that has long begun by then is none."""

    def __init__(self, signals: Signals):
        self._signals, self._step = signals, Step(BAR)
        self.passed = -1 if signals.read("bar.phase") > LATE else 0

    def count(self) -> int:
        """Look whether another one has passed; return how many have."""
        self.passed += self._step.came(self._signals)
        return self.passed


@dataclass(frozen=True)
class Mapping:
    """One signal moving one parameter.

    The signal's range low..high becomes 0..1, is bent by the curve, held, delayed, smoothed by
    attack and release (seconds to 63%), and adds `amount` (in the parameter's unit) at full signal.
    `shape` bends the curve: exponent of power, level of threshold, number of steps.
    With `hold` the signal is looked at on each beat, bar or onset only; `probability` is the chance
    that such a look, or without hold a rise of the signal, is taken. A muted one adds nothing.
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
    delay: float = 0.0
    hold: str = ""
    probability: float = 1.0
    mute: bool = False

    def __post_init__(self):
        for name in NUMBERS:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise MappingError(f"{name} = {value!r}: must be a number")
            if not abs(value) <= LARGEST:
                raise MappingError(f"{name} = {value!r:.40}: must be within +-{LARGEST:g}")
        for name, kind in KINDS.items():
            if not isinstance(getattr(self, name), kind):
                words = "true or false" if kind is bool else "a text"
                raise MappingError(f"{name} = {getattr(self, name)!r:.40}: must be {words}")
        for name, choices in (("curve", CURVES), ("hold", HOLDS)):
            if getattr(self, name) not in choices:
                words = ", ".join(choice or "none" for choice in choices)
                raise MappingError(f"{name} = {getattr(self, name)!r}: must be one of {words}")
        if self.high == self.low:
            raise MappingError(f"low = high = {self.low:g}: the range is empty")
        for name in ("shape", "attack", "release"):
            if getattr(self, name) < 0:
                raise MappingError(f"{name} = {getattr(self, name):g}: must be 0 or more")
        for name, most in (("delay", LONGEST), ("probability", 1.0)):
            if not 0 <= getattr(self, name) <= most:
                raise MappingError(f"{name} = {getattr(self, name):g}: must be 0 to {most:g}")

    def shaped(self, value: float) -> float:
        """Return 0..1 for the signal's `value`: range, inversion, curve."""
        x = min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)
        return _bend(self.curve, 1 - x if self.invert else x, self.shape)


def _bend(curve: str, x: float, shape: float) -> float:
    shape = shape or SHAPES.get(curve, 0.0)
    if curve == "power":
        return x**shape
    if curve == "s":
        return x * x * (3 - 2 * x)
    if curve == "threshold":
        return float(x >= shape)
    if curve == "steps":
        steps = max(round(shape), 2)
        return min(math.floor(x * steps), steps - 1) / (steps - 1)
    return x


@dataclass(frozen=True, eq=False)
class Look:
    """The mappings that a look brought: another one each time that one comes, were it the same."""

    mappings: tuple[Mapping, ...] = ()


@dataclass(frozen=True)
class Fade:
    """Mappings that come at `share` of their amounts, and those that leave at the rest.

    What is in both plays on whole.
    """

    coming: tuple[Mapping, ...] = ()
    leaving: tuple[Mapping, ...] = ()
    share: float = 1.0

    def weighted(self) -> list[tuple[Mapping, float]]:
        """Return each mapping and how much of it plays; those that come are first."""
        there = [(m, 1.0 if m in self.leaving else self.share) for m in self.coming]
        return there + [(m, 1 - self.share) for m in self.leaving if m not in self.coming]


class Mapper:
    """Runs the mappings; `solo` is the one that plays alone, if any. `luck` draws 0..1.

    Looks (play, fade) and hands (replace, edit) each have a slot of their own and never wait for
    each other: what a hand makes of a look's mappings holds until another look comes. The stage
    alone has what plays, and arranges it anew as a frame begins.
    """

    def __init__(self, mappings: Sequence[Mapping] = (), luck: Callable[[], float] = random.random):
        self._luck, self._steps = luck, {hold: Step(signal) for hold, signal in STEPS.items()}
        self._look = Look(tuple(mappings))
        self._edited: tuple[Look | None, tuple[Mapping, ...]] = (None, ())  # of which look, and now
        self._fade = Fade()
        self._solo: Mapping | None = None
        self._arranged: tuple[tuple[Mapping, ...] | None, Fade] = (None, self._fade)
        self._playing: list[tuple[Mapping, float, Response]] = []

    @property
    def mappings(self) -> tuple[Mapping, ...]:
        """The mappings that play: the hand's, if it has edited the look's, else the look's."""
        look, (edited, mappings) = self._look, self._edited
        return mappings if edited is look else look.mappings

    @property
    def solo(self) -> Mapping | None:
        """The mapping that plays alone; it ends with the mappings that it is of."""
        solo = self._solo
        return solo if solo in self.mappings else None

    @solo.setter
    def solo(self, mapping: Mapping | None) -> None:
        self._solo = mapping

    def replace(self, mappings: Sequence[Mapping]) -> None:
        """Play these from now on, as a hand wants; those that were there keep their motion."""
        self._edited = (self._look, tuple(mappings))

    def edit(self, place: int, *new: Mapping) -> None:
        """Play these in place of the mapping at `place`: one that changed, two copies, or none."""
        look, mappings = self._look, self.mappings
        if place >= len(mappings):
            return  # others have come just now
        alone = mappings[place] == self.solo
        self._edited = (look, (*mappings[:place], *new, *mappings[place + 1 :]))
        if alone:
            self.solo = new[0] if new else None

    def play(
        self, mappings: tuple[Mapping, ...], leaving: Sequence[Mapping] = (), share: float = 1.0
    ) -> None:
        """Play a look's mappings, whatever a hand has made of those before; fade as fade() says."""
        self._fade = Fade(mappings, tuple(leaving), share)
        self._look = Look(mappings)

    def fade(self, mappings: tuple[Mapping, ...], leaving: Sequence[Mapping], share: float) -> None:
        """Let these come at `share` while those leave; nothing, if a hand has made others."""
        self._fade = Fade(mappings, tuple(leaving), share)

    @property
    def blend(self) -> tuple[tuple[Mapping, ...], tuple[Mapping, ...], float, Mapping | None]:
        """What the last step played: mappings, those that leave, the others' share, the solo."""
        mappings, fade = self._arranged
        fade = fade if fade.coming is mappings else Fade(mappings or ())
        return fade.coming, fade.leaving, fade.share, self.solo

    def levels(self) -> list[tuple[Mapping, float]]:
        """Return each mapping and how far it moves its parameter now, 0..1 of its amount."""
        mappings, playing = self.mappings, self._playing
        spare = [0.0] * len(mappings)
        return list(zip(mappings, [each.value for *_, each in playing] + spare, strict=False))

    def moves(self, signals: Sequence[str]) -> dict[str, str]:
        """Return for each of these signals the names of the parameters that it moves."""
        moved = {signal: [] for signal in signals}
        for each in (each for each in self.mappings if each.signal in moved):
            moved[each.signal].append(each.parameter.rpartition(".")[2].replace("_", " "))
        return {signal: ", ".join(names) for signal, names in moved.items()}

    def _arrange(self, mappings: tuple[Mapping, ...], fade: Fade) -> None:
        """Let these play; those that were there before keep their motion."""
        fade = fade if fade.coming is mappings else Fade(mappings)
        weighted = fade.weighted()
        kept: dict[Mapping, list[Response]] = {}
        for m, _, response in self._playing:
            kept.setdefault(m, []).append(response)
        found = [kept[m].pop(0) if kept.get(m) else None for m, _ in weighted]
        # One that was edited goes on from where it is.
        spare = {(m.signal, m.parameter): each for m, rest in kept.items() for each in rest}
        self._playing = [
            (m, weight, response or spare.pop((m.signal, m.parameter), None) or Response())
            for (m, weight), response in zip(weighted, found, strict=True)
        ]
        if self._solo not in mappings:
            self._solo = None

    def step(self, signals: Signals, dt: float, reaction: float = 1.0) -> dict[str, float]:
        """Return what the mappings add to each parameter, `dt` seconds after the last step.

        What music and waves add is `reaction` times as much; what hands do (HANDS) stays theirs.
        """
        wanted = (self.mappings, self._fade)
        if any(new is not old for new, old in zip(wanted, self._arranged, strict=True)):
            self._arranged = wanted
            self._arrange(*wanted)
        came = {hold: step.came(signals) for hold, step in self._steps.items()}
        solo, sums = self.solo, {}
        for m, weight, response in self._playing:
            level = self._answer(m, response, m.shaped(signals.read(m.signal)), came, dt)
            if not m.mute and (solo is None or m == solo):
                strength = weight if m.signal.startswith(HANDS) else weight * reaction
                sums[m.parameter] = sums.get(m.parameter, 0.0) + strength * m.amount * level
        return sums

    def _answer(self, m: Mapping, response: Response, x: float, came, dt: float) -> float:
        if m.hold:
            x = response.hold(x, came[m.hold], m.probability, self._luck())
        else:
            response.let_go()
            if m.probability < 1:
                x = response.gate(x, m.probability, self._luck())
        x = response.delay(x, m.delay, dt)
        return response.follow(x, m.attack, m.release, dt)


class ChannelWalk:
    """Carries the channels' seed on: dream.channels.walk flows, dream.channels.step goes by one.

    The effective seed is the place of the walk, so the snapshot alone says what dreams, and a place
    that is saved comes back. A seed set by hand begins the walk anew.
    """

    def __init__(self):
        self._step: Step | None = None
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
        pace, choice = (
            store.row(id).clip(store.get(id) + offsets.get(id, 0.0))
            for id in ("dream.channels.walk", "dream.channels.step")
        )
        self._gone += pace * dt + self._has_stepped(signals, STEPPED[int(choice)])
        return {row.id: (seed + self._gone) % (row.max + 1) - seed}

    def _has_stepped(self, signals: Signals, signal: str | None) -> bool:
        if signal != (self._step and self._step.signal):
            self._step = Step(signal) if signal else None
        return self._step is not None and self._step.came(signals)
