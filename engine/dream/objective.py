"""What the dream climbs: the log energy of the chosen channels at every place of a layer.

In: features (1, c, h, w) or (1, c), a weight, a channel vector. Out: the gradient at the layer.
For energy e = sum over channels of (v f)^2 and its mean E, the objective is
weight * mean over places of log(e + E / 1000). Every place counts alike, so no hot spot can win
by growing, and a layer's share follows its weight alone. The paper's norms are here too: there a
layer's share follows its size (plain), or half of it is taken away (sqrt-normed), or all (normed).
"""

import torch

FLOOR = 1e-3  # of the layer's mean energy: what a silent place counts as
EVEN, PLAIN, NORMED, SQRT_NORMED = range(4)  # in the order of the parameter dream.norm


def gradient(
    features: torch.Tensor, vector: torch.Tensor, weight: float, norm: int = EVEN
) -> torch.Tensor:
    """Return d objective / d features, E held constant, times the number of places.

    `vector` weighs the channels: (c,), or (1, c, h, w) where it differs by the place. The factor
    keeps half precision away from zero; the caller divides by it through `weight`.
    """
    squares = _like(features, vector.square())
    if norm != EVEN:
        return _norms_gradient(features, squares, norm).mul_(weight)
    f = features.float() if features.dtype == torch.float16 else features  # whose squares overflow
    energy = (f.square() * squares).sum(1, keepdim=True)
    mean = energy.flatten(1).mean(1).view(-1, *[1] * (f.dim() - 1))
    g = f * squares * (2 * weight / (energy + FLOOR * mean + 1e-12))
    return g.to(features)


def _norms_gradient(features: torch.Tensor, squares: torch.Tensor, norm: int) -> torch.Tensor:
    """Return the gradient of the paper's loss: the Frobenius norm of the chosen features."""
    places = max(features[0, 0].numel(), 1)
    squares = squares / squares.amax()
    # How many numbers make the norm, beyond what half precision counts.
    chosen = squares.float().sum() * (features[0].numel() / squares.numel())
    shares = {PLAIN: 1.0, NORMED: 1 / chosen, SQRT_NORMED: chosen.rsqrt()}
    length = (features.square() * squares).float().flatten(1).sum(1).sqrt() + 1e-12
    length = length.view(-1, *[1] * (features.dim() - 1))
    return features * squares * (places * shares[norm] / length).to(features)


def value(features: torch.Tensor, vector: torch.Tensor, weight: float) -> torch.Tensor:
    """Return the objective itself, for tests and for reading."""
    energy = (features.square() * _like(features, vector.square())).sum(1)
    return weight * (energy + FLOOR * energy.detach().mean() + 1e-12).log().mean()


def _like(features: torch.Tensor, squares: torch.Tensor) -> torch.Tensor:
    """Return the squares (c,) in the shape of the features; those by the place as they are."""
    return squares.view((1, -1) + (1,) * (features.dim() - 2)) if squares.dim() == 1 else squares
