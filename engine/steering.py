"""What moves the picture from one display frame to the next: signals, mappings, wandering, walk.

In: the beat's signals, now and the seconds since the frame before. Out: the effective values, in
the store and as a snapshot. Plain state, all of it from what came in: fed with the same, it does
the same, so that a take can be played again. Stage thread, or whoever renders.
"""

from collections.abc import Mapping as MappingType

from engine.mapping import ChannelWalk, Mapper, Signals
from engine.parameters import MACROS, Snapshot, Store
from engine.wander import Wander


class Steering:
    """Moves the values of one store; `walk` and `wander` are how far they have strayed.

    `signals` and `values` (the hand's) are what the last step was made of.
    """

    def __init__(
        self, store: Store, signals: Signals, mapper: Mapper, walk: ChannelWalk | None = None
    ):
        self._store, self._signals, self._mapper = store, signals, mapper
        self.walk, self.wander = walk or ChannelWalk(), Wander()
        self.signals, self.values = signals, store.values()

    def step(self, beat: MappingType[str, float], now: float, dt: float) -> Snapshot:
        """Return the effective values `dt` seconds on, where these are the beat's signals."""
        store = self._store
        self._signals.publish({**beat, **{id: store.effective(id) for id in MACROS}}, now)
        self.signals = signals = self._signals.copy()
        sums = self._mapper.step(signals, dt)
        strays = self.wander.step(store, sums, dt)
        walks = self.walk.step(signals, store, sums, dt)
        for id, by in (*strays.items(), *walks.items()):
            sums[id] = sums.get(id, 0.0) + by
        store.apply(sums)
        self.values, snapshot = store.moment()
        return snapshot
