"""The layers that a network dreams in where nobody has said which. In: names. Out: weights."""

from collections.abc import Iterable

WEIGHTS = {"b16_conv1": 1.0, "b8_conv1": 0.3}


def first_weights(layers: Iterable[str]) -> dict[str, float]:
    """Return each layer's weight to begin with; at least one is above 0."""
    layers = tuple(layers)
    weights = {name: WEIGHTS.get(name, 0.0) for name in layers}
    if not any(weights.values()):
        weights[layers[len(layers) // 2]] = 1.0
    return weights
