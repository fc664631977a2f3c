"""A score that nobody played: its beats lie where the file's do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import Grid
from engine.render.composed import grids


@given(
    beats=st.lists(st.floats(0.3, 1.0), min_size=2, max_size=30),
    first=st.integers(0, 3),
)
def test_every_beat_falls_on_a_whole_number_and_bars_begin_where_they_should(beats, first):
    moments = [sum(beats[:n]) for n in range(1, len(beats) + 1)]
    since, tempos = grids({"beats": moments, "first": first, "bpm": 120})
    for number, moment in enumerate(moments[:-1]):
        place = max(n for n, begin in enumerate(since) if begin <= moment)
        count = Grid(*tempos[place]).beats(moment)
        assert count == pytest.approx(number - first, abs=1e-6)


def test_between_two_beats_the_count_runs_evenly():
    since, tempos = grids({"beats": [1.0, 1.5, 2.5], "first": 0, "bpm": 120})
    assert since == [1.0, 1.5]
    assert Grid(*tempos[0]).beats(1.25) == pytest.approx(0.5)
    assert Grid(*tempos[1]).beats(2.0) == pytest.approx(1.5)


def test_a_file_without_beats_keeps_one_tempo():
    assert grids({"beats": [], "first": 0, "bpm": 98.0}) == ([0.0], [(98.0, 0.0)])
