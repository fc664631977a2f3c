"""The latent walk: small steps on the sphere, through every seed's point, the same every time."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.latent.walk import LARGEST_STEP, Walk, leg, point

SEEDS = st.integers(0, 9999)
DIMENSIONS = st.sampled_from([2, 64, 256, 512])


def degrees(a, b):
    return math.degrees(math.acos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1)))


@given(seed=SEEDS, dimensions=DIMENSIONS, start=st.integers(0, 60))
def test_neighbours_are_at_most_ten_degrees_apart(seed, dimensions, start):
    walk = Walk(seed, dimensions)
    steps = [walk.latent(start + i) for i in range(15)]
    turns = [degrees(a, b) for a, b in itertools.pairwise(steps)]
    assert 0 < max(turns) <= LARGEST_STEP + 1e-6


@given(seed=SEEDS, dimensions=DIMENSIONS, number=st.integers(0, 200))
def test_every_step_has_the_length_of_a_random_latent(seed, dimensions, number):
    latent = Walk(seed, dimensions).latent(number)
    assert latent.shape == (dimensions,)
    assert np.linalg.norm(latent) == pytest.approx(math.sqrt(dimensions))


@given(seed=SEEDS, dimensions=DIMENSIONS)
def test_the_walk_starts_at_its_seed_and_passes_through_the_next_ones(seed, dimensions):
    walk, number = Walk(seed, dimensions), 0
    for following in range(3):
        expected = point(seed + following, dimensions) * math.sqrt(dimensions)
        assert walk.latent(number) == pytest.approx(expected, abs=1e-9)
        number += leg(seed + following, dimensions)[3]


@given(seed=SEEDS, numbers=st.lists(st.integers(0, 150), min_size=1, max_size=8))
def test_a_step_is_the_same_whatever_was_asked_before(seed, numbers):
    walk = Walk(seed, 64)
    for number in numbers:
        assert np.array_equal(walk.latent(number), Walk(seed, 64).latent(number))


@given(seed=SEEDS)
def test_other_seeds_walk_elsewhere(seed):
    assert degrees(Walk(seed, 256).latent(0), Walk(seed + 1, 256).latent(0)) > 45


def test_a_seed_is_the_same_point_for_ever():
    """A preset names seeds: what they show must not change with a version."""
    assert point(0, 256)[:3] == pytest.approx([0.007766, -0.00816, 0.039559], abs=1e-6)
    assert point(9999, 256)[:2] == pytest.approx([-0.027187, -0.008638], abs=1e-6)
