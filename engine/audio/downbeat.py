"""Which beat is the first of its bar: where one bar's sound ends and another's begins.

There harmony and bass change, kicks fall and snares do not; above all, the four beats that follow
differ from the four before, for music is made in bars.

In: for each hop the strengths and the loudness of the bands, and the tracker's beat. Out: which
beat of the bar the last one was, 0..3, once one of them stands out. Audio thread.
"""

from collections import deque

import numpy as np

from engine.audio.tracker import BODY, KICK, MASKED

BEATS = 4  # of a bar
FADE = 0.96  # a beat, of what has been gathered
LEAST = 8  # beats before anything is said
CLEAR = 1.5  # by how much one must stand out to be taken; and to take another's place
KICKS, SNARES = 0.5, 0.5  # weight of these beside the change
NEAR = 0.04  # seconds around a beat in which its hits fall
USUAL = 0.1  # a beat, of the mean change that is the unit
LEAST_CHANGE, LEAST_TURN = 0.02, 0.0004  # a unit is no smaller: log10, and its square


class Bars:
    """Gathers what speaks for each of four beats; `place` is the last one's in its bar, or None."""

    def __init__(self):
        self.place: int | None = None
        self._count = 0  # of beats
        self._first: int | None = None  # the count, mod 4, of the bar's first
        self._gathered = np.zeros(BEATS)
        self._beat = -np.inf
        self._sum, self._hops = 0.0, 0
        self._heard: deque[np.ndarray] = deque(maxlen=2 * BEATS)  # loudness of beats in a row
        self._change, self._turn = 0.1, 0.05  # the usual ones, from beat to beat and bar to bar
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
            self._heard.append(self._sum / self._hops)
            self._gathered *= FADE
            if len(self._heard) > 1:
                self._weigh_beat(*self._hit)
            if len(self._heard) == 2 * BEATS:
                self._weigh_bars()
            self._decide()
        if beats > 1 or not self._hops:
            self._heard.clear()
        self._count += max(beats, 1)
        self._sum, self._hops = 0.0, 0
        self._hit, self._coming = self._coming, (0.0, 0.0)
        if self._first is not None:
            self.place = (self._count - self._first) % BEATS

    def _weigh_beat(self, kick: float, snare: float) -> None:
        """What the beat changed, and what struck on it, speaks for it."""
        change = float(np.abs(self._heard[-1] - self._heard[-2]).mean())
        self._change += USUAL * (change - self._change)
        speaks = change / max(self._change, LEAST_CHANGE) - 1 + KICKS * kick - SNARES * snare
        self._gathered[self._count % BEATS] += speaks

    def _weigh_bars(self) -> None:
        """How far the last four beats are from the four before speaks for the first of them."""
        heard = np.array(self._heard)
        turn = float(np.abs(heard[BEATS:].mean(0) - heard[:BEATS].mean(0)).mean()) ** 2
        self._turn += USUAL * (turn - self._turn)
        speaks = turn / max(self._turn, LEAST_TURN) - 1
        self._gathered[(self._count - BEATS + 1) % BEATS] += speaks

    def _decide(self) -> None:
        best = int(np.argmax(self._gathered))
        others = (
            np.delete(self._gathered, best) if self._first is None else self._gathered[self._first]
        )
        if self._count > LEAST and self._gathered[best] - np.max(others) > CLEAR:
            self._first = best
