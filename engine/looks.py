"""The look that plays, and the one that waits: presets come by cut or morph, are saved; panic.

In: names of presets (main thread), now once per display frame (step, stage thread). Out: values in
the store, mappings in the mapper; restart() is asked where the channel walk has to begin again.
What a hand moves on the way is held by the store, and the morph leaves it; what is locked, too.
"""

import threading
from collections.abc import Callable, Collection, Iterable
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace

from engine.bank import Bank
from engine.clock import BEATS_A_BAR
from engine.crossfade import SIDES, Crossfader, Look
from engine.dream.layers import first_weights
from engine.mapping import STEPPED, Bars, Mapper, Mapping, Signals, Step
from engine.morph import Morph
from engine.parameters import LAYER_FAMILY, SWITCHES, Store
from engine.presets import LEFT_OUT

BROUGHT = ("preset", "mappings", "ends")  # of the state, beside values, by any look
NO_ACTS = ("recording.", *SWITCHES)  # switches with a key of their own, whatever is undone


@dataclass(frozen=True)
class Coming:
    """The preset `name` that waits for `step`, if there is one, then takes `beats` to come.

    It is called by a hand, or comes by itself.
    """

    name: str
    values: dict[str, float]
    mappings: tuple[Mapping, ...]
    beats: float
    step: Step | None = None
    by_hand: bool = True


