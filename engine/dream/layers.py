"""The layers that a network dreams in where nobody has said which. In: names. Out: weights."""

from collections.abc import Iterable

from engine.networks.discriminator import Discriminator
from engine.parameters import LAYER_FAMILY, STYLE_FAMILY, Store

WEIGHTS = {"b16_conv1": 1.0, "b8_conv1": 0.3}


def first_weights(layers: Iterable[str]) -> dict[str, float]:
    """Return each layer's weight to begin with; at least one is above 0."""
    layers = tuple(layers)
    weights = {name: WEIGHTS.get(name, 0.0) for name in layers}
    if not any(weights.values()):
        weights[layers[len(layers) // 2]] = 1.0
    return weights


def fill(store: Store, network: Discriminator) -> None:
    """Give the store the rows that this network has: its layers and its styles."""
    store.fill(LAYER_FAMILY, first_weights(network.layers))
    store.fill(STYLE_FAMILY, dict.fromkeys(network.style_names, 0.0))
