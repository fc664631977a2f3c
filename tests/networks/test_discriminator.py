"""The discriminator against the plain reference, autograd, and the reference's own numbers."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.networks.convolution import PACKED, Convolution, LowPass
from engine.networks.discriminator import Discriminator
from engine.networks.files import NetworkError

DATA = Path(__file__).resolve().parents[1] / "data"
GOLDEN = json.loads((DATA / "features.json").read_text("utf-8"))
LAYERS = ["from_rgb"]
LAYERS += [f"b{r}_conv{n}" for r in (256, 128, 64, 32, 16, 8) for n in (0, 1)]
LAYERS += ["b4_conv", "fc", "out"]
SIZES = [(128, 224), (91, 160), (71, 133)]


def picture(h, w, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, 3, h, w, generator=generator, dtype=torch.float64) * 0.5


def relative(a, b):
    return float((a - b).norm() / b.norm())


def by_autograd(plain, x, seeds):
    """Return the gradient of sum(features * seeds) at the picture, by autograd."""
    x = x.clone().requires_grad_(True)
    features = plain.features(x, seeds)
    return torch.autograd.grad(sum((features[n] * s).sum() for n, s in seeds.items()), x)[0]


def random_like(features, seed=1):
    generator = torch.Generator().manual_seed(seed)
    kind = {"generator": generator, "dtype": torch.float64}
    return {n: torch.randn(f.shape, **kind) for n, f in sorted(features.items())}


def test_layers_are_named_from_the_picture_down(network):
    assert list(network.layers) == LAYERS


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_layer_equals_the_plain_reference(network, plain_network, size):
    x = picture(*size)
    ours, _ = network.forward(x, LAYERS)
    theirs = plain_network.features(x, LAYERS)
    errors = {name: relative(ours[name], theirs[name]) for name in LAYERS}
    assert max(errors.values()) < 1e-5, errors


@pytest.mark.parametrize("name", GOLDEN)
def test_layers_hold_the_numbers_of_the_public_reference(network, name):
    """On a picture of 256 x 256 under the mean and deviation of ImageNet (tests/data)."""
    pixels = np.asarray(Image.open(DATA / "start.png").convert("RGB"), np.float32) / 255
    pixels = (pixels - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
    golden, f = GOLDEN[name], network.forward(x, [name])[0][name].contiguous()
    scale = golden["norm"] / f.numel() ** 0.5
    assert list(f.shape) == golden["shape"]
    assert float(f.double().norm()) == pytest.approx(golden["norm"], rel=1e-5)
    assert float(f.double().mean()) == pytest.approx(golden["mean"], abs=1e-5 * scale)
    if f.numel() > 1:
        assert float(f.double().std()) == pytest.approx(golden["std"], rel=1e-4)
    assert f.flatten()[golden["at"]].tolist() == pytest.approx(
        golden["values"], rel=1e-4, abs=1e-4 * scale
    )


@pytest.mark.parametrize("name", LAYERS)
def test_the_way_back_equals_autograd_for_each_layer(exact_network, plain_network, name):
    x = picture(67, 71)
    features, tape = exact_network.forward(x, [name])
    seeds = random_like(features)
    gradient = exact_network.backward(tape, seeds)
    assert gradient.shape == x.shape
    assert gradient.dtype == torch.float32
    # Handed over in float32, whatever it was worked out in.
    assert relative(gradient, by_autograd(plain_network, x, seeds)) < 1e-7


@pytest.mark.parametrize(
    "names",
    [
        ("from_rgb", "b256_conv0", "b256_conv1"),
        ("b32_conv0", "b16_conv1", "b8_conv1"),
        ("b128_conv1", "b64_conv0", "fc"),
        ("b4_conv", "fc", "out"),
        LAYERS,
    ],
    ids="-".join,
)
@pytest.mark.parametrize("size", [(64, 96), (65, 77)], ids=str)
def test_the_way_back_equals_autograd_for_a_mix(exact_network, plain_network, names, size):
    x = picture(*size, seed=3)
    features, tape = exact_network.forward(x, names)
    seeds = random_like(features)
    gradient = exact_network.backward(tape, seeds)
    assert relative(gradient, by_autograd(plain_network, x, seeds)) < 1e-7


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_way_back_in_float32_is_as_exact_as_float32(network, plain_network, size):
    x = picture(*size)
    features, tape = network.forward(x, ["b16_conv1", "b8_conv1"])
    seeds = random_like(features)
    gradient = network.backward(tape, {n: s.float() for n, s in seeds.items()})
    assert relative(gradient, by_autograd(plain_network, x, seeds)) < 1e-4


@settings(max_examples=8, deadline=None)
@given(h=st.integers(16, 70), w=st.integers(16, 70))
def test_any_size_goes_forward_and_back(exact_network, plain_network, h, w):
    x = picture(h, w)
    features, tape = exact_network.forward(x, ["b64_conv1", "b32_conv0"])
    seeds = random_like(features)
    gradient = exact_network.backward(tape, seeds)
    assert relative(gradient, by_autograd(plain_network, x, seeds)) < 1e-7


@pytest.mark.parametrize(
    ("name", "blocks"), [("from_rgb", 0), ("b256_conv0", 1), ("b64_conv1", 3), ("fc", 6)]
)
def test_nothing_past_the_deepest_layer_is_computed(network, name, blocks):
    features, tape = network.forward(picture(64, 64), ["from_rgb", name])
    assert set(features) == {"from_rgb", name}
    assert len(tape.blocks) == blocks
    assert (tape.tail is None) == (name != "fc")
    if name.endswith("conv0"):
        assert tape.blocks[-1].second is None


def test_a_later_forward_leaves_an_earlier_tape_alone(exact_network, plain_network):
    x = picture(32, 32)
    features, tape = exact_network.forward(x, ["b32_conv1"])
    exact_network.forward(picture(32, 32, seed=9), ["b32_conv1"])
    seeds = random_like(features)
    expected = by_autograd(plain_network, x, seeds)
    assert relative(exact_network.backward(tape, seeds), expected) < 1e-7


@pytest.mark.parametrize(
    ("names", "pixels"),
    [(["from_rgb"], 1), (["b256_conv1"], 2), (["b16_conv1", "b64_conv0"], 32), (["out"], 64)],
)
def test_the_stride_is_the_pixels_under_one_step_of_the_deepest_layer(network, names, pixels):
    assert network.stride(names) == pixels


def test_the_smallest_side_that_a_layer_takes_is_its_stride(network):
    for name in LAYERS:
        side = network.stride([name])
        features, tape = network.forward(picture(side, side), [name])
        gradient = network.backward(tape, {name: torch.ones_like(features[name])})
        assert torch.isfinite(gradient).all(), name


def test_a_generator_is_refused(generator_file):
    with pytest.raises(NetworkError, match=r"generator\.safetensors: a generator, not a"):
        Discriminator(generator_file)


def test_packed_weights_are_kept_for_a_bounded_number_of_sizes():
    weight = torch.randn(4, 3, 3, 3)
    layer = Convolution(weight, None, 1, 1, None, torch.device("cpu"), torch.float32)
    for side in range(8, 8 + 3 * PACKED):
        x = torch.randn(1, 3, side, side)
        assert relative(layer(x), torch.nn.functional.conv2d(x, weight, padding=1)) < 1e-5
    assert len(layer._packed) <= PACKED


def adjoint_error(layer, x, y, size):
    """Return how far <layer(x), y> is from <x, back(y)>, which are equal for a transpose."""
    forward, back = (layer(x) * y).sum(), (x * layer.back(y, size)).sum()
    return float((forward - back).abs() / forward.abs())


@settings(max_examples=25, deadline=None)
@given(h=st.integers(6, 20), w=st.integers(6, 20), stride=st.sampled_from([1, 2]))
def test_each_way_back_is_the_transpose_of_its_way_forward(h, w, stride):
    torch.manual_seed(h * 100 + w)
    place = {"device": torch.device("cpu"), "dtype": torch.float64}
    x = torch.randn(1, 5, h, w, dtype=torch.float64)
    padding = 1 if stride == 1 else 0
    convolution = Convolution(torch.randn(7, 5, 3, 3), None, padding, stride, None, **place)
    for layer in (convolution, LowPass(5, 2 if stride == 1 else 1, stride, **place)):
        y = torch.randn(layer(x).shape, dtype=torch.float64)
        assert adjoint_error(layer, x, y, (h, w)) < 1e-9


def test_double_precision_is_exact(exact_network, plain_network):
    x = picture(64, 64)
    ours, _ = exact_network.forward(x, ["out"])
    assert relative(ours["out"], plain_network.features(x, ["out"])["out"]) < 1e-12
