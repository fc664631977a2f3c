"""What every source of sound hands out: blocks of stereo samples, and the moment they belong to.

In: samples of any channel count. Out: Block. Any thread.
"""

from typing import NamedTuple

import numpy as np


class AudioError(RuntimeError):
    """Sound that cannot be had: a file, a device or a library that is missing or broken."""


class Block(NamedTuple):
    """A piece of sound: float32 (n, 2) at `rate`, its first sample at `moment` of clock.now."""

    samples: np.ndarray
    rate: int
    moment: float


def stereo(samples: np.ndarray) -> np.ndarray:
    """Return (n, channels) as float32 (n, 2): one channel doubled, of many the first two."""
    return np.ascontiguousarray(samples[:, [0, min(1, samples.shape[1] - 1)]], np.float32)
