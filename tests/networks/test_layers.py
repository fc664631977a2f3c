"""What a network must be made of, and one clear line for each contradiction."""

from dataclasses import replace

import pytest
import torch
from networks_at_random import discriminator, generator

from engine.networks.layers import NetworkError, NetworkFile, verify

NUMBER = "not a number above 0 and below 1e38"


def refusal(network: NetworkFile) -> str:
    with pytest.raises(NetworkError) as caught:
        verify(network)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("random.safetensors: ")
    return line.removeprefix("random.safetensors: ")


def changed(network: NetworkFile, **tensors) -> NetworkFile:
    """Return the network with these tensors, two underscores a dot; None takes one out."""
    new = {name.replace("__", "."): tensor for name, tensor in tensors.items()}
    kept = {n: t for n, t in (network.tensors | new).items() if t is not None}
    return replace(network, tensors=kept)


def is_not(name: str, found: list, wanted: list) -> str:
    return f"{name}.weight is {found}, not {wanted}"


def layer(*shape):
    return torch.ones(shape)


@pytest.mark.parametrize("architecture", ["resnet", "skip", "orig"])
@pytest.mark.parametrize("make", [discriminator, generator])
def test_a_network_is_played_from_every_tensor_that_it_has(make, architecture):
    """Each one taken out is missed, and by its name; all together are enough."""
    network = make(architecture, resolution=16, classes=3)
    verify(network)
    for name in network.tensors:
        line = refusal(changed(network, **{name: None}))
        assert "lacks" in line or "architectures" in line or " is [" in line, (name, line)


@pytest.mark.parametrize(
    ("tensors", "line"),
    [
        (
            {"b4__fromrgb__weight": layer(8, 3, 1, 1)},
            "b32.skip.weight and b4.fromrgb.weight are of different architectures",
        ),
        ({"b12__conv0__weight": layer(8, 8, 3, 3)}, "b12 is no block of a network of 32"),
        ({"b2__conv0__weight": layer(8, 8, 3, 3)}, "b2 is no block of a network of 32"),
        ({"b2048__conv0__weight": layer(1)}, "b2048 is no block: 4 to 1024, powers of 2"),
        ({"b48__conv0__weight": layer(1)}, "b48 is no block: 4 to 1024, powers of 2"),
        ({"b4__conv__weight": layer(8, 5, 3, 3)}, is_not("b4.conv", [8, 5, 3, 3], [8, 9, 3, 3])),
        # 3 minibatch features of 8 channels
        ({"b4__conv__weight": layer(8, 11, 3, 3)}, is_not("b4.conv", [8, 11, 3, 3], [8, 9, 3, 3])),
        ({"b4__out__weight": layer(0, 8)}, "b4.out.weight is [0, 8], not [1, 8]"),
        ({"b4__style__weight": layer(5, 7)}, "b4.style.weight is [5, 7], not [5, 8]"),
        ({"b4__style__weight": layer(5, 8)}, "lacks b4.style.bias"),
        (
            {"b32__fromrgb__weight": layer(4, 4, 1, 1)},
            is_not("b32.fromrgb", [4, 4, 1, 1], [4, 3, 1, 1]),
        ),
        ({"mapping__fc0__weight": layer(8, 8)}, "lacks mapping.embed.weight"),
        (
            {"b8__resample_filter": layer(4, 4)},
            "b8.resample_filter is another low pass than [1, 3, 3, 1]",
        ),
    ],
)
def test_shapes_that_contradict_each_other_are_named(tensors, line):
    assert refusal(changed(discriminator(), **tensors)) == line


def test_the_class_must_be_as_long_as_the_score():
    network = discriminator(classes=3, depth=2)
    tensors = {"b4__out__weight": layer(6, 8), "b4__out__bias": layer(6)}
    assert refusal(changed(network, **tensors)) == "mapping.fc1.weight is [8, 8], not [6, 8]"


@pytest.mark.parametrize("dim", [1, 2])
def test_the_low_pass_may_be_stored(dim):
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    taps = taps if dim == 1 else torch.outer(taps, taps)
    verify(changed(discriminator(), b8__resample_filter=taps))


@pytest.mark.parametrize(
    ("notes", "line"),
    [
        ({"activation": "relu"}, "activation is 'relu', not 'lrelu'"),
        ({"conv_clamp": "much"}, "conv_clamp is 'much', " + NUMBER),
        ({"conv_clamp": "-1"}, "conv_clamp is '-1', " + NUMBER),
        ({"conv_clamp": "nan"}, "conv_clamp is 'nan', " + NUMBER),
        ({"conv_clamp": "1e300"}, "conv_clamp is '1e300', " + NUMBER),
        ({"mapping_lr_multiplier": "0"}, "mapping_lr_multiplier is '0', " + NUMBER),
    ],
)
def test_settings_that_cannot_be_are_named(notes, line):
    assert refusal(replace(discriminator(), notes=notes)) == line


def test_large_numbers_are_numbers_though_their_sum_is_none():
    weight = torch.full((8, 8, 3, 3), 3e38)
    assert not weight.sum().isfinite()
    verify(changed(discriminator(), b8__conv0__weight=weight))


@pytest.mark.parametrize("note", ["none", "None", "256", "1e3"])
def test_settings_that_can_be(note):
    verify(replace(discriminator(), notes={"conv_clamp": note, "activation": "lrelu"}))


def test_a_discriminator_of_another_family_is_refused_by_a_tensor_of_its():
    tensors = {"feature_networks.vit.cls_token": layer(1, 1, 4)}
    network = replace(discriminator(), tensors=tensors)
    assert refusal(network) == "feature_networks.vit.cls_token is of no StyleGAN2 network"


@pytest.mark.parametrize(
    ("tensors", "line"),
    [
        ({"mapping__w_avg": layer(4)}, "mapping.fc2.weight is [6, 6], not [4, 6]"),
        (
            {"synthesis__b24__conv1__weight": layer(1)},
            "synthesis.b24 is no block of a network of 32",
        ),
        (
            {"synthesis__b8__skip__weight": layer(8, 8, 1, 1)},
            "synthesis.b8.skip.weight and synthesis.b16.torgb.weight"
            " are of different architectures",
        ),
        ({"synthesis__b8__conv1__noise_const": None}, "lacks synthesis.b8.conv1.noise_const"),
        (
            {"synthesis__b4__conv1__weight": layer(8, 9, 3, 3)},
            is_not("synthesis.b4.conv1", [8, 9, 3, 3], [8, 8, 3, 3]),
        ),
    ],
)
def test_a_generator_that_contradicts_itself(tensors, line):
    assert refusal(changed(generator(), **tensors)) == line
