"""The beat of a MIDI clock: 24 ticks a beat, start, stop, continue, song position.

In: real-time messages of one port with their moments. Out: tempo, a beat's moment and its place
in the bar, for whoever leads the beat. Pure; whoever calls.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

TICKS = 24  # a beat
SIXTEENTH = 6  # ticks: the unit of a song position, and how often the beat is told
LEAST, MOST = 12, 48  # ticks through which the line goes
NEWEST = 6  # ticks by which it is seen that some were lost on the way
GAP = 0.5  # seconds without a tick after which they are counted anew; 5 beats a minute
NEAR = 3.0  # times the median distance from the line: ticks farther away are left out
SHORTEST = 1e-3  # seconds of a tick that may be one
SURE = 5e-4  # seconds: no tick is left out for less


@dataclass(frozen=True)
class Beat:
    """Tempo [beats/min], the moment of a beat, and which of its bar it is, 0..3, if known."""

    bpm: float
    moment: float
    bar: int | None


class MidiClock:
    """Counts the ticks of one port and lays a line through the newest ones."""

    def __init__(self):
        self.running = True  # for one that runs already is never told to start
        self._zero: int | None = None  # the tick on which the song begins, if known
        self._position: int | None = None  # in ticks, of the song that was stopped
        self._number = 0  # of the next tick
        self._ticks: deque[tuple[int, float]] = deque(maxlen=MOST)

    def hear(self, kind: str, moment: float, position: int = 0) -> Beat | None:
        """Take a message of this mido type; return the beat where there is news of it.

        position: of a songpos message, in sixteenths.
        """
        if kind == "clock":
            return self._tick(moment)
        if kind == "start":
            self._begin(0)
        elif kind == "continue":
            self._begin(self._position)
        elif kind == "stop":
            self._position = None if self._zero is None else self._number - self._zero
            self.running = False
        elif kind == "songpos":
            self._position = position * SIXTEENTH
            if self.running:
                self._zero = self._number - self._position
        return None

    def _begin(self, position: int | None) -> None:
        """Let the next tick be this one of the song; a sequencer may begin off its old grid."""
        self._zero = None if position is None else self._number - position
        self.running = True
        self._ticks.clear()

    def _place(self, number: int) -> int:
        return 0 if self._zero is None else number - self._zero

    def _tick(self, moment: float) -> Beat | None:
        if self._ticks and moment - self._ticks[-1][1] > GAP:
            self._ticks.clear()
            self._zero = None
        self._ticks.append((self._number, moment))
        self._number += 1
        told = self._place(self._number - 1) % SIXTEENTH == 0
        if not (told and self.running and len(self._ticks) >= LEAST):
            return None
        return self._beat()

    def _beat(self) -> Beat | None:
        """Return the last beat on the line through the ticks, late ones left out."""
        self._count_lost()
        if len(self._ticks) < LEAST:
            return None
        last, _ = self._ticks[-1]
        numbers, moments = np.array(self._ticks).T
        tick, end = _line(numbers - last, moments)
        if tick < SHORTEST:
            return None
        place = self._place(last)
        bar = None if self._zero is None else place // TICKS % 4
        return Beat(60 / (tick * TICKS), end - place % TICKS * tick, bar)

    def _count_lost(self) -> None:
        """Count on where the newest ticks lie whole ticks behind the line of those before.

        Ticks that are all late by the same are on time, and some before them never came.
        """
        if len(self._ticks) < LEAST + NEWEST:
            return
        numbers, moments = np.array(self._ticks).T
        tick, begin = _line(numbers[:-NEWEST] - numbers[0], moments[:-NEWEST])
        if tick < SHORTEST:
            return
        late = (moments[-NEWEST:] - begin) / tick - (numbers[-NEWEST:] - numbers[0])
        lost, spread = round(float(np.median(late))), np.ptp(late)
        newest = list(self._ticks)[-NEWEST:]
        if spread > 2:  # another tempo: what was before tells nothing of it
            self._ticks = deque(newest, MOST)
        elif lost > 0 and spread < 0.5:
            for _ in newest:
                self._ticks.pop()
            self._ticks.extend((number + lost, moment) for number, moment in newest)
            self._number += lost


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return slope and height at 0 of the line through the points, once more without far ones."""
    slope, height = np.polyfit(x, y, 1)
    far = np.abs(y - slope * x - height)
    near = far <= max(NEAR * float(np.median(far)), SURE)
    if near.sum() >= LEAST:
        slope, height = np.polyfit(x[near], y[near], 1)
    return float(slope), float(height)
