"""The layers that a network dreams in where nobody has said which, and whether it can.

In: a network. Out: weights, or the refusal of a network out of which nothing comes. Any thread.
"""

from collections.abc import Iterable

import torch

from engine.networks.discriminator import Discriminator
from engine.networks.layers import NetworkError
from engine.parameters import LAYER_FAMILY, STYLE_FAMILY, Store

WEIGHTS = {"b16_conv1": 1.0, "b8_conv1": 0.3}


def first_weights(layers: Iterable[str]) -> dict[str, float]:
    """Return each layer's weight to begin with; at least one is above 0."""
    layers = tuple(layers)
    weights = {name: WEIGHTS.get(name, 0.0) for name in layers}
    if not any(weights.values()):
        weights[layers[len(layers) // 2]] = 1.0
    return weights


@torch.no_grad()
def prove(network: Discriminator) -> Discriminator:
    """Return the network; NetworkError where no finite gradient comes back."""
    layers = [name for name, weight in first_weights(network.layers).items() if weight]
    side = network.stride(layers)
    random = torch.Generator().manual_seed(0)
    x = torch.randn((1, 3, side, side), generator=random).clamp_(-1, 1)
    features, tape = network.forward(x.to(network.device), layers)
    g = network.backward(tape, features)
    if not (g.isfinite().all() and g.any()):
        raise NetworkError(f"{network.name}: nothing to dream: no finite gradient comes back")
    return network


def fill(store: Store, network: Discriminator) -> None:
    """Give the store the rows that this network has: its layers and its styles."""
    store.fill(LAYER_FAMILY, first_weights(network.layers))
    store.fill(STYLE_FAMILY, dict.fromkeys(network.style_names, 0.0))
