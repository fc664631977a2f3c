"""What every source of sound hands out: blocks of stereo samples, and the moment they belong to.

In: samples of any channel count. Out: Block. Any thread.
"""

from typing import NamedTuple

import numpy as np

WHOLE = np.float32(2**23)  # of a float's 1.0, in 24 bits
MOST = 1 - 1 / WHOLE


class AudioError(RuntimeError):
    """Sound that cannot be had: a file, a device or a library that is missing or broken."""


class Block(NamedTuple):
    """A piece of sound: float32 (n, 2) at `rate`, its first sample at `moment` of clock.now."""

    samples: np.ndarray
    rate: int
    moment: float


def whole(samples: np.ndarray) -> np.ndarray:
    """Return samples as the nearest that 24 bits hold: what is heard can be kept to the bit."""
    kept = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    return np.rint(np.clip(kept, -1.0, MOST) * WHOLE) / WHOLE


def stereo(samples: np.ndarray) -> np.ndarray:
    """Return (n, channels) as float32 (n, 2): one channel doubled, of many the first two."""
    return np.ascontiguousarray(samples[:, [0, min(1, samples.shape[1] - 1)]], np.float32)
