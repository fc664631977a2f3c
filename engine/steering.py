"""What moves the picture from one display frame to the next: signals, mappings, wandering, walk.

In: the newest signals, now and the frame before. Out: the effective values, in the store and as a
snapshot. Plain state, all of it from what came in: fed with the same, it does
the same, so that a take can be played again. Stage thread, or whoever renders.
"""

from engine.mapping import ChannelWalk, Mapper, Signals
from engine.parameters import MACROS, Snapshot, Store
from engine.wander import Wander

REACTION = "mix.reaction"  # a hand's and no mapping's: it would scale itself
FROZEN = "output.brightness"  # what freeze holds of mappings here; the picture is the renderer's
LONGEST = 0.25  # seconds that one frame may stand for: after a stall the show goes on, not jumps


class Steering:
    """Moves the values of one store; `signals` and `values` (the hand's) made the last step."""

    def __init__(
        self, store: Store, signals: Signals, mapper: Mapper, walk: ChannelWalk | None = None
    ):
        self._store, self._signals, self._mapper = store, signals, mapper
        self._walk, self._wander = walk or ChannelWalk(), Wander()
        self.signals, self.values = signals, store.values()
        self._brightness = 0.0  # that mappings add

    def step(self, now: float, dt: float) -> Snapshot:
        """Return the effective values at `now`, `dt` seconds on."""
        store = self._store
        self._signals.publish({id: store.effective(id) for id in MACROS}, now)
        self.signals = signals = self._signals.copy()
        sums = self._frozen(self._mapper.step(signals, dt, store.get(REACTION)))
        strays = self._wander.step(store, sums, dt)
        walks = self._walk.step(signals, store, sums, dt)
        for id, by in (*strays.items(), *walks.items()):
            sums[id] = sums.get(id, 0.0) + by
        store.apply(sums)
        self.values, snapshot = store.moment()
        return snapshot

    def _frozen(self, sums: dict[str, float]) -> dict[str, float]:
        """Hold what mappings add to the brightness while the picture is frozen."""
        if self._store.effective("output.freeze"):
            sums[FROZEN] = self._brightness
        self._brightness = sums.get(FROZEN, 0.0)
        return sums
