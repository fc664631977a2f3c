"""A grade is one step after the other: hue, saturation, levels, tint."""

import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.display.grade import PLAIN, Grade, affine, full_colour, hue_turn
from engine.parameters import Store

COLOURS = np.random.default_rng(5).random((50, 3))
grades = st.builds(
    Grade,
    black=st.floats(0, 0.9),
    saturation=st.floats(0, 2),
    hue=st.floats(-180, 180),
    tint=st.floats(0, 1),
    tint_hue=st.floats(-180, 180),
)


def graded(grade, colours):
    matrix, offset = affine(grade)
    return colours @ matrix.T + offset


def step_by_step(grade, colours):
    turned = colours @ hue_turn(grade.hue).T
    mean = turned.mean(-1, keepdims=True)
    saturated = mean + grade.saturation * (turned - mean)
    levels = (saturated - grade.black) / (1 - grade.black)
    light = (
        2 * levels.mean(-1, keepdims=True) - 1 + colorsys.hsv_to_rgb(grade.tint_hue / 360 % 1, 1, 1)
    )
    return (1 - grade.tint) * levels + grade.tint * light


@given(grades)
def test_a_grade_is_its_steps_one_after_the_other(grade):
    assert np.allclose(graded(grade, COLOURS), step_by_step(grade, COLOURS), atol=1e-9)


def test_the_tables_defaults_change_nothing():
    assert Grade.of(Store().values()) == PLAIN
    assert np.allclose(graded(PLAIN, COLOURS), COLOURS)


def test_a_third_of_a_turn_of_hue_makes_red_green_and_keeps_grey():
    assert np.allclose(hue_turn(120) @ [1, 0, 0], [0, 1, 0])
    assert np.allclose(hue_turn(77) @ [0.4, 0.4, 0.4], 0.4)


@given(grades, st.floats(-180, 180))
def test_a_whole_tint_goes_from_black_over_its_colour_to_white(grade, hue):
    tinted = grade._replace(tint=1.0, tint_hue=hue, black=0.0)
    ramp = np.clip(graded(tinted, np.array([[0.0] * 3, [0.5] * 3, [1.0] * 3])), 0, 1)
    assert np.allclose(ramp, [[0] * 3, full_colour(hue), [1] * 3], atol=1e-6)


@pytest.mark.parametrize(
    ("degrees", "name"), [(0, "100"), (120, "010"), (-120, "001"), (180, "011")]
)
def test_a_full_colour_is_the_one_of_its_hue(degrees, name):
    assert np.allclose(full_colour(degrees), [int(each) for each in name])


def test_without_saturation_all_is_grey_and_what_is_darker_than_black_is_black():
    grey = graded(Grade(saturation=0.0), COLOURS)
    assert np.allclose(grey, COLOURS.mean(1, keepdims=True))
    cut = graded(Grade(black=0.4), np.array([[0.4] * 3, [0.2] * 3, [1.0] * 3]))
    assert np.allclose(cut.clip(0, 1), [[0] * 3, [0] * 3, [1] * 3])
