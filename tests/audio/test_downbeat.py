import numpy as np
import pytest

from engine.audio.downbeat import Bars
from engine.audio.novelty import RANGES

PERIOD, HOP = 0.5, 1 / 172
BANDS = 35


def places(first: int, beats: int, lost: int | None = None) -> list[tuple[int, int | None]]:
    """Push beats that all strike alike; those of a bar sound alike but for chance.

    Returns for each beat which of its bar it is, 0..3, and what was said of it; beat `lost` is
    never heard of.
    """
    random = np.random.default_rng(1)
    bars, said = Bars(), []
    for beat in range(beats):
        bar = np.random.default_rng((beat - first) // 4 + 1).uniform(-0.3, 0.3, BANDS)
        loud = bar + random.uniform(-0.4, 0.4, BANDS)
        if beat == lost:
            continue
        for moment in np.arange(beat * PERIOD, (beat + 1) * PERIOD - HOP / 2, HOP):
            bars.push(np.full(len(RANGES), 0.5), loud, moment, beat * PERIOD, PERIOD)
        said.append(((beat - first) % 4, bars.place))
    return said


@pytest.mark.parametrize("first", range(4))
def test_bars_that_sound_unlike_each_other_are_told_apart_where_beats_are_not(first):
    said = places(first, 48)
    assert [beat for beat, place in said[24:] if place != beat] == []


def test_nothing_is_said_of_a_few_beats():
    assert {place for _, place in places(0, 7)} == {None}


def test_a_beat_that_was_lost_is_counted():
    said = places(2, 64, lost=40)
    assert [beat for beat, place in said[24:] if place != beat] == []
