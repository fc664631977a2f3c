"""A network to dream through, the snapshot that a dream is made from, the thread that dreams."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from running import Pictures, picture

from benchmarks.plain import PlainDiscriminator
from engine.camera import CameraPath
from engine.dream.runner import Runner
from engine.networks import files
from engine.networks.discriminator import Discriminator
from engine.parameters import Store

STARTER = Path(__file__).resolve().parents[2] / "networks/ornament-256-discriminator.safetensors"


@pytest.fixture(scope="session")
def starter():
    return files.read(STARTER)


@pytest.fixture(scope="session")
def network(starter):
    """The discriminator as it dreams on a CPU."""
    return Discriminator(starter)


@pytest.fixture(scope="session")
def exact_network(starter):
    """The discriminator in float64 from its stored tensors on, so that nothing is rounded."""
    double = {name: tensor.double() for name, tensor in starter.tensors.items()}
    return Discriminator(replace(starter, tensors=double), "cpu", torch.float64)


@pytest.fixture(scope="session")
def plain_network(starter):
    return PlainDiscriminator(starter, dtype=torch.float64)


@pytest.fixture(scope="session")
def snapshot(network):
    """Return snapshot(id=value, ...) of the defaults with one layer, `_` standing for the dots."""

    def make(**changes):
        store = Store()
        store.fill("dream.layer.", dict.fromkeys(network.layers, 0.0))
        store.set("dream.layer.b16_conv1", 1.0)
        for id, value in changes.items():
            store.set(id, value)
        return store.snapshot()

    return make


@pytest.fixture
def one_core():
    """One core for this thread, so that nobody waits for another; its share back afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def stage(network, snapshot):
    """Makes runners: stage(values, walker) -> a Runner; what it reports lies in its lists."""
    made = []

    def make(walker=None, start=None, **values):
        values, path, pictures, took, errors = snapshot(**values), CameraPath(), Pictures(), [], []
        start = picture() if start is None else start
        runner = Runner(
            network, start, walker, lambda: values, path, pictures, took.append, errors.append
        )
        runner.path, runner.pictures, runner.took, runner.errors = path, pictures, took, errors
        made.append(runner)
        return runner

    yield make
    for runner in made:
        runner.stop()
