"""Which beat is the first of its bar: where harmony and bass change, and kicks fall, not snares.

In: for each hop the strengths and the loudness of the bands, and the tracker's beat. Out: which
beat of the bar the last one was, 0..3, once one of them stands out. Audio thread.
"""

import numpy as np

from engine.audio.tracker import BODY, KICK, MASKED

BEATS = 4  # of a bar
FADE = 0.96  # a beat, of what has been gathered
LEAST = 8  # beats before anything is said
CLEAR = 1.5  # by how much one must stand out to be taken; and to take another's place
KICKS, SNARES = 0.5, 0.5  # weight of these beside the change
NEAR = 0.04  # seconds around a beat in which its hits fall
USUAL = 0.1  # a beat, of the mean change that is the unit


class Bars:
    """Gathers what speaks for each of four beats; `place` is the last one's in its bar, or None."""

    def __init__(self):
        self.place: int | None = None
        self._count = 0  # of beats
        self._first: int | None = None  # the count, mod 4, of the bar's first
        self._gathered = np.zeros(BEATS)
        self._beat = -np.inf
        self._sum, self._hops = 0.0, 0
        self._before: np.ndarray | None = None
        self._usual = 0.1
        self._hit = self._coming = (0.0, 0.0)  # kick and snare of this beat, and of the next

    def push(
        self, strengths: np.ndarray, loud: np.ndarray, moment: float, beat: float, period: float
    ) -> None:
        """Take a hop's strengths and its bands' loudness (log10); the grid as it is now."""
        if beat > self._beat + 0.5 * period:
            self._next(round((beat - self._beat) / period) if self._beat > 0 else 1)
        elif beat < self._beat - 0.2 * period:
            self.__init__()
        self._beat = beat
        phase = (moment - beat) / period
        if 0.15 < phase < 1:
            self._sum, self._hops = self._sum + loud, self._hops + 1
        if abs(phase - 1) * period < NEAR:
            kick, body = float(strengths @ KICK), float(strengths @ BODY)
            before = self._coming
            self._coming = max(before[0], kick), max(before[1], body - MASKED * kick)

    def _next(self, beats: int) -> None:
        """Close a beat: what it was like counts for its place."""
        if self._hops:
            loud = self._sum / self._hops
            if self._before is not None:
                change = float(np.abs(loud - self._before).mean())
                self._usual += USUAL * (change - self._usual)
                kick, snare = self._hit
                speaks = change / max(self._usual, 0.02) - 1 + KICKS * kick - SNARES * snare
                self._gathered *= FADE
                self._gathered[self._count % BEATS] += speaks
                self._decide()
            self._before = loud
        self._count += max(beats, 1)
        self._sum, self._hops = 0.0, 0
        self._hit, self._coming = self._coming, (0.0, 0.0)
        if self._first is not None:
            self.place = (self._count - self._first) % BEATS

    def _decide(self) -> None:
        best = int(np.argmax(self._gathered))
        others = (
            np.delete(self._gathered, best) if self._first is None else self._gathered[self._first]
        )
        if self._count > LEAST and self._gathered[best] - np.max(others) > CLEAR:
            self._first = best
