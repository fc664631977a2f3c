"""The mapping network: a latent, a class, or both, to the vector that steers a network.

In: z (1, z_dim) for a generator, and a label where the network is conditional. Out: w (1, w_dim).
Any thread. Karras et al. 2020; the same in a generator and in a conditional discriminator.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from engine.networks.blocks import GAIN, SLOPE, scaled
from engine.networks.layers import NetworkFile, depth, is_conditional, setting

EPS = 1e-8

Label = float | Sequence[float] | torch.Tensor | None


def label_weights(label: Label, classes: int, like: torch.Tensor) -> torch.Tensor:
    """Return the classes' weights (1, classes) that `label` asks for.

    A number is a class; 2.25 lies a quarter of the way from class 2 to class 3, and what is beyond
    the last is the last. A sequence or a tensor weighs each class. None is no class at all.
    """
    if isinstance(label, torch.Tensor):
        return label.to(like).view(1, classes)
    if label is None:
        return like.new_zeros(1, classes)
    if isinstance(label, Sequence):
        return like.new_tensor(label)[None]
    place = min(max(float(label), 0.0), classes - 1.0)
    away = (torch.arange(classes, device=like.device) - place).abs()
    return (1 - away).clamp(min=0).to(like)[None]


class MappingNetwork:
    """Fully connected layers from a normalised latent, class, or both, to w."""

    def __init__(self, network: NetworkFile, device: torch.device, dtype: torch.dtype):
        t, rate = network.tensors, setting(network, "mapping_lr_multiplier", 0.01)
        self.embed = None
        if is_conditional(t):
            weight, bias = scaled(t["mapping.embed.weight"]), t["mapping.embed.bias"]
            self.embed = weight.to(device, dtype), bias.to(device, dtype)
        self.classes = 0 if self.embed is None else self.embed[0].shape[1]
        inputs = t["mapping.fc0.weight"].shape[1]
        self.z_dim = inputs if self.embed is None else inputs - len(self.embed[1])
        self.layers = []
        for i in range(depth(t)):
            weight, bias = scaled(t[f"mapping.fc{i}.weight"], rate * GAIN), t[f"mapping.fc{i}.bias"]
            self.layers.append((weight.to(device, dtype), (bias * rate * GAIN).to(device, dtype)))

    def __call__(self, z: torch.Tensor | None = None, label: Label = None) -> torch.Tensor:
        """Return w of z and `label`; either may be missing if the network has no such input."""
        parts = [] if z is None else [normal(z)]
        if self.embed is not None:
            weights = label_weights(label, self.classes, self.embed[0])
            parts.append(normal(F.linear(weights, *self.embed)))
        x = torch.cat(parts, 1)
        for weight, bias in self.layers:
            x = F.leaky_relu(F.linear(x, weight, bias), SLOPE)
        return x


def normal(x: torch.Tensor) -> torch.Tensor:
    """Return `x` (1, n) with a mean square of one."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + EPS)
