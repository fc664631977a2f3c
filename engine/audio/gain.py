"""Automatic gain: what "loud" means for this music, learned slowly so that it never pumps.

In: levels in dB, once per hop. Out: the level that the loud parts reach, per band. Audio thread.
A histogram of levels forgets with a long time constant; its 95th percentile is the reference.
A single loud clap barely moves it, and silence not at all. A quiet break counts for little, until
it has lasted so long that it is no break but quiet music.
"""

import numpy as np

LOW, STEP, BINS = -100.0, 0.5, 220  # the histogram's range: -100 to +10 dB
MEMORY = 45.0  # seconds to forget down to 37%
PERCENTILE = 0.95
UPDATE = 0.1  # seconds between two looks at the histogram
RISE, FALL = 12.0, 1.5  # how fast a reference may move, dB per second
QUIETER = 9.0  # dB under the reference of the first band, where a break begins
BREAK = (2.0, 45.0)  # seconds of that, from which on and until which it is one
IN_BREAK = 0.1  # as much counts what sounds in a break
SETTLING = 2.0  # seconds of sound during which it moves at once
FULL = 0.8  # the signal's value at the reference; above, it bends towards 1


class AutoGain:
    """References for several bands at once."""

    def __init__(self, bands: int, hop_seconds: float):
        self._counts = np.zeros((bands, BINS), np.float32)
        self._rows = np.arange(bands)
        self._hops = max(1, round(UPDATE / hop_seconds))
        self._seconds = self._hops * hop_seconds
        self._hop = hop_seconds
        self._quiet = 0.0  # seconds since the first band was loud
        self._heard = 0
        self.reference = np.full(bands, LOW)

    def push(self, levels: np.ndarray) -> bool:
        """Learn from one hop's levels in dB, shape (bands,); return whether the references moved.

        Call it only while there is sound.
        """
        places = ((levels - LOW) / STEP).astype(int)
        self._quiet = self._quiet + self._hop if levels[0] < self.reference[0] - QUIETER else 0.0
        self._counts[self._rows, places.clip(0, BINS - 1)] += self._weight()
        self._heard += 1
        if moved := self._heard % self._hops == 0 or self._heard == 1:
            self._update()
        return moved

    def _weight(self) -> float:
        return IN_BREAK if BREAK[0] < self._quiet < BREAK[1] else 1.0

    def _update(self) -> None:
        target = self._percentiles()
        if self._heard * self._seconds / self._hops < SETTLING:
            self.reference = target
        else:
            step = np.clip(target - self.reference, -FALL * self._seconds, RISE * self._seconds)
            self.reference = self.reference + step
        self._counts *= np.float32(np.exp(-self._seconds * self._weight() / MEMORY))

    def _percentiles(self) -> np.ndarray:
        """Return the percentile of each row in dB, linear within its bin."""
        sums = np.cumsum(self._counts, axis=1)
        wanted = PERCENTILE * sums[:, -1:]
        places = np.argmax(sums >= wanted, axis=1)
        inside = self._counts[self._rows, places]
        part = 1 - (sums[self._rows, places] - wanted[:, 0]) / np.maximum(inside, 1e-9)
        return LOW + STEP * (places + part)


def compress(ratio: np.ndarray) -> np.ndarray:
    """Return 0..1 for amplitudes relative to the reference: linear up to it, then bent to 1."""
    over = 1 - (1 - FULL) * np.exp(-np.maximum(ratio - 1, 0) * FULL / (1 - FULL))
    return np.where(ratio <= 1, FULL * ratio, over)
