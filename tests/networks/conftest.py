"""The starter pair, as read and in double precision."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.plain import PlainDiscriminator
from engine.networks import files
from engine.networks.discriminator import Discriminator

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def discriminator_path():
    return ROOT / "networks/ornament-256-discriminator.safetensors"


@pytest.fixture(scope="session")
def generator_path():
    return ROOT / "networks/ornament-256-generator.safetensors"


@pytest.fixture(scope="session")
def discriminator_file(discriminator_path):
    return files.read(discriminator_path)


@pytest.fixture(scope="session")
def generator_file(generator_path):
    return files.read(generator_path)


@pytest.fixture(scope="session")
def network(discriminator_file):
    """The discriminator as it dreams on a CPU."""
    return Discriminator(discriminator_file)


@pytest.fixture(scope="session")
def exact_network(discriminator_file):
    """The discriminator in float64 from its stored tensors on, so that nothing is rounded."""
    double = {name: tensor.double() for name, tensor in discriminator_file.tensors.items()}
    return Discriminator(replace(discriminator_file, tensors=double), "cpu", torch.float64)


@pytest.fixture(scope="session")
def plain_network(discriminator_file):
    return PlainDiscriminator(discriminator_file, dtype=torch.float64)
