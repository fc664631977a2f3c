"""The discriminator's end: the score by class, the style head, against the plain reference."""

from dataclasses import replace

import pytest
import torch
from networks_at_random import DOUBLE, difference, discriminator, pair, picture

from engine.networks.layers import style_names
from engine.networks.mapping_network import label_weights

EXACT = 1e-7  # the gradient is handed over in float32


@pytest.mark.parametrize("names", [["style"], ["style", "out"], ["style", "fc", "b8_conv0"]])
def test_styles_and_their_way_back_equal_the_plain_reference(names):
    assert difference(*pair(styles=5), picture(), names) < EXACT


def test_the_starters_styles_have_their_names(network):
    assert (network.styles, len(network.style_names)) == (16, 16)
    assert network.style_names[:3] == ("petals", "mandala", "spiral")
    features, _ = network.forward(picture(64, 64), ["style"])
    assert features["style"].shape == (1, 16)
    assert "style" not in network.layers
    assert network.stride(["style"]) == network.stride(["fc"]) == 64


def test_a_network_without_a_style_head_has_no_styles():
    ours, _ = pair()
    assert (ours.styles, ours.style_names) == (0, ())


@pytest.mark.parametrize("text", ["", "[", '["a", "b"]', '["a b", "c", "d"]', '["a", "a", "a"]'])
def test_styles_without_fitting_names_are_numbered(text):
    network = replace(discriminator(styles=3), notes={"styles": text})
    assert style_names(network) == ("0", "1", "2")


@pytest.mark.parametrize(
    ("label", "weights"),
    [
        (0, [1, 0, 0, 0]),
        (3, [0, 0, 0, 1]),
        (1.25, [0, 0.75, 0.25, 0]),
        (99, [0, 0, 0, 1]),
        (-1, [1, 0, 0, 0]),
        ((0.5, 0, 0, 0.5), [0.5, 0, 0, 0.5]),
        (torch.tensor([0.5, 0, 0.5, 0]), [0.5, 0, 0.5, 0]),
        (None, [0, 0, 0, 0]),
    ],
)
def test_a_label_is_a_class_or_lies_between_two_or_weighs_them(label, weights):
    expected = torch.tensor([weights], dtype=DOUBLE)
    assert torch.equal(label_weights(label, 4, torch.zeros(1, dtype=DOUBLE)), expected)
    ours, theirs = pair(classes=4)
    theirs.label = expected
    assert difference(ours, theirs, picture(), ["out", "fc"], label) < EXACT


def test_the_score_is_projected_on_the_class():
    ours, _ = pair(classes=4)
    assert ours.classes == 4
    assert ours.shapes["out"] == (1,)
    scores = [ours.forward(picture(), ["out"], k)[0]["out"] for k in (0, 1, 1, 1.5)]
    assert scores[0].shape == (1, 1)
    assert torch.equal(scores[1], scores[2])
    assert not torch.allclose(scores[0], scores[1])
    assert not torch.allclose(scores[3], scores[1])


def test_the_class_changes_the_score_alone():
    ours, _ = pair(classes=4)
    fc = [ours.forward(picture(), ["fc"], k)[0]["fc"] for k in (0, 3)]
    assert torch.equal(*fc)


@pytest.mark.parametrize("rate", [None, "0.1"])
def test_the_mapping_has_its_own_learning_rate(rate):
    notes = {} if rate is None else {"mapping_lr_multiplier": rate}
    ours, theirs = pair(classes=3, depth=2, **notes)
    theirs.label = torch.tensor([[0.0, 0.0, 1.0]], dtype=DOUBLE)
    assert difference(ours, theirs, picture(), ["out"], 2) < EXACT


def test_one_score_a_class_needs_no_mapping():
    ours, theirs = pair(scores=3)
    theirs.label = torch.tensor([[0.0, 0.5, 0.5]], dtype=DOUBLE)
    assert ours.classes == 3
    assert difference(ours, theirs, picture(), ["out"], 1.5) < EXACT
