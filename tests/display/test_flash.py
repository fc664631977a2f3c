"""Flashes come when asked for; the whole wall never turns more often than allowed, whoever asks."""

import math
from itertools import pairwise

import pytest
from frames import turns
from hypothesis import given
from hypothesis import strategies as st

from engine.display.flash import COLOURS, DIMMER, WHITE, Flash
from engine.parameters import SAFE_FLASHES, Store

FRAME = 1 / 60
ROWS = {row.id: row for row in Store().rows()}


def begun(whites):
    """Return at which frames a flash begins."""
    return [n for n, (a, b) in enumerate(pairwise([False, *whites])) if b and not a]


def test_a_flash_lasts_as_long_as_it_is_held():
    flash = Flash()
    held = [False, True, True, True, False, False]
    seen = [flash.light(0.8, 0.0, h, False, 2.0, n * FRAME) for n, h in enumerate(held)]
    assert [white for *_, white in seen] == held
    assert [bright for bright, *_ in seen] == pytest.approx([0.8] * 6)


@pytest.mark.parametrize(("most", "rate", "count"), [(3, 2, 20), (3, 25, 30), (12, 10, 100)])
def test_the_strobe_flashes_at_its_rate_or_at_what_is_allowed(most, rate, count):
    flash = Flash(most)
    whites = [flash.light(1.0, 0.0, False, True, rate, n / 1000)[2] for n in range(10_000)]
    assert len(begun(whites)) == pytest.approx(count, abs=1)
    assert sum(whites) == pytest.approx(len(whites) / 3, rel=0.05)


def test_a_flash_too_soon_waits_while_it_is_held():
    flash = Flash()
    asked = [(False, 0.0), (True, 0.1), (False, 0.2), (True, 0.3), (True, 0.44), (False, 0.5)]
    whites = [flash.light(1.0, 0.0, held, False, 2.0, moment)[2] for held, moment in asked]
    assert whites == [False, True, False, False, True, True]
    assert flash.light(1.0, 0.0, False, False, 2.0, 0.54) == (1.0, 0.0, False)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 2), st.floats(0, 0.9), st.booleans(), st.booleans(), st.floats(0.2, 30)
        ),
        min_size=1, max_size=300,
    ),
    st.sampled_from([SAFE_FLASHES, 1.0, 10.0]),
    st.floats(0.001, 0.3),
)  # fmt: skip
def test_no_second_has_more_flashes_than_allowed_whoever_asks(frames, most, interval):
    flash = Flash(most)
    seen = [flash.light(*frame, n * interval) for n, frame in enumerate(frames)]
    shown = [WHITE * bright if white else bright * (1 - black) for bright, black, white in seen]
    moments = [n * interval for n in turns(shown, DIMMER + 1e-9)]
    assert all(c - a >= 1 / most - 1e-9 for a, c in zip(moments, moments[2:], strict=False))
    assert all(0 <= bright <= 2 and 0 <= black <= 0.9 for bright, black, _ in seen)


@pytest.mark.parametrize("id", COLOURS)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=300), st.floats(0.001, 0.3))
def test_a_colour_turns_to_and_fro_no_more_often(id, shares, interval):
    flash, row, still = Flash(), ROWS[id], Store().values()
    asked = [still | {id: row.from_norm(share)} for share in shares]
    shown = [flash.colours(values, n * interval) for n, values in enumerate(asked)]
    moments = [n * interval for n in turns([each[id] for each in shown], COLOURS[id] + 1e-9)]
    assert all(c - a >= 1 / SAFE_FLASHES - 1e-9 for a, c in zip(moments, moments[2:], strict=False))
    assert all(each[other] == still[other] for each in shown for other in COLOURS if other != id)


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.5])
def test_a_brightness_that_swings_no_more_often_is_shown_as_it_is(rate):
    flash = Flash()
    asked = [1 - math.cos(2 * math.pi * rate * n / 60) for n in range(600)]
    assert [flash.light(b, 0.0, False, False, 2.0, n / 60)[0] for n, b in enumerate(asked)] == asked


def test_a_fast_wave_ducks_the_light_three_times_a_second_and_then_lets_it_rest():
    flash = Flash()
    asked = [1.0] * 60 + [0.2 if n % 6 < 3 else 1.0 for n in range(60, 360)]
    shown = [flash.light(b, 0.0, False, False, 2.0, n / 60)[0] for n, b in enumerate(asked)]
    assert len(turns(shown, DIMMER)) == pytest.approx(2 * 3 * 5, abs=2)
    assert sum(b == 1 for b in shown[60:]) > 0.7 * 300  # it rests where it came from


def test_a_small_flicker_and_a_slow_fade_are_left():
    flash = Flash()
    asked = [n / 600 + 0.04 * (n % 2) for n in range(600)]
    assert [flash.light(b, 0.0, False, False, 2.0, n / 60)[0] for n, b in enumerate(asked)] == asked
