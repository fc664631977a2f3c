"""The dream's thread dreams less where machine or memory are too small for what was asked."""

import time

import numpy as np
import pytest
import torch
from running import HERE, SIZE, STILL, noting, other, picture
from waiting import until

from engine.dream import crossing, memory
from engine.dream.governor import Quality
from engine.dream.ways import TRIED, Tuner, Way
from engine.latent.walker import Walker
from engine.networks.discriminator import Discriminator
from engine.networks.files import read
from engine.networks.generator import Generator
from engine.options import GENERATOR

pytestmark = pytest.mark.usefixtures("one_core")


class Slow(Discriminator):
    """A network that takes its time."""

    def forward(self, x, layers, label=None):
        time.sleep(0.2)
        return super().forward(x, layers, label)


class Hungry(Discriminator):
    """A network that no memory holds at more than forty lines."""

    def forward(self, x, layers, label=None):
        if x.shape[2] > 40:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().forward(x, layers, label)


def test_what_the_governor_takes_away_is_dreamed_and_told(stage):
    runner = stage(**{"dream.octaves": 3, "dream.iterations": 4})
    runner._governor.down = {"iterations": 1, "size": 0, "octaves": 1}
    asked = noting(runner)
    runner._dream(0.1, np.eye(3), HERE)
    assert runner.quality == Quality(2, 3, SIZE)
    assert [(s["dream.octaves"], s["dream.iterations"]) for _, s in asked] == [(2, 3)]


def test_switched_off_the_governor_gives_all_back(stage):
    runner = stage(**{"dream.governor": 0, "dream.iterations": 4})
    runner._governor.down = {"iterations": 2, "size": 0, "octaves": 0}
    runner._dream(0.1, np.eye(3), HERE)
    assert runner.quality.iterations == 4


def test_a_machine_that_is_too_slow_dreams_less(stage, starter):
    runner = stage(**{"dream.iterations": 8, "dream.rate": 8})
    runner.dreamer.network = runner._crossing.new = Slow(starter)
    runner._tuner = Tuner([Way(1)])
    runner.start()
    until(lambda: runner.quality.iterations < 8)
    assert runner.errors == []


def test_far_too_slow_it_dreams_less_before_it_knows_its_best_way(stage):
    runner = stage(**{"dream.iterations": 20, "dream.rate": 60})
    runner.start()
    until(lambda: runner.quality.iterations < 20)
    assert runner.dreamer.number < 2 * TRIED


def test_a_setting_that_is_held_is_left_alone(stage, starter):
    runner = stage(**{"dream.iterations": 8})
    runner._held = lambda: {"dream.iterations", "size"}
    runner._governor.down = {"iterations": 3, "size": 2, "octaves": 1}
    runner._dream(0.1, np.eye(3), HERE)
    assert runner.quality == Quality(2, 8, SIZE)


def test_a_new_size_goes_on_with_the_picture(stage):
    start = picture((192, 108))
    runner = stage(start=start.clone(), **STILL)
    runner._governor.down = {"iterations": 0, "size": 1, "octaves": 0}
    runner._dream(0.1, np.eye(3), HERE)
    (smaller, _) = runner.pictures.all[-1]
    assert smaller.pixels.shape == (92, 164, 4)
    assert (smaller.pixels[..., 3] == 255).all()
    runner._governor.off()
    runner._dream(0.1, np.eye(3), HERE)
    assert runner.pictures.all[-1][0].pixels.shape == (108, 192, 4)
    difference = (runner.dreamer.picture - start).abs()
    assert float(difference.mean()) < 0.04 * float(start.abs().mean())


def test_the_latent_walks_picture_comes_at_the_size_of_the_dream(stage):
    walker = Walker(Generator(read(GENERATOR)), (192, 108), print)
    still = {**STILL, "latent.mix": 4, "latent.speed": 0}
    runner = stage(walker, start=picture((192, 108)), **still)
    until(lambda: walker.at(0.0, 0, 0.8) is not None)
    runner._governor.down = {"iterations": 0, "size": 2, "octaves": 0}
    runner._dream(0.1, np.eye(3), HERE)
    assert runner.errors == []


@pytest.mark.parametrize("size", [(96, 64), (333, 100)])
def test_a_size_that_the_memory_does_not_hold_becomes_smaller_and_is_said(stage, starter, size):
    runner = stage(start=picture(size))
    runner.dreamer.network = runner._crossing.new = other(starter, Hungry, "hungry")
    runner.start()
    until(lambda: runner.pictures.all)
    w, h = runner.quality.size
    assert h <= 40
    assert w / h == pytest.approx(size[0] / size[1], rel=0.03)
    assert runner.errors[0].startswith(f"not enough memory to dream {size[0]}x{size[1]} through hu")
    many = len(runner.errors)
    number = len(runner.pictures.all)
    until(lambda: len(runner.pictures.all) > number + 3)
    assert len(runner.errors) == many


def test_a_size_beyond_the_free_memory_is_never_tried(network, stage, monkeypatch):
    half = memory.needed(network, (128, 96)) / 2
    monkeypatch.setattr(memory, "free", lambda device: half)
    runner = stage(start=picture((128, 96)))
    w, h = runner.quality.size
    assert memory.needed(network, (w, h)) < half
    assert runner.errors == [
        f"not enough memory to dream 128x96 through {network.name}: {w}x{h} instead"
    ]


def test_the_next_network_may_have_the_whole_size_again(stage, starter, monkeypatch):
    monkeypatch.setattr(crossing, "FADE", 0.3)
    runner = stage(start=picture((96, 64)))
    runner.dreamer.network = runner._crossing.new = other(starter, Hungry)
    runner.start()
    until(lambda: runner.pictures.all)
    said = list(runner.errors)
    runner.use(other(starter))
    until(lambda: runner.quality.size == (96, 64) and runner._crossing.old is None)
    assert said
    assert runner.errors == said
