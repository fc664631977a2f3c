"""Sequencer lanes: one step after the other, as long and as many as the table says; kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import presets
from engine.clock import BEATS_A_BAR, Clock
from engine.lane import LANES, LENGTHS, STEPS, Lanes
from engine.parameters import Store


def lane(values=(), **rows):
    store = Store()
    for number, value in enumerate(values, 1):
        store.set(f"lane.1.step.{number}", value)
    for name, value in rows.items():
        store.set(f"lane.1.{name}", value)
    return store


def test_the_table_has_the_steps_and_lengths_that_there_are():
    rows = {row.id: row for row in Store().rows()}
    for name in LANES:
        assert [eval(length) for length in rows[f"{name}.beats"].choices] == list(LENGTHS)
        assert sum(id.startswith(f"{name}.step.") for id in rows) == STEPS
        assert rows[f"{name}.steps"].max == STEPS


@pytest.mark.parametrize("length", ["1/4", "1/2", "1", "2", "4"])
def test_each_step_lasts_its_beats(length):
    store, beats = lane([n / 16 for n in range(16)], beats=length), eval(length)
    for turn in (-1, 0, 3):
        for step in range(16):
            for part in (0.0, 0.5, 0.999):
                at = (16 * turn + step + part) * beats
                assert Lanes(store.get).signals(at)["lane.1"] == step / 16


@given(steps=st.integers(1, 16), beats=st.floats(-1e5, 1e5))
def test_only_as_many_steps_play_as_are_asked_for(steps, beats):
    lanes = Lanes(lane(steps=steps, beats="1").get)
    assert lanes.place("lane.1", beats) == int(beats // 1 % steps)


def test_the_clock_plays_them_and_a_fresh_one_begins_each_bar():
    store = lane([0.75] + [0.0] * 15)
    beat = Clock(store.get)
    moment = beat._grid.anchor
    assert beat.signals(moment)["lane.1"] == 0.75
    assert beat.signals(moment + BEATS_A_BAR * 60 / beat._grid.bpm)["lane.1"] == 0.75
    assert beat.signals(moment + 60 / beat._grid.bpm)["lane.1"] == 0.0


def test_a_preset_keeps_the_steps(tmp_path):
    store, other = lane([0.25, 1.0, 0.5], beats="1/2"), Store()
    presets.write(tmp_path / "a.toml", store, ())
    presets.apply(presets.read(tmp_path / "a.toml"), other)
    assert other.values() == store.values()
