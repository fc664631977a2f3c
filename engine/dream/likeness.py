"""How like two pictures are to the network: in their features (content), in how they go together
(style).

In: a layer's features (1, c, h, w) or (1, c), and what is wanted there. Out: the gradient at the
features of the mean squared difference; against it lies what is wanted. Any thread.
Gatys et al. 2016, with the discriminator in place of VGG, as Porres 2021 proposes.
"""

import torch


def content_gradient(features: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return the gradient of the mean squared difference to the `wanted` features."""
    return (features - wanted) * (2 / features.numel())


def gram(features: torch.Tensor) -> torch.Tensor:
    """Return how the channels go together (c, c): sums over places, over the count of numbers."""
    f = features.flatten(2).flatten(0, 1) if features.dim() > 2 else features.mT
    return f @ f.mT / f.numel()


def gram_gradient(features: torch.Tensor, wanted_gram: torch.Tensor) -> torch.Tensor:
    """Return the gradient of the mean squared difference to the `wanted_gram` (c, c)."""
    f = features.flatten(2).flatten(0, 1) if features.dim() > 2 else features.mT
    g = (f @ f.mT / f.numel() - wanted_gram) @ f
    g = g * (4 / (f.numel() * wanted_gram.numel()))
    return (g if features.dim() > 2 else g.mT).reshape(features.shape)
