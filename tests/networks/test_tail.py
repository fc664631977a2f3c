"""The discriminator's end: fc, the score by class, the style head, against the plain reference."""

import networks_at_random
import pytest
import torch

from benchmarks.plain import PlainDiscriminator
from engine.networks.discriminator import Discriminator
from engine.networks.layers import verify


def pair(**shape):
    """Return a random network as it dreams, in double precision, and as the plain reference."""
    network = networks_at_random.discriminator(**shape)
    verify(network)
    double = torch.float64
    return Discriminator(network, "cpu", double), PlainDiscriminator(network, dtype=double)


def picture(h=37, w=45, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, 3, h, w, generator=generator, dtype=torch.float64) * 0.5


def differences(ours, theirs, x, names, label=None):
    """Return the relative error of each layer, and that of the gradient at the picture."""
    features, tape = ours.forward(x, names, label)
    seeds = {n: torch.randn_like(f.contiguous()) for n, f in sorted(features.items())}
    gradient = ours.backward(tape, seeds)
    x = x.clone().requires_grad_(True)
    wanted = theirs.features(x, names)
    total = sum((wanted[n] * s).sum() for n, s in seeds.items())
    (expected,) = torch.autograd.grad(total, x)
    pairs = [(features[n], wanted[n].detach()) for n in features] + [(gradient, expected)]
    assert all(a.shape == b.shape for a, b in pairs)
    return [float((a - b).norm() / b.norm()) for a, b in pairs]


@pytest.mark.parametrize("names", [["style"], ["style", "out"], ["style", "fc", "b8_conv0"]])
def test_styles_and_their_way_back_equal_the_plain_reference(names):
    assert max(differences(*pair(styles=5), picture(), names)) < 1e-7


def test_the_starters_styles_have_their_names(network):
    assert (network.styles, len(network.style_names)) == (16, 16)
    assert network.style_names[:3] == ("petals", "mandala", "spiral")
    features, _ = network.forward(picture(64, 64), ["style"])
    assert features["style"].shape == (1, 16)
    assert "style" not in network.layers
    assert network.stride(["style"]) == network.stride(["fc"]) == 64


def test_a_network_without_a_style_head_has_no_styles():
    ours, _ = pair()
    assert (ours.styles, ours.style_names) == (0, ())
