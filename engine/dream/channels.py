"""The channel walk: which channels of a layer dream, walked like a latent.

In: a place on the walk (a number of seeds) or in the layer (0..1), a width, a channel count.
Out: one weight per channel, of unit length; the same place gives the same vector everywhere.
This is the discriminator's own latent space: few channels are a world, a walk joins two.
"""

import functools
import math

import numpy as np

from engine.latent.walk import arc

SEEDED, SWEPT = range(2)  # in the order of the parameter dream.channels.choice


@functools.lru_cache(maxsize=256)
def _order(seed: int, count: int) -> np.ndarray:
    """Return the channels in the order in which this seed lets them in."""
    return np.random.Generator(np.random.PCG64([seed % 2**32, count])).permutation(count)


def seeded(seed: int, width: float, count: int) -> np.ndarray:
    """Return the vector of one seed: `width` channels of `count`, the last one by its fraction."""
    vector = np.zeros(count)
    vector[_order(seed, count)] = np.clip(max(width, 1.0) - np.arange(count), 0.0, 1.0)
    return vector / np.linalg.norm(vector)


def walked(place: float, width: float, count: int) -> np.ndarray:
    """Return the vector at `place`, on the great circle between its two neighbouring seeds."""
    seed = math.floor(place)
    a, b = seeded(seed, width, count), seeded(seed + 1, width, count)
    angle = math.acos(min(float(a @ b), 1.0))
    return a if angle < 1e-6 else arc(a, b, angle, place - seed)


def swept(place: float, width: float, count: int) -> np.ndarray:
    """Return the vector of `width` neighbours, from the first channels (0) to the last (1)."""
    width = min(max(width, 1.0), count)
    first, at = min(max(place, 0.0), 1.0) * (count - width), np.arange(count)
    vector = np.clip(np.minimum(at + 1, first + width) - np.maximum(at, first), 0.0, 1.0)
    return vector / np.linalg.norm(vector)
