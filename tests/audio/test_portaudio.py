from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audio.portaudio import Moments, choose


def device(name: str, hostapi: str = "ALSA", channels: int = 2, default: bool = False) -> dict:
    return {"name": name, "hostapi": hostapi, "channels": channels, "default": default}


DEVICES = [
    device("HDA Intel: ALC (hw:0,0)"),
    device("Scarlett 2i2 USB: Audio (hw:1,0)"),
    device("Scarlett 18i20", "Windows WASAPI"),
    device("Scarlett 18i20", "MME"),
    device("Monitor", channels=0),
    device("default", default=True),
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    (
        ("", 5),
        ("default", 5),
        ("DEFAULT", 5),
        ("HDA Intel: ALC (hw:0,0)", 0),
        ("2i2", 1),
        ("Scarlett 2i2 USB: Audio (hw:3,0)", 1),  # the card's number has changed
        ("Scarlett 18i20", 2),
        ("Scarlett 18i20, MME", 3),
        ("18i20", 2),
    ),
)
def test_a_device_is_found_by_name(wanted, found):
    assert choose(DEVICES, wanted) is DEVICES[found]


@pytest.mark.parametrize("wanted", ("Focusrite", "Monitor", "hw:", "Scarlett", "2i2 mk3"))
def test_no_other_device_is_taken_instead(wanted):
    assert choose(DEVICES, wanted) is None


def test_without_a_default_there_is_no_default():
    assert choose([device("line")], "") is None
    assert choose([], "") is None


@given(st.lists(st.floats(-0.02, 0.02), min_size=50, max_size=300), st.floats(0, 1e6))
def test_moments_smooth_the_jitter_of_callbacks(jitter, start):
    moments, seconds = Moments(), 256 / 48000
    placed = [moments.place(start + k * seconds + j, seconds) for k, j in enumerate(jitter)]
    steps = [b - a for a, b in pairwise(placed)]
    assert all(abs(step - seconds) < 0.02 * 0.041 for step in steps)


def test_moments_follow_a_gap_at_once():
    moments = Moments()
    moments.place(10.0, 0.005)
    assert moments.place(12.0, 0.005) == 12.0
