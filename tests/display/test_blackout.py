"""The blackout's fade goes by the clock, a cut ends it, and no press is lost or turned round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.display.blackout import Blackout


@pytest.mark.parametrize("frames", [1, 3, 7, 50])
def test_a_fade_takes_its_seconds_however_many_frames_there_are(frames):
    black = Blackout()
    assert black.light(False, 0.5, 10.0) == 1
    lights = [black.light(True, 0.5, 20 + 0.5 * n / frames) for n in range(frames + 1)]
    assert lights == pytest.approx([1 - n / frames for n in range(frames + 1)])
    assert black.light(True, 0.5, 30.0) == 0
    assert black.light(False, 0.5, 40.0) == 0
    assert black.light(False, 0.5, 40.25) == pytest.approx(0.5)
    assert black.light(False, 0.5, 40.5) == 1


def test_it_turns_round_from_where_it_is():
    black = Blackout()
    black.light(True, 1.0, 0.0)
    assert black.light(True, 1.0, 0.75) == pytest.approx(0.25)
    assert black.light(False, 1.0, 0.75) == pytest.approx(0.25)
    assert black.light(False, 1.0, 1.0) == pytest.approx(0.5)


@pytest.mark.parametrize("dark", [True, False])
def test_a_cut_ends_the_fade_at_once_and_the_next_one_fades_again(dark):
    black = Blackout()
    for moment in (0.0, 5.0):
        black.light(not dark, 1.0, moment)
    assert black.light(dark, 1.0, 10.0) == black.light(not dark, 1.0, 10.0)
    black.light(dark, 1.0, 10.1)
    assert black.fading(dark)
    black.cut()
    assert black.light(dark, 1.0, 10.2) == float(not dark)
    assert black.light(dark, 1.0, 10.3) == float(not dark)
    assert not black.fading(dark)
    black.light(not dark, 1.0, 11.0)
    assert black.light(not dark, 1.0, 11.5) == pytest.approx(0.5)


def test_a_press_that_no_frame_has_seen_yet_is_fading():
    black = Blackout()
    black.light(False, 0.5, 0.0)
    assert black.fading(True)
    black.cut()
    assert black.light(True, 0.5, 0.1) == 0


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 3), st.floats(0, 1)), max_size=30))
def test_light_is_never_outside_and_always_gets_there(steps):
    black, now = Blackout(), 0.0
    for dark, seconds, dt in steps:
        now += dt
        assert 0 <= black.light(dark, seconds, now) <= 1
    assert black.light(True, 1.0, now) >= black.light(True, 1.0, now + 2) == 0
