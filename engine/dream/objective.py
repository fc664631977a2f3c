"""What the dream climbs: the log energy of the chosen channels at every place of a layer.

In: features (1, c, h, w) or (1, c), a weight, a channel vector. Out: the gradient at the layer.
For energy e = sum over channels of (v f)^2 and its mean E, the objective is
weight * mean over places of log(e + E / 1000). Every place counts alike, so no hot spot can win
by growing, and a layer's share follows its weight alone.
"""

import torch

FLOOR = 1e-3  # of the layer's mean energy: what a silent place counts as


def gradient(features: torch.Tensor, vector: torch.Tensor, weight: float) -> torch.Tensor:
    """Return d objective / d features, E held constant, times the number of places.

    `vector` (c,) weighs the channels. The factor keeps half precision away from zero; the caller
    divides by it through `weight`.
    """
    shape = (1, -1) + (1,) * (features.dim() - 2)
    squares = vector.square().view(shape)
    energy = (features.square() * squares).sum(1, keepdim=True)
    return features * squares * (2 * weight / (energy + FLOOR * energy.mean() + 1e-12))


def value(features: torch.Tensor, vector: torch.Tensor, weight: float) -> torch.Tensor:
    """Return the objective itself, for tests and for reading."""
    shape = (1, -1) + (1,) * (features.dim() - 2)
    energy = (features.square() * vector.square().view(shape)).sum(1)
    return weight * (energy + FLOOR * energy.detach().mean() + 1e-12).log().mean()
