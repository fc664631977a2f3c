"""Peak and clip of the sound as it came in, before any gain: what the mixing desk must look at.

In: stereo samples. Out: peak 0..1 of full scale, falling slowly, and clip, 1 where samples in a
row lie at full scale. Audio thread.
"""

import numpy as np

FULL = 0.999  # of full scale
ROW = 3  # samples in a row at full scale that are a clip
PEAK_FALL = 12.0  # dB a second, as broadcasters' peak meters
CLIP_FALL = 0.6  # seconds in which the clip's light falls to 37%


class Peaks:
    """Holds the peak and the clip's light."""

    def __init__(self, seconds: float):
        """`seconds` lie between two calls of push()."""
        self._fall = 10 ** (-PEAK_FALL * seconds / 20)
        self._fade = np.exp(-seconds / CLIP_FALL)
        self._peak = self._clip = 0.0
        self._new, self._clipped = 0.0, False
        self._row = np.zeros((ROW - 1, 2), bool)  # the last samples at full scale

    def take(self, samples: np.ndarray) -> None:
        """Look at float32 (n, 2)."""
        size = np.abs(samples)
        top = float(size.max(initial=0.0))
        self._new = max(self._new, top)
        if top < FULL:
            self._row[:] = False
            return
        full = np.concatenate([self._row, size >= FULL])
        run = np.logical_and.reduce([full[k : len(full) - ROW + 1 + k] for k in range(ROW)])
        self._clipped |= bool(run.any())
        self._row = full[1 - ROW :]

    def push(self) -> tuple[float, float]:
        """Return peak and clip of what was taken since the last call."""
        self._peak = min(max(self._new, self._peak * self._fall), 1.0)
        self._clip = 1.0 if self._clipped else self._clip * self._fade
        self._new, self._clipped = 0.0, False
        return self._peak, self._clip if self._clip > 0.005 else 0.0
