"""Show time, tempo, beat and bar; the only file that reads the system's clock.

In: the tracker's estimate (follow), the performer's taps (tap), from any thread.
Out: now() for everybody; beat signals for any moment, past or to come.
"""

import math
import time
from collections import deque
from dataclasses import dataclass

BEATS_A_BAR = 4
FASTEST = 1000.0  # beats a minute; a tracker that says more is mistaken
TAP_PAUSE = 2.0  # seconds without a tap after which the next one starts anew


def now() -> float:
    """Return monotonic seconds, comparable between the processes of one machine."""
    return time.perf_counter()


def sleep_until(moment: float) -> None:
    """Sleep until now() reaches `moment`; return at once if it has passed."""
    left = moment - now()
    if left > 0:
        time.sleep(left)


@dataclass(frozen=True)
class Grid:
    """A beat grid: beat number n falls at `anchor + n * 60 / bpm` seconds."""

    bpm: float = 120.0
    anchor: float = 0.0

    def beats(self, moment: float) -> float:
        """Return beats since the anchor at `moment`, with their fraction."""
        return (moment - self.anchor) * self.bpm / 60


class Clock:
    """The beat that the show follows: the tracker's, until the performer taps."""

    def __init__(self, bpm: float = 120.0):
        self._grid = Grid(bpm, now())
        self._taps: deque[float] = deque(maxlen=8)
        self.leader = "fixed"

    def follow(self, bpm: float, beat: float) -> None:
        """Take the tracker's tempo and the moment of one of its beats, unless taps lead."""
        if self.leader != "tap" and 0 < bpm < FASTEST and math.isfinite(beat):
            self.leader = "tracker"
            self._move(bpm, beat)

    def tap(self, moment: float) -> None:
        """Count a tap; from the third on, the mean of their distances is the tempo."""
        if self._taps and moment - self._taps[-1] > TAP_PAUSE:
            self._taps.clear()
        self._taps.append(moment)
        if len(self._taps) >= 3:
            gap = (self._taps[-1] - self._taps[0]) / (len(self._taps) - 1)
            self.leader = "tap"
            self._move(60 / max(gap, 0.2), moment)

    def release(self) -> None:
        """Hand the lead back to the tracker."""
        self.leader = "fixed"
        self._taps.clear()

    def _move(self, bpm: float, beat: float) -> None:
        """Change tempo and phase, keeping the beat count (nearest whole beat) and so the bar."""
        count = round(self._grid.beats(beat))
        self._grid = Grid(bpm, beat - count * 60 / bpm)

    def signals(self, moment: float) -> dict[str, float]:
        """Return the beat's signals at `moment`: phases 0..1, pulses 1 falling to 0, counts."""
        grid = self._grid
        beats = grid.beats(moment)
        bar = beats / BEATS_A_BAR
        return {
            "beat.phase": beats % 1,
            "beat.pulse": (1 - beats % 1) ** 3,
            "beat.count": float(beats // 1),
            "bar.phase": bar % 1,
            "bar.pulse": (1 - bar % 1) ** 8,
            "bar.count": float(bar // 1),
            "tempo.bpm": grid.bpm,
        }


def today() -> str:
    """Return the date and the time of day, for names of files that sort by age."""
    return time.strftime("%Y-%m-%d %H.%M.%S") + f".{time.time_ns() // 10**8 % 10}"
