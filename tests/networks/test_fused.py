"""The fused kernels of a card, held against the plain blocks. Needs a card with Triton."""

import networks_at_random
import pytest
import torch

from engine.networks.convolution import fuses
from engine.networks.discriminator import Discriminator

card = torch.cuda.is_available() and fuses(torch.device("cuda"))
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not card, reason="needs a CUDA card, and Triton")]


def pair(dtype=torch.float32, **shape):
    """Return the same network twice: on the card as it dreams there, and plainly on the CPU."""
    file = networks_at_random.discriminator(**shape)
    return Discriminator(file, "cuda", dtype), Discriminator(file, "cpu", torch.float32)


def both(networks, names, size, count=1):
    """Return features and gradients at the picture of both networks, on the CPU."""
    random = torch.Generator().manual_seed(0)
    x, found = torch.randn(count, 3, *size, generator=random) * 0.5, []
    seeds = None
    for network in reversed(networks):
        features, tape = network.forward(x.to(network.device), names)
        if seeds is None:
            seeds = {n: torch.randn(f.shape, generator=random) for n, f in features.items()}
        last = {"memory_format": torch.channels_last}
        given = {n: s.to(network.device, network.dtype) for n, s in seeds.items()}
        given = {n: s.contiguous(**last) if s.dim() == 4 else s for n, s in given.items()}
        gradient = network.backward(tape, given).cpu()
        found.append(({n: f.float().cpu() for n, f in features.items()}, gradient))
    return found


def relative(a, b):
    return float((a - b).norm() / b.norm())


@pytest.fixture(autouse=True)
def exact(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


@pytest.mark.parametrize("architecture", ["resnet", "skip", "orig"])
@pytest.mark.parametrize("clamp", [None, 0.7])
@pytest.mark.parametrize("size", [(32, 32), (45, 71)])
def test_layers_and_the_way_back_equal_the_plain_blocks(architecture, clamp, size):
    networks = pair(architecture=architecture, clamp=clamp, most=24)
    names = ["from_rgb", "b32_conv0", "b16_conv1", "b8_conv0", "b4_conv"]
    (theirs, their_gradient), (ours, gradient) = both(networks, names, size)
    assert max(relative(ours[n], theirs[n]) for n in names) < 1e-4
    assert relative(gradient, their_gradient) < 1e-3


def test_more_channels_than_one_program_takes():
    networks = pair(most=130, base=4160)
    names = ["from_rgb", "b32_conv0", "b16_conv1", "b8_conv1"]
    (theirs, their_gradient), (ours, gradient) = both(networks, names, (36, 40))
    assert ours["from_rgb"].shape[1] == 130
    assert max(relative(ours[n], theirs[n]) for n in names) < 1e-4
    assert relative(gradient, their_gradient) < 1e-3


def test_two_pictures_at_once_are_two_pictures():
    networks = pair(most=24)
    (_, theirs), (_, ours) = both(networks, ["b16_conv1"], (40, 64), count=2)
    assert relative(ours, theirs) < 1e-3


@pytest.mark.parametrize("architecture", ["resnet", "skip", "orig"])
def test_half_precision_points_the_same_way(architecture):
    networks = pair(torch.bfloat16, architecture=architecture, most=64, base=1024)
    (_, theirs), (_, ours) = both(networks, ["b16_conv1"], (64, 64))
    assert torch.cosine_similarity(ours.flatten(), theirs.flatten(), 0) > 0.99
