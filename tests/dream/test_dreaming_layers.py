from dataclasses import replace

import pytest

from engine.dream.layers import first_weights, prove
from engine.networks.discriminator import Discriminator
from engine.networks.layers import NetworkError


def times(starter, factor: float) -> Discriminator:
    tensors = {name: tensor * factor for name, tensor in starter.tensors.items()}
    return Discriminator(replace(starter, tensors=tensors))


def test_a_network_that_dreams_is_taken_as_it_is(network):
    assert prove(network) is network


@pytest.mark.parametrize("factor", (0.0, 1e30), ids=("nothing", "past counting"))
def test_a_network_out_of_which_nothing_comes_is_refused(starter, factor):
    with pytest.raises(NetworkError, match="no finite gradient"):
        prove(times(starter, factor))


@pytest.mark.parametrize("layers", (("b64_conv0", "b16_conv1", "out"), ("from_rgb", "out"), ("a",)))
def test_there_is_a_layer_to_begin_with_in_any_network(layers):
    weights = first_weights(layers)
    assert weights.keys() == set(layers)
    assert max(weights.values()) == 1
    assert weights.get("b16_conv1", 1) == 1
