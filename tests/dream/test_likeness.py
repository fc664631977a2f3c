"""What pulls towards a picture: gradients against autograd, whatever the layer's shape."""

import pytest
import torch

from engine.dream import likeness


def by_autograd(loss, features):
    features = features.clone().requires_grad_(True)
    return torch.autograd.grad(loss(features), features)[0]


def plain_gram(f):
    """Every pair of channels, summed over places, over the count of numbers."""
    return torch.einsum("bc...,bd...->cd", f, f) / f.numel()


@pytest.fixture(params=[(1, 6, 5, 7), (1, 12), (1, 3, 1, 1)], ids=str)
def features(request):
    random = torch.Generator().manual_seed(1)
    return [torch.randn(request.param, generator=random, dtype=torch.double) for _ in range(2)]


def test_content_is_the_mean_squared_difference(features):
    f, wanted = features
    expected = by_autograd(lambda x: (x - wanted).square().mean(), f)
    assert torch.allclose(likeness.content_gradient(f, wanted), expected)
    assert not likeness.content_gradient(f, f).any()


def test_style_is_the_mean_squared_difference_of_gram_matrices(features):
    f, other = features
    wanted = likeness.gram(other)
    assert torch.allclose(wanted, plain_gram(other))
    expected = by_autograd(lambda x: (plain_gram(x) - wanted).square().mean(), f)
    assert torch.allclose(likeness.gram_gradient(f, wanted), expected)
    assert likeness.gram_gradient(f, likeness.gram(f)).abs().max() < 1e-15


def test_a_gram_matrix_does_not_know_the_size_of_the_picture():
    f = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(likeness.gram(f), likeness.gram(f.repeat(1, 1, 2, 3)), atol=1e-6)
