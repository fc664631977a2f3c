"""The beat of what is heard: tempo, the moment of a beat, its place in the bar, how sure.

In: the newest samples at each hop. Out: follow(bpm, beat, bar, sure) about 20 times a second, once
there is a beat. Breaks, gaps and devices that come back do not end it. Audio thread.
"""

from collections.abc import Callable

import numpy as np

from engine.audio.downbeat import Bars
from engine.audio.novelty import Novelty
from engine.audio.tracker import Tracker

LOST = 20.0  # seconds without a hop after which the beat is sought anew
NARROWEST = 1.1  # of the range's ends


class Rhythm:
    """Follows the beat between `tempo.low` and `tempo.high`, which `get(id)` reads."""

    def __init__(self, get: Callable[[str], float], follow: Callable[..., None]):
        self._get, self._follow = get, follow
        self._novelty: Novelty | None = None
        self._range = (0.0, 0.0)
        self._heard = -np.inf

    def push(self, samples: np.ndarray, rate: int, moment: float) -> None:
        """Take the newest samples, float32 (n,), a window or more, whose hop ends at `moment`."""
        low = self._get("tempo.low")
        wanted = low, max(self._get("tempo.high"), NARROWEST * low)
        if self._novelty is None or self._novelty.rate != rate:
            self._novelty = Novelty(rate)
            self._range = (0.0, 0.0)
        if self._range != wanted or not -0.1 < moment - self._heard < LOST:
            self._range = wanted
            self._tracker, self._bars = Tracker(self._novelty.seconds, *wanted), Bars()
        self._heard = moment
        self._follow_on(self._novelty.push(samples), moment)

    def _follow_on(self, strengths: np.ndarray, moment: float) -> None:
        tracker, bars = self._tracker, self._bars
        word = tracker.push(strengths, moment)
        if tracker.period is None:
            return
        bars.push(strengths, self._novelty.loud, moment, tracker.beat, tracker.period)
        if word is not None:
            bpm, beat, sure = word
            self._follow(bpm, beat, bars.place, sure)
