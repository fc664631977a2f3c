"""Waves: their shapes, their lengths in beats, free ones that do not jump, always 0..1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lfo import SHAPES, TURNS, WAVES, Waves
from engine.parameters import Store


def wave(shape="sine", beats="4", rate=0.5):
    store = Store()
    for name, value in (("shape", shape), ("beats", beats), ("rate", rate)):
        store.set(f"lfo.1.{name}", value)
    return store, Waves(store.get)


def value(waves, beats, moment=0.0):
    return waves.signals(beats, moment)["lfo.1"]


def test_the_table_has_the_shapes_and_lengths_that_there_are():
    for name in WAVES:
        row = Store().row(f"{name}.shape")
        assert list(row.choices) == [shape.__name__.lstrip("_") for shape in SHAPES]
        lengths = [None if c == "free" else eval(c) for c in Store().row(f"{name}.beats").choices]
        assert lengths == list(TURNS)


@pytest.mark.parametrize(
    ("shape", "values"),
    [
        ("sine", (0, 0.5, 1, 0.5)),
        ("triangle", (0, 0.5, 1, 0.5)),
        ("saw", (0, 0.25, 0.5, 0.75)),
        ("square", (1, 1, 0, 0)),
    ],
)
def test_a_shape_is_drawn_once_in_its_beats(shape, values):
    _, waves = wave(shape, "8")
    for turn in (0, 3):
        assert [value(waves, 8 * turn + n) for n in (0, 2, 4, 6)] == pytest.approx(values)


def test_random_holds_for_a_turn_and_smooth_goes_from_one_number_to_the_next():
    _, held = wave("random", "1")
    _, smooth = wave("smooth", "1")
    numbers = [value(held, n + 0.01) for n in range(200)]
    assert numbers == [value(held, n + 0.99) for n in range(200)]
    assert len(set(numbers)) == 200
    assert 0.4 < sum(numbers) / 200 < 0.6
    assert [value(smooth, n) for n in range(200)] == pytest.approx(numbers)
    steps = [abs(value(smooth, n / 50) - value(smooth, (n + 1) / 50)) for n in range(5000)]
    assert max(steps) < 0.04


def test_a_free_wave_turns_by_seconds_and_goes_on_from_where_it_is():
    store, waves = wave("saw", "free", 0.5)
    start = value(waves, 7.0, 100.0)
    assert value(waves, 99.0, 101.0) == pytest.approx((start + 0.5) % 1)
    store.set("lfo.1.rate", 3.0)
    assert value(waves, 0.0, 101.0) == pytest.approx((start + 0.5) % 1)
    assert value(waves, 0.0, 101.1) == pytest.approx((start + 0.8) % 1)


@given(
    shape=st.sampled_from(["sine", "triangle", "saw", "square", "random", "smooth"]),
    length=st.sampled_from(["free", "1/4", "32"]),
    beats=st.floats(-1e6, 1e6),
    moment=st.floats(0, 1e6),
)
def test_every_wave_stays_between_0_and_1(shape, length, beats, moment):
    _, waves = wave(shape, length)
    assert 0 <= value(waves, beats, moment) <= 1
    assert value(waves, beats, moment) == value(waves, beats, moment)
