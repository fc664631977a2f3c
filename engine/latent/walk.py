"""The latent walk: a path on the sphere through seeded points, in steps of at most 10 degrees.

In: a seed and a step's number. Out: that step's latent. Any thread; no state.
"""

import functools
import math

import numpy as np

LARGEST_STEP = 10.0  # degrees between two neighbouring steps


def point(seed: int, dimensions: int) -> np.ndarray:
    """Return the seed's point on the unit sphere."""
    z = np.random.Generator(np.random.PCG64(seed % 2**32)).standard_normal(dimensions)
    return z / np.linalg.norm(z)


@functools.lru_cache(maxsize=64)
def leg(seed: int, dimensions: int) -> tuple[np.ndarray, np.ndarray, float, int]:
    """Return both ends of the leg from `seed` to the next one, its angle, and its steps."""
    a, b = point(seed, dimensions), point(seed + 1, dimensions)
    angle = math.acos(float(np.clip(a @ b, -1, 1)))
    return a, b, angle, max(math.ceil(math.degrees(angle) / LARGEST_STEP), 1)


def arc(a: np.ndarray, b: np.ndarray, angle: float, part: float) -> np.ndarray:
    """Return the vector `part` (0..1) of the spherical way between two, `angle` radians apart."""
    return (math.sin((1 - part) * angle) * a + math.sin(part * angle) * b) / math.sin(angle)


class Walk:
    """Numbers the steps of a walk that starts at one seed and goes on to the following ones."""

    def __init__(self, seed: int, dimensions: int):
        self.seed, self.dimensions = seed, dimensions
        self._leg, self._start = 0, 0  # the leg that was asked for last, its first step

    def latent(self, number: int) -> np.ndarray:
        """Return step `number` (0, 1, 2 ...) of the walk, of length sqrt(dimensions)."""
        if number < self._start:
            self._leg, self._start = 0, 0
        while number - self._start >= leg(self.seed + self._leg, self.dimensions)[3]:
            self._start += leg(self.seed + self._leg, self.dimensions)[3]
            self._leg += 1
        a, b, angle, steps = leg(self.seed + self._leg, self.dimensions)
        z = arc(a, b, angle, (number - self._start) / steps)
        return z * math.sqrt(self.dimensions)
