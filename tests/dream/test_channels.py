"""The channel walk: unit vectors, the same everywhere, without a jump in place or width."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dream.channels import seeded, swept, walked

COUNTS = st.sampled_from([1, 32, 64, 256, 512])
SEEDS = st.integers(0, 9999)
PLACES = st.floats(0, 9999)
WIDTHS = st.floats(1, 512)
# Played sets and presets name seeds: a seed must be the same world for ever.
PINNED = {
    (0, 256): [102, 192, 67, 3],
    (40, 256): [100, 119, 144, 222],
    (9999, 32): [10, 7, 18, 8],
}


def degrees(a, b):
    return math.degrees(math.acos(min(float(a @ b), 1.0)))


@given(place=PLACES, width=WIDTHS, count=COUNTS)
def test_a_vector_has_unit_length_and_no_negative_channel(place, width, count):
    vector = walked(place, width, count)
    assert vector.shape == (count,)
    assert np.linalg.norm(vector) == pytest.approx(1)
    assert vector.min() >= 0


@given(seed=SEEDS, width=st.integers(1, 512), count=COUNTS)
def test_a_seeds_width_is_its_number_of_channels_all_alike(seed, width, count):
    vector = seeded(seed, width, count)
    on = vector[vector > 0]
    assert len(on) == min(width, count)
    assert on == pytest.approx(np.full(len(on), len(on) ** -0.5))


@pytest.mark.parametrize(("key", "channels"), PINNED.items(), ids=str)
def test_a_seed_is_the_same_world_for_ever(key, channels):
    seed, count = key
    entered = [set(np.flatnonzero(seeded(seed, width, count))) for width in range(5)]
    order = [(entered[i + 1] - entered[i]).pop() for i in range(1, 4)]
    assert [*entered[1], *order] == channels


@given(seed=SEEDS, width=WIDTHS, count=COUNTS)
def test_the_walk_passes_through_its_seeds(seed, width, count):
    assert walked(seed, width, count) == pytest.approx(seeded(seed, width, count), abs=1e-9)


@given(place=PLACES, width=WIDTHS, count=COUNTS)
def test_a_small_step_of_the_walk_is_a_small_turn(place, width, count):
    """Two worlds are at most a right angle apart, so a hundredth of a seed is at most 0.9 deg."""
    assert degrees(walked(place, width, count), walked(place + 0.01, width, count)) <= 0.91


@given(place=PLACES, width=st.floats(1, 511), count=st.sampled_from([256, 512]))
def test_a_small_step_of_the_width_is_a_small_turn(place, width, count):
    assert degrees(walked(place, width, count), walked(place, width + 0.01, count)) < 1.5


@given(seed=SEEDS)
def test_neighbouring_seeds_are_different_worlds(seed):
    assert degrees(seeded(seed, 6, 256), seeded(seed + 1, 6, 256)) > 45


def test_one_seed_chooses_differently_in_layers_of_different_width():
    assert set(np.flatnonzero(seeded(7, 6, 256))) != set(np.flatnonzero(seeded(7, 6, 512)))


def test_the_widest_is_the_whole_layer_whatever_the_seed():
    assert degrees(seeded(1, 512, 256), walked(77.5, 256, 256)) < 1e-3


def test_halfway_between_two_seeds_is_between_them():
    a, b, middle = seeded(3, 6, 256), seeded(4, 6, 256), walked(3.5, 6, 256)
    assert degrees(a, middle) == pytest.approx(degrees(middle, b))
    assert degrees(a, middle) == pytest.approx(degrees(a, b) / 2)


@given(place=st.floats(0, 1), width=WIDTHS, count=COUNTS)
def test_swept_channels_lie_side_by_side_within_the_layer(place, width, count):
    vector = swept(place, width, count)
    on = np.flatnonzero(vector)
    assert np.linalg.norm(vector) == pytest.approx(1)
    assert len(on) == on[-1] - on[0] + 1
    assert min(width, count) - 1e-6 <= len(on) <= math.ceil(min(width, count)) + 1


@pytest.mark.parametrize("count", [1, 32, 256])
def test_a_sweep_of_one_channel_goes_from_the_first_to_the_last(count):
    for channel in {0, count // 2, count - 1}:
        vector = swept(channel / max(count - 1, 1), 1, count)
        assert vector[channel] == pytest.approx(1)