class Looks:
    """The presets of `bank`, played on the store and the mapper."""

    def __init__(
        self, store: Store, signals: Signals, mapper: Mapper, bank: Bank,
        restart: Callable[[], None], say: Callable[[str], None],
    ):  # fmt: skip
        self._store, self._signals, self._mapper, self._bank = store, signals, mapper, bank
        self._restart, self._say = restart, say
        self._lock = threading.Lock()  # held for some values' setting, never for a file
        self._fader = Crossfader(store, mapper)
        self._coming: Coming | None = None
        self._morph: Morph | None = None
        self._brought: frozenset[str] = frozenset()  # of the state, by a look that came by itself
        self.begun, self._bars = 0, Bars(signals)  # looks that have; bars since the last one

    @property
    def waiting(self) -> str:
        """The preset that waits for its beat; "" where none does."""
        coming = self._coming
        return coming.name if coming else ""

    @property
    def sides(self) -> MappingType[str, Look]:
        """The looks A and B of the crossfader, as far as they are there."""
        return self._fader.ends

    def resume(self, sides: MappingType[str, Look]) -> None:
        """Go on with these looks as A and B."""
        with self._lock:
            self._fader.use(sides)

    @property
    def ends(self) -> tuple[str, ...]:
        """The names of A and B, of the crossfader; empty where there is none."""
        ends = self._fader.ends
        return tuple(ends[side].name if side in ends else "" for side in SIDES)

    def names(self) -> list[str]:
        """Return the presets that can be asked for, in the list's order."""
        return self._bank.names()

    @property
    def playing(self) -> str:
        """The preset that has begun to come last."""
        return self._bank.current

    @property
    def asked(self) -> str:
        """The preset that was asked for last: the one that waits, else the one that plays."""
        return self.waiting or self.playing

    @property
    def bars(self) -> int:
        """The bars that have passed since the last look began to come."""
        return self._bars.passed

    def plays(self, name: str) -> None:
        """Take this preset for one that begins to play now."""
        self._bank.plays(name)
        self._bars = Bars(self._signals)
        self._bars.count()
        self.begun += 1

    def neighbour(self, by: int, name: str = "") -> str:
        """Return the preset `by` places after this one, or after the one asked for last."""
        return self._bank.step(name or self.asked, by)

    def drop(self) -> str:
        """Let what a hand called and that waits not come; return its name. What plays goes on."""
        with self._lock:
            if not (self._coming and self._coming.by_hand):
                return ""
            dropped, self._coming = self._coming.name, None
            return dropped

    def news(self) -> tuple[dict[str, object], frozenset[str]]:
        """Return the state, and what of it was no act since the last call.

        A look that came by itself brought that, or the crossfader moves it.
        """
        with self._lock:
            carried = (self._fader.carries | self._brought) - self._store.by_hand()
            self._brought = frozenset()
            return self._state(), carried

    def state(self) -> dict[str, object]:
        """Return all that the performer's acts change: values by id, the mappings, the name.

        What is on its way is taken to be there.
        """
        with self._lock:
            return self._state()

    def _state(self) -> dict[str, object]:
        values = self._store.values()
        if self._morph:
            rows = [row for row in self._store.rows() if row.id in self._morph.end]
            still = self._store.by_hand()
            moving = [row for row in rows if row.id not in still and not self._store.locked(row.id)]
            values |= {row.id: row.read(self._morph.end[row.id]) for row in moving}
        kept = {id: value for id, value in values.items() if not id.startswith(NO_ACTS)}
        others = {
            "mappings": self._mapper.mappings,
            "locks": self._store.locks,
            "ends": self._fader.ends,
        }
        return {**kept, **others, "preset": self.playing}

    def put(self, state: dict[str, object]) -> None:
        """Set what stands in this part of a state, held by no hand; a preset at once.

        A morph goes on without these values.
        """
        values = {id: value for id, value in state.items() if self._store.has(id)}
        if "preset" in state:
            self._stay()
        self._leave(values.keys())
        self._store.set_all(values)
        if values:
            self._store.release(*values)
        self._store.lock(state.get("locks", self._store.locks))
        with self._lock:
            if "mappings" in state:
                self._mapper.replace(state["mappings"])
            if "ends" in state:
                self._fader.use(state["ends"])
        if "preset" in state:
            self.plays(state["preset"])

    def _stay(self) -> None:
        """Let nothing come any more, and stay where the way was."""
        with self._lock:
            if self._morph:
                self._mapper.fade(self._mapper.mappings, (), 1.0)
            self._coming, self._morph, self._brought = None, None, frozenset()

    def _leave(self, ids: Collection[str]) -> None:
        with self._lock:
            if morph := self._morph:
                end = {id: value for id, value in morph.end.items() if id not in ids}
                self._morph = replace(morph, end=end)

    def load(
        self, name: str, morph: float | None = None, on: float | None = None,
        morph_in: float | None = None, by_hand: bool = True,
    ) -> None:  # fmt: skip
        """Let the preset of this name come in so long from the next of `on`, a choice of its row.

        Without them, as preset.morph, preset.morph_in and preset.on say; a morph alone is beats.
        """
        beats = self._beats(morph, morph_in)
        signal = STEPPED[int(self._store.get("preset.on") if on is None else on)]
        step = Step(signal) if signal else None
        if step:
            step.came(self._signals)  # what comes from here on counts
        self._play(Coming(name, *self._read(name), beats, step, by_hand))

    def _beats(self, morph: float | None, morph_in: float | None) -> float:
        """Return how many beats this morph stands for, as preset.morph_in counts them."""
        if morph_in is None:
            morph_in = self._store.get("preset.morph_in") if morph is None else 0
        units = (1, BEATS_A_BAR, self._bpm() / 60)
        return (self._store.get("preset.morph") if morph is None else morph) * units[int(morph_in)]

    def _bpm(self) -> float:
        return max(self._signals.read("tempo.bpm"), 1.0)

    def cut(self, name: str) -> None:
        """Play the preset of this name at once."""
        self._play(Coming(name, *self._read(name), 0.0))

    def take(self, side: str, name: str) -> None:
        """Let this preset be A or B of the crossfader; without a name, the look of now.

        For that one the fader goes to its side: the wall stays. A preset that is loaded takes over.
        """
        self._keep_seed()
        here = {id: v for id, v in self._store.values().items() if not id.startswith(LEFT_OUT)}
        values, mappings = self._read(name) if name else ({}, self._mapper.mappings)
        look = Look(name or self.playing, {**here, **values}, self._kept(mappings))
        with self._lock:
            if not name:
                self._store.set("mix.ab", SIDES.index(side))
            self._store.release()
            self._fader.take(side, look)

    def save(self, name: str) -> None:
        """Save with the seed that the channel walk has come to: what is seen comes back."""
        self._keep_seed()
        self._bank.save(name, self._store, self._mapper)

    def begin_anew(self, name: str) -> None:
        """Light, motion, nothing locked, no mapping in mid-swing, all at rest; then this preset."""
        self._store.lock(())
        rows = [row for row in self._store.rows() if not row.id.startswith(LEFT_OUT)]
        still = dict.fromkeys((*SWITCHES, "wander.far", "preset.every"), 0.0)
        rest = {row.id: row.default for row in rows} | still
        self._play(Coming(self.playing, rest, (), 0.0))
        self.cut(name)

    def wake_layers(self) -> None:
        """Where the network has none of the layers in use, dream in those that it begins with."""
        self._store.set_all(self._woken({}))

    def step(self, now: float) -> None:
        """Begin the look that waits, if its time has come, and carry the morph on to `now`."""
        with self._lock:
            self._fader.step()
            self._bars.count()
            coming = self._coming
            if coming and (not coming.step or coming.step.came(self._signals)):
                self._begin(coming, now)
            if self._morph:
                self._carry(self._morph, now)

    def _read(self, name: str) -> tuple[dict[str, float], tuple[Mapping, ...]]:
        values, mappings = self._bank.wanted(name, self._store)
        self._bank.tell_strange(name, self._signals, mappings or ())
        return self._woken(values), self._mapper.mappings if mappings is None else mappings

    def _keep_seed(self) -> None:
        seed = "dream.channels.seed"
        self._store.set(seed, self._store.effective(seed))

    def _play(self, coming: Coming) -> None:
        """Cut at once here, where nobody waits for a frame; leave all else to the stage."""
        with self._lock:
            self._coming = coming
            if not coming.step and coming.beats == 0:
                self._begin(coming, 0.0)
                self._carry(self._morph, 0.0)

    def _begin(self, coming: Coming, now: float) -> None:
        """Let go of all that is held, and be on the way."""
        self._fader.give_way()
        seconds = coming.beats * 60 / self._bpm()
        here = self._store.values()
        ends = {id: value for id, value in coming.values.items() if id in here}
        self._store.release()
        self._morph = Morph({id: here[id] for id in ends}, ends, now, seconds)
        self.plays(coming.name)
        self._brought = frozenset() if coming.by_hand else frozenset({*ends, *BROUGHT})
        self._coming, self._restarted = None, False
        self._leaving, self._arriving = self._mapper.mappings, self._kept(coming.mappings)
        self._mapper.play(self._arriving, self._leaving, 0.0)

    def _kept(self, mappings: Iterable[Mapping]) -> tuple[Mapping, ...]:
        """Return these mappings, but those of now where the parameter is locked."""
        locked = self._store.locked
        stay = [m for m in self._mapper.mappings if locked(m.parameter)]
        return (*stay, *(m for m in mappings if not locked(m.parameter)))

    def _carry(self, morph: Morph, now: float) -> None:
        share = morph.share(now)
        self._store.move(morph.at(now, self._store.rows()))
        self._mapper.fade(self._arriving, self._leaving if share < 1 else (), share)
        if share >= 0.5 and not self._restarted:
            self._restarted = True
            self._restart()
        if share >= 1:
            self._morph = None

    def _woken(self, values: dict[str, float]) -> dict[str, float]:
        """Return these values, with layers of the network where they would use none of it."""
        all_, names = {**self._store.values(), **values}, self._store.members(LAYER_FAMILY)
        if not names or any(all_[LAYER_FAMILY + name] for name in names):
            return values
        weights = first_weights(names)
        first = ", ".join(name for name in names if weights[name])
        self._say(f"none of those in use is in this network: {first} instead")
        return {**values, **{LAYER_FAMILY + name: weight for name, weight in weights.items()}}
