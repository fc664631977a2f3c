"""The look that plays: presets loaded and saved, and the way back to a safe one. Main thread.

In: names of presets. Out: values in the store, mappings in the mapper; restart() is asked where
the channel walk has to begin again.
"""

from collections.abc import Callable

from engine.dream.layers import first_weights
from engine.mapping import Mapper
from engine.parameters import LAYER_FAMILY, Store
from engine.presets import LEFT_OUT, Bank

SWITCHES = ("output.blackout", "output.freeze")


class Looks:
    """The presets of `bank`, played on the store and the mapper."""

    def __init__(
        self, store: Store, mapper: Mapper, bank: Bank,
        restart: Callable[[], None], say: Callable[[str], None],
    ):  # fmt: skip
        self._store, self._mapper, self._bank = store, mapper, bank
        self._restart, self._say = restart, say

    def load(self, name: str) -> None:
        """Play the preset of this name from where its channels begin."""
        self._bank.load(name, self._store, self._mapper)
        self.wake_layers()
        self._restart()

    def save(self, name: str) -> None:
        """Save with the seed that the channel walk has come to: what is seen comes back."""
        seed = "dream.channels.seed"
        self._store.set(seed, self._store.snapshot()[seed])
        self._bank.save(name, self._store, self._mapper)

    def begin_anew(self, name: str) -> None:
        """Light, motion, no mapping in mid-swing, all rows of a look at rest; then this preset."""
        store = self._store
        looks = {row.id: row.default for row in store.rows() if not row.id.startswith(LEFT_OUT)}
        store.set_all({**looks, **dict.fromkeys(SWITCHES, 0.0)})
        store.release()
        self._mapper.replace(())
        self.load(name)

    def wake_layers(self) -> None:
        """Where the network has none of the layers in use, dream in those that it begins with."""
        store = self._store
        values, names = store.values(), store.members(LAYER_FAMILY)
        if not any(values[LAYER_FAMILY + name] for name in names):
            weights = first_weights(names)
            store.set_all({LAYER_FAMILY + name: weight for name, weight in weights.items()})
            first = ", ".join(name for name in names if weights[name])
            self._say(f"none of those in use is in this network: {first} instead")
