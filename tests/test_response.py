"""How a mapping answers: chance, hold and delay in closed form, the same at every rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.response import SWING, Response

UNIT = st.floats(0, 1)


@pytest.mark.parametrize("rate", [24, 60, 240])
@given(seconds=st.floats(0.05, 2.0))
def test_a_delayed_ramp_is_the_ramp_of_before_at_every_rate(rate, seconds):
    response = Response()
    for frame in range(1, 3 * rate):
        out = response.delay(frame / rate, seconds, 1 / rate)
        assert out == pytest.approx(max(frame / rate - seconds, 1 / rate), abs=1e-9)


def test_a_delay_that_is_turned_up_begins_with_what_is_there():
    response = Response()
    assert [response.delay(0.7, 0.5, 0.1) for _ in range(3)] == [0.7] * 3


def test_a_delay_remembers_no_more_than_it_needs():
    response = Response()
    for frame in range(5000):
        response.delay(frame, 0.5, 1 / 60)
    assert len(response._past) < 40


def test_a_delay_that_was_off_begins_with_what_is_there():
    response = Response()
    seen = [response.delay(*step, 0.1) for step in ((0.2, 0.5), (0.9, 0.0), (0.7, 0.5), (0.8, 0.5))]
    assert seen == [0.2, 0.9, 0.7, 0.7]


@given(values=st.lists(st.tuples(UNIT, st.booleans()), min_size=1, max_size=40))
def test_a_hold_shows_what_was_at_the_last_step(values):
    response, held = Response(), values[0][0]
    for x, came in values:
        held = x if came else held
        assert response.hold(x, came, 1.0, 0.99) == held


def test_a_step_that_is_not_taken_leaves_what_was():
    response = Response()
    seen = [response.hold(x, True, 0.5, luck) for x, luck in ((1, 0.9), (2, 0.4), (3, 0.6))]
    assert seen == [1, 2, 2]


def gated(values, lucks):
    """Return what passes of these values at even chances, one of `lucks` for each frame."""
    response = Response()
    return [response.gate(x, 0.5, luck) for x, luck in zip(values, lucks, strict=True)]


def test_a_rise_is_taken_whole_or_not_at_all():
    pulse = [1.0, 0.6, 0.3, 0.0]
    lucks = [0.1, 0.9, 0.9, 0.9] + [0.9, 0.1, 0.1, 0.1] + [0.1] * 4
    assert gated(pulse * 3, lucks) == pulse + [0.0] * 4 + pulse


def test_noise_is_no_rise():
    low, high = 0.5, 0.5 + SWING / 2
    assert gated([low, high] * 20, [0.1] + [0.9] * 39) == [low, high] * 20


@given(values=st.lists(UNIT, max_size=50), luck=UNIT)
def test_a_gate_gives_the_signal_or_nothing(values, luck):
    for x, out in zip(values, gated(values, [luck] * len(values)), strict=True):
        assert out in (x, 0.0)
    assert luck < 0.5 or not any(gated(values, [luck] * len(values)))
