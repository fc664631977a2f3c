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
        self._row = np.zeros((ROW - 1, 2), bool)  # the last samples at full scale

    def push(self, samples: np.ndarray) -> tuple[float, float]:
        """Return peak and clip after float32 (n, 2)."""
        size = np.abs(samples)
        top = float(size.max(initial=0.0))
        clipped = self._has_clipped(size >= FULL) if top >= FULL else False
        if top < FULL:
            self._row[:] = False
        self._peak = min(max(top, self._peak * self._fall), 1.0)
        self._clip = 1.0 if clipped else self._clip * self._fade
        return self._peak, self._clip if self._clip > 0.005 else 0.0

    def _has_clipped(self, full: np.ndarray) -> bool:
        """Whether ROW samples in a row are full, those of the last call included."""
        full = np.concatenate([self._row, full])
        self._row = full[1 - ROW :]
        return bool(
            np.logical_and.reduce([full[k : len(full) - ROW + 1 + k] for k in range(ROW)]).any()
        )
