"""Every shape of discriminator, forward and back, against the plain reference and autograd."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks_at_random import difference, pair, picture

ARCHITECTURES = ["resnet", "skip", "orig"]
EXACT = 1e-7  # the gradient is handed over in float32
SMALL = {"resolution": 32, "base": 128, "most": 8}


@pytest.mark.parametrize("deviations", [0, 1, 4])
@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("clamp", [None, 2.0])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_all_layers_and_the_way_back_are_exact(architecture, clamp, classes, deviations):
    shape = {"deviations": deviations, "classes": classes, "clamp": clamp, "styles": 4}
    ours, theirs = pair(architecture=architecture, **SMALL, **shape)
    theirs.label = torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64) if classes else None
    names = [*ours.layers, "style"]
    assert difference(ours, theirs, picture(35, 51), names, 1) < EXACT


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("clamp", [None, 1.5])
def test_each_layer_alone_is_exact(architecture, clamp):
    ours, theirs = pair(architecture=architecture, clamp=clamp, **SMALL)
    for name in ours.layers:
        assert difference(ours, theirs, picture(33, 46), [name]) < EXACT, name


@settings(max_examples=25, deadline=None)
@given(
    architecture=st.sampled_from(ARCHITECTURES),
    resolution=st.sampled_from([4, 8, 16, 32, 64]),
    base=st.sampled_from([64, 192, 512]),
    most=st.integers(3, 12),
    sides=st.tuples(st.integers(0, 29), st.integers(0, 29)),
    names=st.sets(st.integers(0, 99), min_size=1, max_size=4),
    clamp=st.sampled_from([None, 0.7, 256.0]),
)
def test_any_shape_and_size_is_exact(architecture, resolution, base, most, sides, names, clamp):
    if resolution == 4:
        architecture = "skip"
    shape = {"architecture": architecture, "resolution": resolution, "base": base, "most": most}
    ours, theirs = pair(clamp=clamp, **shape)
    chosen = {ours.layers[n % len(ours.layers)] for n in names}
    h, w = (ours.stride(chosen) + side for side in sides)
    assert difference(ours, theirs, picture(h, w), chosen) < EXACT


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_single_precision_is_as_exact_as_it_can_be(architecture):
    """With layers wide enough for Winograd's way, and a clamp that some features reach."""
    wide = {"resolution": 16, "base": 2048, "most": 144, "clamp": 1.5}
    ours, theirs = pair(torch.float32, architecture=architecture, **wide)
    names = ["b16_conv1", "b8_conv0", "b8_conv1", "fc"]
    assert difference(ours, theirs, picture(47, 63), names) < 1e-4


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_clamped_features_end_at_the_limit_and_pass_no_gradient(architecture):
    ours, _ = pair(architecture=architecture, clamp=0.25, **SMALL)
    features, tape = ours.forward(picture(), ["b32_conv0"])
    f = features["b32_conv0"]
    assert float(f.abs().max()) == 0.25
    at = (f.abs() >= 0.25).double()
    assert 0 < float(at.mean()) < 1
    assert float(ours.backward(tape, {"b32_conv0": at}).abs().max()) == 0


def test_a_clamp_that_nothing_reaches_changes_nothing():
    free, _ = pair(**SMALL)
    far, _ = pair(clamp=1e6, **SMALL)
    outs = [network.forward(picture(), ["out"])[0]["out"] for network in (free, far)]
    assert torch.equal(*outs)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_nothing_past_the_deepest_layer_is_computed(architecture):
    ours, _ = pair(architecture=architecture, **SMALL)
    entered = {"skip": 2}.get(architecture, 1)
    _, tape = ours.forward(picture(), ["b16_conv0"])
    assert (len(tape.blocks), len(tape.entries), tape.tail) == (2, entered, None)
    _, tape = ours.forward(picture(), ["b4_conv"])
    assert (tape.tail.fc, tape.tail.heads) == (None, {})
    _, tape = ours.forward(picture(), ["fc"])
    assert list(tape.tail.heads) == []
    _, tape = ours.forward(picture(), ["out"])
    assert list(tape.tail.heads) == ["out"]


def test_the_smallest_side_that_a_layer_takes_is_its_stride():
    for architecture in ARCHITECTURES:
        ours, theirs = pair(architecture=architecture, **SMALL)
        for name in ours.layers[2::2]:
            side = ours.stride([name])
            assert difference(ours, theirs, picture(side, side), [name]) < EXACT, name


@pytest.mark.parametrize("resolution", [4, 8, 32, 128, 512, 1024])
def test_layers_are_named_for_every_resolution(resolution):
    architecture = "skip" if resolution == 4 else "resnet"
    ours, _ = pair(architecture=architecture, resolution=resolution, base=4096, most=4)
    names, r = ["from_rgb"], resolution
    while r > 4:
        names += [f"b{r}_conv0", f"b{r}_conv1"]
        r //= 2
    assert list(ours.layers) == [*names, "b4_conv", "fc", "out"]
    assert ours.stride(["out"]) == resolution // 4
