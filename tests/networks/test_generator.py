"""The generator against the plain reference, and what truncation and latents must do."""

import networks_at_random
import numpy as np
import pytest
import torch

from benchmarks.plain import PlainGenerator
from engine.networks.files import NetworkError
from engine.networks.generator import Generator
from engine.networks.layers import verify


@pytest.fixture(scope="module")
def generator(generator_file):
    return Generator(generator_file)


@pytest.fixture(scope="module")
def plain_generator(generator_file):
    return PlainGenerator(generator_file, dtype=torch.float64)


@pytest.fixture(autouse=True)
def no_graph():
    with torch.no_grad():
        yield


def latent(generator, seed):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((1, generator.z_dim)))


@pytest.mark.parametrize(("seed", "psi"), [(0, 1.0), (1, 0.5)])
def test_the_picture_equals_the_plain_reference(generator, plain_generator, seed, psi):
    z = latent(generator, seed)
    ours = generator.draw(generator.map(z.float(), psi))
    theirs = plain_generator.draw(plain_generator.map(z, psi))
    assert ours.shape == (1, 3, 256, 256)
    assert float((ours - theirs).norm() / theirs.norm()) < 1e-4


def test_the_same_latent_is_the_same_picture(generator):
    z = latent(generator, 5).float()
    first, second = (generator.draw(generator.map(z)) for _ in range(2))
    assert torch.equal(first, second)


def test_another_latent_is_another_picture(generator):
    one, other = (generator.draw(generator.map(latent(generator, s).float())) for s in (6, 7))
    assert float((one - other).abs().mean()) > 0.05


def test_only_the_direction_of_a_latent_counts(generator):
    z = latent(generator, 8).float()
    assert torch.allclose(generator.map(z), generator.map(z * 40), atol=1e-4)


def test_without_range_every_latent_is_the_average(generator):
    for seed in range(3):
        w = generator.map(latent(generator, seed).float(), psi=0.0)
        assert torch.allclose(w[0], generator.t["mapping.w_avg"], atol=1e-6)


def test_truncation_is_a_straight_line_from_the_average(generator):
    z = latent(generator, 9).float()
    whole, average = generator.map(z, 1.0), generator.map(z, 0.0)
    assert torch.allclose(generator.map(z, 0.3), average.lerp(whole, 0.3), atol=1e-6)


def test_pictures_have_the_range_of_pictures(generator):
    picture = generator.draw(generator.map(latent(generator, 10).float(), 0.8))
    assert 0.1 < float(picture.std()) < 1.0
    assert float(picture.abs().quantile(0.9)) < 1.5


def test_a_discriminator_is_refused(discriminator_file):
    with pytest.raises(NetworkError, match=r"discriminator\.safetensors: a discriminator, not a"):
        Generator(discriminator_file)


@pytest.mark.parametrize("architecture", ["skip", "resnet", "orig"])
@pytest.mark.parametrize("clamp", [None, 1.5])
@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("noise", [True, False])
def test_every_shape_of_generator_equals_the_plain_reference(architecture, clamp, classes, noise):
    shape = {"clamp": clamp, "classes": classes, "noise": noise}
    network = networks_at_random.generator(architecture, **shape)
    verify(network)
    ours, theirs = Generator(network), PlainGenerator(network, dtype=torch.float64)
    theirs.label = torch.tensor([[0.0, 0.5, 0.5]], dtype=torch.float64) if classes else None
    assert (ours.classes, ours.z_dim) == (classes, 7)
    z = latent(ours, 3)
    one, other = ours.map(z, 0.7, 1.5), theirs.map(z, 0.7)
    assert torch.allclose(one, other, atol=1e-12)
    one, other = ours.draw(one), theirs.draw(other)
    assert one.shape == (1, 3, 32, 32)
    assert float((one - other).norm() / other.norm()) < 1e-10


@pytest.mark.parametrize("resolution", [4, 8, 64])
def test_a_generator_of_any_resolution(resolution):
    network = networks_at_random.generator(resolution=resolution, base=64, most=5)
    verify(network)
    ours, theirs = Generator(network), PlainGenerator(network, dtype=torch.float64)
    w = ours.map(latent(ours, 1))
    assert torch.allclose(ours.draw(w), theirs.draw(w), atol=1e-9)


def test_another_class_is_another_picture():
    network = networks_at_random.generator(classes=3)
    ours = Generator(network)
    z = latent(ours, 1)
    assert not torch.allclose(ours.draw(ours.map(z, label=0)), ours.draw(ours.map(z, label=2)))
