"""The walker with the starter generator: it draws ahead, never waits, and fades between steps."""

import threading
import time
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from waiting import until

from engine.latent.walk import LARGEST_STEP
from engine.latent.walker import AHEAD, Walker, cover
from engine.networks import files
from engine.networks.generator import Generator

STARTER = Path(__file__).resolve().parents[2] / "networks/ornament-256-generator.safetensors"
SIZE = (96, 64)
PATIENCE = 60  # seconds


class Gated(Generator):
    """The generator, which draws only while its gate is open."""

    def __init__(self, network):
        super().__init__(network)
        self.gate, self.drawn = threading.Event(), 0
        self.gate.set()

    def draw(self, w):
        assert self.gate.wait(PATIENCE)
        self.drawn += 1
        return super().draw(w)


@pytest.fixture(scope="module")
def network():
    return files.read(STARTER)


@pytest.fixture
def generator(network):
    return Gated(network)


@pytest.fixture
def errors():
    return []


@pytest.fixture
def walker(generator, errors):
    made = Walker(generator, SIZE, errors.append)
    yield made
    generator.gate.set()
    made.stop()


def settled(walker, degrees, seed=0, psi=0.8):
    """Return the walk's picture there, once both of its steps are drawn."""
    number = int(degrees / LARGEST_STEP)
    wanted = {(seed, round(psi, 2), number + i) for i in range(AHEAD + 1)}

    def ready():
        walker.at(degrees, seed, psi)
        return wanted <= walker.drawn.keys()

    until(ready)
    return walker.at(degrees, seed, psi)


def far(a, b):
    return float((a - b).abs().mean())


def test_asking_never_waits_for_the_drawing(walker, generator):
    generator.gate.clear()
    for degrees in (0.0, 5.0, 25.0):
        assert walker.at(degrees, 0, 0.8) is None
    generator.gate.set()
    picture = settled(walker, 25.0)
    generator.gate.clear()
    assert torch.equal(walker.at(25.0, 0, 0.8), picture)
    assert walker.at(25.0, 7, 0.8) is not None  # what is nearest, until the other seed is drawn


def test_a_picture_has_the_dreams_size_and_range(walker):
    picture = settled(walker, 3.0)
    assert picture.shape == (1, 3, SIZE[1], SIZE[0])
    assert float(picture.abs().max()) <= 1
    assert float(picture.std()) > 0.1


def test_a_few_steps_are_drawn_ahead_and_no_more(walker, generator):
    settled(walker, 0.0)
    assert sorted(walker.drawn) == [(0, 0.8, n) for n in range(AHEAD + 1)]
    drawn = generator.drawn
    for _ in range(50):
        walker.at(0.0, 0, 0.8)
        time.sleep(0.002)
    assert generator.drawn == drawn == AHEAD + 1
    settled(walker, LARGEST_STEP)
    assert generator.drawn == drawn + 1
    assert len(walker.drawn) == AHEAD + 1


def test_the_walk_has_no_jump(walker):
    """A degree is a tenth of the way to the next step, and the step itself is no edge."""
    places = [5.0, 8.0, 9.999, 10.0, 10.001, 12.0]
    pictures = dict(zip(places, (settled(walker, place) for place in places), strict=True))
    whole = far(walker.drawn[(0, 0.8, 1)], walker.drawn[(0, 0.8, 2)])
    assert far(pictures[9.999], pictures[10.0]) < 0.01 * whole
    assert far(pictures[10.0], pictures[10.001]) < 0.01 * whole
    assert far(pictures[10.0], pictures[12.0]) == pytest.approx(0.2 * whole, rel=0.01)


def test_a_place_between_two_steps_is_their_mixture(walker):
    middle = settled(walker, 2.5)
    first, second = (walker.drawn[(0, 0.8, n)] for n in (0, 1))
    assert torch.allclose(middle, first.lerp(second, 0.25), atol=1e-6)


def test_the_walk_moves_and_another_seed_or_truncation_is_another_picture(walker):
    start = settled(walker, 0.0)
    assert far(settled(walker, 40.0), start) > 0.05
    assert far(settled(walker, 0.0, seed=3), start) > 0.05
    assert far(settled(walker, 0.0, psi=0.2), start) > 0.05
    assert torch.allclose(settled(walker, 0.0), start, atol=1e-4)


def test_the_first_picture_is_where_the_walk_starts(walker):
    assert torch.allclose(walker.first(0, 0.8), settled(walker, 0.0), atol=1e-4)


def test_a_generator_that_fails_is_said_and_the_last_picture_stays(walker, generator, errors):
    before = settled(walker, 0.0)
    weights = generator.t
    generator.t = {n: t[:1] if t.dim() else t for n, t in weights.items()}
    walker.at(95.0, 0, 0.8)
    until(lambda: errors)
    assert walker.at(95.0, 0, 0.8) is not None
    generator.t = weights
    assert far(settled(walker, 95.0), before) > 0


def test_stopping_ends_the_thread(generator, errors):
    walker = Walker(generator, SIZE, errors.append)
    walker.at(0.0, 0, 0.8)
    walker.stop()
    assert not walker._thread.is_alive()


@given(w=st.integers(1, 60), h=st.integers(1, 60), ph=st.integers(1, 40), pw=st.integers(1, 40))
def test_a_picture_covers_any_size(w, h, ph, pw):
    assert cover(torch.rand(1, 3, ph, pw), (w, h)).shape == (1, 3, h, w)


def test_covering_keeps_the_middle_and_the_shape_of_things():
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    disc = ((rows - 31.5) ** 2 + (columns - 31.5) ** 2 < 15**2).float().expand(1, 3, 64, 64)
    wide = cover(disc, (128, 64))[0, 0]
    assert wide.shape == (64, 128)
    across, down = (wide.sum(axis).max() for axis in (1, 0))
    assert float(across) == pytest.approx(float(down), rel=0.05)
    assert float(across) == pytest.approx(60, rel=0.05)
    assert torch.allclose(wide, wide.flip(0).flip(1), atol=1e-4)
