"""The pulls: gradients against autograd, what they reach, and that a guide is made once a size."""

import pytest
import torch

from engine.dream import pulls, step
from engine.dream.dreamer import first_picture
from engine.dream.likeness import gram

SIZE = (64, 96)


def ascended(network, x, target, steps=12):
    climb = step.Climb.of(0.03, 0.5, 4.0)
    with torch.no_grad():
        for _ in range(steps):
            x = step.ascend(network, x, target, climb)
    return x


def seen(network, x, layer):
    with torch.no_grad():
        return network.forward(x, [layer])[0][layer]


def test_the_style_pull_is_the_cross_entropys_gradient():
    logits = torch.randn(1, 16, dtype=torch.float64, requires_grad=True)
    weights = [0.0] * 16
    weights[3], weights[9] = 0.5, 1.0
    chances = logits.log_softmax(1)[0]
    (0.5 * chances[3] + chances[9] + 0.7 * chances.mean()).backward()
    pull = pulls.style(weights, 0.7)(logits.detach(), SIZE)
    cosine = torch.nn.functional.cosine_similarity(pull, logits.grad)
    assert float(cosine) == pytest.approx(1, abs=1e-9)


def test_a_style_pulls_harder_than_the_verdict_by_what_was_measured():
    logits = torch.tensor([[3.0, -3.0]])
    wanted, length = torch.tensor([1.0, 0.0]) - logits.softmax(1), 18**0.5
    pull = pulls.style([1.0, 0.0], 0.0)(logits, SIZE)
    assert torch.allclose(pull, wanted * pulls.STYLE / length)
    assert float(pulls.real(-0.5)(torch.tensor([[4.0]]), SIZE)) == -0.5 * pulls.HEAD / 4


@pytest.mark.parametrize("style", [0, 11])
def test_the_dream_comes_to_the_style(network, style):
    x = first_picture(SIZE[::-1], 4)
    target = step.Target({}, {}, pulls={"style": pulls.style(torch.eye(16)[style].tolist(), 0)})
    chance = [
        seen(network, p, "style").softmax(1)[0, style] for p in (x, ascended(network, x, target))
    ]
    assert chance[1] > 4 * chance[0]


def test_the_dream_comes_to_where_no_style_is_sure(network):
    x = first_picture(SIZE[::-1], 4)
    target = step.Target({}, {}, pulls={"style": pulls.style([0.0] * 16, 1.0)})
    sure = [seen(network, p, "style").softmax(1).max() for p in (x, ascended(network, x, target))]
    assert sure[1] < sure[0]


@pytest.mark.parametrize("weight", [1.0, -1.0])
def test_the_dream_comes_to_what_is_taken_for_real_or_generated(network, weight):
    x = first_picture(SIZE[::-1], 4)
    y = ascended(network, x, step.Target({}, {}, pulls={"out": pulls.real(weight)}))
    assert float((seen(network, y, "out") - seen(network, x, "out")) * weight) > 0.5


@pytest.mark.parametrize(("content", "look"), [(1.0, 0.0), (0.0, 1.0)])
def test_the_dream_comes_nearer_to_the_guide(network, content, look):
    x, layer = first_picture(SIZE[::-1], 4), "b32_conv1"
    guide = pulls.Guide(first_picture(SIZE[::-1], 8))
    y = ascended(
        network, x, step.Target({}, {}, pulls=guide.pulls(network, {layer: 1}, content, look))
    )
    kind = gram if look else (lambda f: f)
    there = kind(seen(network, guide.picture, layer))
    far = [float((kind(seen(network, p, layer)) - there).norm()) for p in (x, y)]
    assert far[1] < 0.95 * far[0]


def test_a_guides_features_are_made_once_for_a_size_and_anew_for_another_network(network):
    calls = []

    class Counting:
        shapes, device, stride = network.shapes, network.device, network.stride
        layers = network.layers

        def forward(self, x, layers):
            calls.append(tuple(x.shape[2:]))
            return network.forward(x, layers)

    guide, first, second = pulls.Guide(first_picture((90, 90), 8)), Counting(), Counting()
    for net in (first, first, second):
        for size in (SIZE, (48, 64)):
            f = torch.zeros_like(seen(network, first_picture(size[::-1], 1), "b16_conv1"))
            guide.pulls(net, {"b16_conv1": 1.0}, 1.0, 0.5)["b16_conv1"](f, size)
    assert calls == [SIZE, (48, 64)] * 2


@pytest.mark.parametrize("weight", [0.3, 2.0])
def test_a_pull_beside_a_layer_adds_to_its_gradient(network, weight):
    x = first_picture(SIZE[::-1], 4)
    vectors = {"b16_conv1": torch.ones(network.shapes["b16_conv1"][0]) / 16}
    alone = step.Target({"b16_conv1": 1.0}, vectors)
    head = step.Target({}, {}, pulls={"out": pulls.real(weight)})
    both = step.Target({"b16_conv1": 1.0}, vectors, pulls=head.pulls)
    with torch.no_grad():
        a, b, c = (step.picture_gradient(network, x, t).clone() for t in (alone, head, both))
    assert float((a + b - c).norm() / c.norm()) < 1e-3
