"""The objective's gradient by hand against autograd, and what the logarithm is there for."""

import pytest
import torch

from benchmarks import plain
from engine.dream import objective

SHAPES = [(1, 8, 5, 7), (1, 256, 4, 4), (1, 16), (1, 1)]


def features(shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    f = torch.randn(shape, generator=generator, dtype=torch.float64)
    vector = torch.randn(shape[1], generator=generator, dtype=torch.float64)
    return f, vector / vector.norm()


@pytest.mark.parametrize("weight", [1.0, 0.3])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_gradient_is_autograds_times_the_places(shape, weight):
    f, vector = features(shape)
    f.requires_grad_(True)
    (by_autograd,) = torch.autograd.grad(objective.value(f, vector, weight), f)
    places = f[0, 0].numel()
    by_hand = objective.gradient(f.detach(), vector, weight)
    assert torch.allclose(by_hand, by_autograd * places, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_value_is_the_plain_loops(shape):
    f, vector = features(shape)
    ours = objective.value(f, vector, 0.7)
    assert float(ours) == pytest.approx(0.7 * float(plain.objective(f, vector)), rel=1e-9)


def test_silent_channels_are_not_moved():
    f, vector = features((1, 8, 5, 7))
    vector[3] = 0
    assert objective.gradient(f, vector, 1.0)[:, 3].abs().max() == 0


def test_every_place_pulls_alike_however_strong_it_is():
    """A place a hundred times stronger gains no more by growing a hundredth than any other."""
    f, vector = features((1, 8, 6, 6))
    f[:, :, 2, 3] *= 100
    gain = (f * objective.gradient(f, vector, 1.0)).sum(1)[0]
    assert float(gain[2, 3]) <= 2.0
    assert float(gain.median()) > 0.5 * float(gain[2, 3])


def test_strong_features_in_half_precision_pull_as_in_any_other():
    """Squares of more than 255 overflow there."""
    f, vector = features((1, 8, 5, 7))
    wanted = objective.gradient(2000 * f, vector, 100.0)
    half = objective.gradient((2000 * f).half(), vector.half(), 100.0)
    assert half.dtype == torch.float16
    assert torch.allclose(half.double(), wanted, rtol=0.01, atol=1e-4)


def test_a_dead_layer_pulls_nowhere():
    f, vector = features((1, 8, 5, 7))
    gradient = objective.gradient(f * 0, vector, 1.0)
    assert torch.equal(gradient, torch.zeros_like(f))


def test_the_weight_scales_and_the_size_of_the_features_does_not():
    f, vector = features((1, 8, 5, 7))
    one = objective.gradient(f, vector, 1.0)
    assert torch.allclose(objective.gradient(f, vector, 0.25), one * 0.25)
    assert torch.allclose(objective.gradient(f * 50, vector, 1.0) * 50, one)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("norm", ["none", "normed", "sqrt-normed"])
def test_the_papers_norms_are_the_norms_of_the_chosen_features(shape, norm):
    f, vector = features(shape)
    chosen = torch.arange(shape[1]) % 3 == 0
    vector = chosen.double() / chosen.sum().sqrt()
    f.requires_grad_(True)
    part = f[:, chosen]
    divisor = {"none": 1, "normed": part.numel(), "sqrt-normed": part.numel() ** 0.5}[norm]
    (by_autograd,) = torch.autograd.grad((part / divisor).norm() * 0.7, f)
    kind = {
        "none": objective.PLAIN,
        "normed": objective.NORMED,
        "sqrt-normed": objective.SQRT_NORMED,
    }
    by_hand = objective.gradient(f.detach(), vector, 0.7, kind[norm])
    assert torch.allclose(by_hand, by_autograd * f[0, 0].numel(), rtol=1e-5, atol=1e-9)
