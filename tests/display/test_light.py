"""The light of the wall: levels are held together, colours each by itself, the rest is left."""

from itertools import pairwise

from frames import turns
from hypothesis import given
from hypothesis import strategies as st

from engine.display.flash import DIMMER
from engine.display.light import Light
from engine.parameters import SAFE_FLASHES, Store

STILL = Store().values()
FRAME = 1 / 60


def shown(frames):
    light = Light()
    return [light.step(STILL | frame, n * FRAME)[0] for n, frame in enumerate(frames)]


def test_a_still_wall_is_shown_as_it_is_asked_for():
    assert shown([{}] * 3) == [STILL] * 3


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 0.9)), min_size=1, max_size=200))
def test_brightness_and_black_in_turns_flash_no_more_often_than_one_alone(pairs):
    seen = shown([{"output.brightness": a, "output.black": b} for a, b in pairs])
    levels = [each["output.brightness"] * (1 - each["output.black"]) for each in seen]
    assert all((each["output.brightness"], each["output.black"]) in pairs for each in seen)
    moments = [n * FRAME for n in turns(levels, DIMMER + 1e-9)]
    assert all(c - a >= 1 / SAFE_FLASHES - 1e-9 for a, c in zip(moments, moments[2:], strict=False))


def test_a_turn_of_the_tint_that_comes_too_soon_waits_while_the_levels_go_on():
    frames = [
        {
            "output.tint": 0.5,
            "output.tint_hue": 90.0 * (n // 3 % 2),
            "output.brightness": 0.5 + n / 99,
        }
        for n in range(40)
    ]
    seen = shown(frames)
    assert [each["output.brightness"] for each in seen] == [f["output.brightness"] for f in frames]
    hues = [each["output.tint_hue"] for each in seen]
    assert sum(a != b for a, b in pairwise(hues)) <= 2 * SAFE_FLASHES * 40 * FRAME
