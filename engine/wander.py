"""The picture strays by itself: each parameter walks at random about the hand's value.

In: wander.far and wander.speed, the hand's values, what the mappings add, seconds; once per display
frame (stage thread). Out: what the walk adds to each row, within its range. Nothing is written
back: at wander.far 0 the look is the hand's again. What is locked stays.
"""

from collections.abc import Mapping
from zlib import crc32

from engine.lfo import smooth
from engine.parameters import LAYER_FAMILY, Parameter, Store

GROUPS = ("motion.", "dream.", "tone.hue_drift", "latent.")  # ids that stray begin so
STAY = ("dream.rate", "dream.channels.seed", LAYER_FAMILY)  # of these; the seed has its own walk
STILLING = ("dream.strength", "dream.leak")  # would on their way still the dream; tone would, too
APART = 2**20  # turns from one row's walk to the next one's


class Wander:
    """How far along its way each row is: one count of turns for all, begun at its own place."""

    def __init__(self):
        self._turns = 0.0

    def step(self, store: Store, offsets: Mapping[str, float], dt: float) -> dict[str, float]:
        """Return what is added to each row that strays, `dt` seconds on, beside these offsets."""
        far, speed = (_effective(store, offsets, id) for id in ("wander.far", "wander.speed"))
        self._turns += speed * dt
        if far == 0:
            return {}
        values, sums = store.values(), {}
        for row in store.rows():
            if strays(row) and not store.locked(row.id):
                sums[row.id] = self._off(row, values[row.id], far)
        return sums

    def _off(self, row: Parameter, hand: float, far: float) -> float:
        """Return how far off the hand's value the row is: a share of its travel either way."""
        number = crc32(row.id.encode())
        turns = number % 1000 * APART + number / 2**32 + self._turns
        off = far * (2 * smooth(turns) - 1)
        return row.from_norm(row.norm(hand) + off) - hand


def strays(row: Parameter) -> bool:
    """Return whether the row is one of those that stray: of the picture, and not counted whole."""
    stays = row.whole or row.id.startswith(STAY + STILLING)
    return row.id.startswith(GROUPS) and not stays


def _effective(store: Store, offsets: Mapping[str, float], id: str) -> float:
    return store.row(id).clip(store.get(id) + offsets.get(id, 0.0))
