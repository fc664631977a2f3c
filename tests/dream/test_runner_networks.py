"""The dream's thread goes from network to network, and on with the last good one."""

import numpy as np
import pytest
import torch
from running import HERE, noting, other
from waiting import until

from engine.dream.ways import Tuner, Way
from engine.networks.convolution import Convolution
from engine.networks.discriminator import Discriminator

pytestmark = pytest.mark.usefixtures("one_core")


class Broken(Discriminator):
    """A network that cannot be dreamed through."""

    def forward(self, x, layers, label=None):
        raise RuntimeError("no memory left")


def test_a_network_that_fails_is_said_once_and_the_last_good_one_dreams_on(stage, starter):
    runner = stage()
    runner.start()
    good = other(starter)
    runner.use(good)
    until(lambda: runner.dreamer.network is good and len(runner.pictures.all) > 3)
    runner.use(other(starter, Broken, "broken"))
    until(lambda: runner.errors)
    many = len(runner.pictures.all)
    until(lambda: len(runner.pictures.all) >= many + 5)
    runner.stop()
    assert runner.errors == ["broken failed: no memory left"]
    assert runner.dreamer.network is good
    numbers = [p.number for p, _ in runner.pictures.all]
    assert numbers == list(range(1, len(numbers) + 1))


def test_use_changes_the_network_while_it_dreams(stage, starter, network):
    runner = stage()
    runner.start()
    until(lambda: runner.pictures.all)
    assert runner.dreamer.network is network
    first, second = other(starter, name="first"), other(starter, name="second")
    for wanted in (first, second, first):
        runner.use(wanted)
        until(lambda wanted=wanted: runner.dreamer.network is wanted)
    assert runner.errors == []


def test_a_network_is_announced_before_it_dreams_and_the_old_one_when_it_fails(stage, starter):
    said = []
    runner = stage()
    runner._began = lambda network: said.append(network.name)
    first = runner.network
    runner.start()
    runner.use(other(starter, Broken, "broken"))
    until(lambda: runner.errors)
    until(lambda: len(said) == 2)
    assert said == ["broken", first.name]
    assert runner.network is first


def test_while_networks_cross_each_dreams_in_its_own_layers(stage, starter):
    runner = stage()
    values, first = dict(runner._snapshot()), runner.network.name
    runner._snapshot = lambda: values

    def began(network):
        values.pop("dream.layer.b16_conv1")
        values["dream.layer.b8_conv0"] = 1.0

    runner._began = began
    asked = noting(runner)
    runner.start()
    until(lambda: runner.pictures.all)
    runner.use(other(starter))
    until(lambda: runner._crossing.old is None and runner.network.name == "other")
    runner.stop()
    for name, snapshot in asked:
        assert snapshot["dream.layer.b8_conv0" if name == "other" else "dream.layer.b16_conv1"] == 1
    assert {name for name, _ in asked} == {"other", first}
    assert runner.errors == []


def test_a_warmed_up_network_has_packed_all_that_its_first_dream_needs(stage, starter):
    runner = stage()
    runner._tuner = Tuner([Way(1), Way(2)])
    fresh = other(starter)
    before = runner.dreamer.picture.clone()
    runner.warm_up(fresh)
    packed = {id(c): set(c._packed) for c in convolutions(fresh)}
    assert any(packed.values())
    assert torch.equal(runner.dreamer.picture, before)
    torch.set_num_threads(1)
    runner.dreamer.network = runner._crossing.new = fresh
    runner._dream(0.1, np.eye(3), HERE)
    assert {id(c): set(c._packed) for c in convolutions(fresh)} == packed


def convolutions(part):
    """Return every convolution of a network, wherever it lies in it."""
    if isinstance(part, Convolution):
        return [part]
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    parts = [*parts, *getattr(part, "__dict__", {}).values()]
    return [c for p in parts for c in convolutions(p)]
