"""A morph is at its ends where it begins and ends, and half way the mean in each row's curve."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.morph import NAMES, Morph, between
from engine.parameters import TABLE

ROWS = {row.id: row for row in TABLE}
STEPS = [row for row in TABLE if row.whole or row.id in NAMES]
ANGLES = [row for row in TABLE if row.unit == "deg"]
WAYS = [row for row in TABLE if row not in STEPS and row not in ANGLES]


def two_of(rows):
    """Draw a row and two of its values."""
    return st.sampled_from(rows).flatmap(
        lambda row: st.tuples(
            st.just(row), *[st.floats(row.min, row.max).map(row.clip) for _ in range(2)]
        )
    )


@given(two_of(TABLE))
def test_both_ends_are_met(drawn):
    row, start, end = drawn
    assert between(row, start, end, 0.0) == start
    assert between(row, start, end, 1.0) == end


@given(two_of(WAYS))
def test_half_way_is_the_mean_of_both_ends_in_the_rows_curve(drawn):
    row, start, end = drawn
    half = between(row, start, end, 0.5)
    assert row.norm(half) == pytest.approx((row.norm(start) + row.norm(end)) / 2, abs=1e-9)


@given(two_of(WAYS), st.floats(0, 1), st.floats(0, 1))
def test_it_never_turns_back_and_stays_between_its_ends(drawn, one, other):
    row, start, end = drawn
    first, then = (between(row, start, end, share) for share in sorted((one, other)))
    low, high = sorted((start, end))
    slack = 1e-9 * (row.max - row.min)
    assert low - slack <= min(first, then)
    assert max(first, then) <= high + slack
    assert (then - first) * (end - start) >= -slack * abs(end - start)


@given(two_of(STEPS), st.floats(0, 1))
def test_what_cannot_lie_between_steps_half_way(drawn, share):
    row, start, end = drawn
    assert between(row, start, end, share) == (end if share >= 0.5 else start)


@given(two_of(ANGLES), st.floats(0, 1))
def test_angles_go_the_short_way(drawn, share):
    row, start, end = drawn
    value = between(row, start, end, share)
    assert row.min <= value <= row.max
    whole, gone = ((b - start + 180) % 360 - 180 for b in (end, value))
    assert (gone - share * whole + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)


def test_an_angle_passes_the_seam():
    hue = ROWS["output.hue"]
    assert between(hue, 170, -170, 0.25) == pytest.approx(175)
    assert between(hue, 170, -170, 0.75) == pytest.approx(-175)


def test_a_morph_goes_by_the_clock_and_leaves_rows_that_are_gone():
    morph = Morph({"output.hue": 0.0, "gone": 1.0}, {"output.hue": 90.0, "gone": 2.0}, 10.0, 4.0)
    for moment, hue in ((9, 0), (10, 0), (11, 22.5), (12, 45), (14, 90), (99, 90)):
        assert morph.at(moment, TABLE) == {"output.hue": pytest.approx(hue)}


def test_without_seconds_it_is_a_cut():
    assert Morph({"output.hue": 0.0}, {"output.hue": 90.0}, 5.0, 0.0).at(0.0, TABLE) == {
        "output.hue": 90.0
    }
