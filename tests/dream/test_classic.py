"""The paper's own loop: pictures that its program made, and each step told again, plainly."""

from dataclasses import replace
from pathlib import Path

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from benchmarks.plain import PlainDiscriminator
from engine.dream import classic
from engine.dream.classic import Settings

DATA = Path(__file__).resolve().parents[1] / "data"
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
A_DREAM = Settings(("b16_conv1",), octaves=5, unzoom=True, iterations=10, lr=1e-2)
TWO = ("b32_conv0", "b8_conv1")
TWO_LAYERS = Settings(TWO, norm="sqrt-normed", octaves=3, unzoom=False, iterations=5, lr=1e-2)
SMALL = Settings(("b16_conv1",), octaves=2, unzoom=False, iterations=2, lr=1e-2)
pytestmark = pytest.mark.usefixtures("one_core")


def picture(name):
    return np.asarray(Image.open(DATA / name).convert("RGB"))


def part(size=96):
    return picture("start.png")[:size, :size]


@pytest.fixture(scope="module")
def plain(starter):
    return PlainDiscriminator(starter)


@pytest.mark.parametrize(
    ("name", "settings"), [("a-dream.png", A_DREAM), ("b-two-layers.png", TWO_LAYERS)]
)
def test_it_makes_the_pictures_of_the_papers_program(network, name, settings):
    far = np.abs(classic.dream(network, picture("start.png"), settings) - picture(name).astype(int))
    assert far.mean() <= 0.2
    assert (far.max(-1) <= 4).mean() >= 0.999


# -- the same, told again without the engine -------------------------------------------------------


def plain_dream(network, image, layers, octaves, scale, unzoom, steps, lr, power=0, channels=None):
    x = (image.transpose(2, 0, 1)[None] / 255).astype(np.float32)
    mean, deviation = (np.float32(c).reshape(1, 3, 1, 1) for c in (MEAN, DEVIATION))
    bases = [(x - mean) / deviation]
    for _ in range(octaves - 1):
        before = bases[-1]
        small = ndimage.zoom(before, (1, 1, 1 / scale, 1 / scale), order=1)
        if unzoom:
            small = ndimage.zoom(small, np.array(before.shape) / small.shape, order=1)
        bases.append(small)
    detail = np.zeros_like(bases[-1])
    for base in bases[::-1]:
        detail = ndimage.zoom(detail, np.array(base.shape) / detail.shape, order=1)
        y = torch.tensor(base + detail)
        for _ in range(steps):
            y = plain_step(network, y, layers, lr, power, channels)
        detail = y.numpy() - base
    y = y.numpy()[0].transpose(1, 2, 0) * np.array(DEVIATION) + np.array(MEAN)
    return np.floor(np.clip(y, 0, 1) * 255).astype(int)


def plain_step(network, y, layers, lr, power, channels):
    y = y.clone().requires_grad_(True)
    loss = 0
    for f in network.features(y, layers).values():
        f = f if channels is None else f[:, [c for c in channels if c < f.shape[1]]]
        loss = loss + f.norm() / f.numel() ** power if f.numel() else loss
    loss.backward()
    y = y.detach() + lr / y.grad.abs().mean() * y.grad
    sides = list(zip(MEAN, DEVIATION, strict=True))
    clamped = [y[:, c].clamp(-m / s, (1 - m) / s) for c, (m, s) in enumerate(sides)]
    return torch.stack(clamped, 1)


def plain_move(image, zoom, degrees, x, y):
    side = image.shape[0]
    box = (zoom, zoom, side - zoom, side - zoom)
    cut = Image.fromarray(image.astype(np.uint8)).crop(box).resize((side, side), Image.LANCZOS)
    return np.asarray(cut.rotate(degrees, Image.BICUBIC, translate=(x, y), fillcolor=(0, 0, 0)))


def assert_alike(ours, theirs):
    """A sum in another order may fall on the other side of a whole number, now and then."""
    far = np.abs(ours.astype(int) - theirs)
    assert far.mean() < 0.02
    assert far.max() <= 4


@pytest.mark.parametrize(
    "changes",
    [
        {"layers": ("from_rgb",)},
        {"layers": ("fc",), "octaves": 1},
        {"layers": ("out",), "octaves": 1},
        {"layers": ("b64_conv0", "b16_conv0"), "norm": "normed"},
        {"layers": ("b64_conv0", "b8_conv1", "fc"), "octaves": 1, "unzoom": True},
        {"layers": ("b32_conv1", "b16_conv0"), "octaves": 3, "unzoom": True, "scale": 1.7},
        {"channels": (3, 17, 17, 200)},
        {"layers": ("from_rgb", "b16_conv0"), "channels": (3, 200), "norm": "sqrt-normed"},
    ],
    ids=str,
)
def test_any_layers_channels_and_octaves_are_the_plain_loops(network, plain, changes):
    s = replace(SMALL, **changes)
    power = {"none": 0, "normed": 1, "sqrt-normed": 0.5}[s.norm]
    channels = None if s.channels is None else sorted(set(s.channels))
    how = (s.layers, s.octaves, s.scale, s.unzoom, s.iterations, s.lr, power, channels)
    size = 96 if s.octaves > 1 else 64
    theirs = plain_dream(plain, part(size), *how)
    assert_alike(classic.dream(network, part(size), s), theirs)


def test_a_zoom_of_some_frames_is_the_plain_loops(network, plain):
    ours = theirs = part()
    for number in range(4):
        if number:
            ours = classic.moved(ours, 2, 3.0, 1.5, -0.5)
            theirs = plain_move(theirs, 2, 3.0, 1.5, -0.5)
        ours = classic.dream(network, ours, SMALL)
        theirs = plain_dream(plain, theirs, SMALL.layers, 2, 1.4, False, 2, SMALL.lr)
    far = np.abs(ours - theirs)  # the loop makes small differences larger, five times a frame
    assert far.mean() <= 0.2
    assert (far.max(-1) <= 4).mean() >= 0.999


# -- how it moves ----------------------------------------------------------------------------------


def test_no_move_is_the_same_picture():
    assert np.array_equal(classic.moved(part(), 0, 0.0, 0.0, 0.0), part())


def test_zoom_cuts_the_middle_and_a_negative_one_lets_black_in():
    inner = Image.fromarray(part()[5:-5, 5:-5]).resize((96, 96), Image.Resampling.LANCZOS)
    assert np.array_equal(classic.moved(part(), 5, 0, 0, 0), np.asarray(inner))
    out = classic.moved(np.full((64, 64, 3), 200, np.uint8), -8, 0, 0, 0)
    assert out[0].max() == out[:, 0].max() == 0
    assert out[32, 32].min() == 200


def test_x_is_to_the_right_y_is_down_and_turning_is_counter_clockwise():
    dot = np.zeros((41, 41, 3), np.uint8)
    dot[20, 30] = 255
    assert np.argwhere(classic.moved(dot, 0, 0, 4, 6)[..., 0] > 127).tolist() == [[26, 34]]
    assert np.argwhere(classic.moved(dot, 0, 90, 0, 0)[..., 0] > 127).tolist() == [[10, 20]]


# -- none of its faults ----------------------------------------------------------------------------


class Blind:
    """A network that sees nothing: its features, and so its gradient, are zero."""

    device = torch.device("cpu")

    def forward(self, x, layers, label):
        return {name: torch.zeros(1, 4, 8, 8) for name in layers}, x.shape

    def backward(self, shape, gradients):
        return torch.zeros(shape) + sum(g.sum() for g in gradients.values())


def test_a_gradient_of_zero_leaves_the_picture():
    settings = Settings(("any",), octaves=1, iterations=3)
    left = classic.dream(Blind(), part(64), settings)
    assert np.abs(left.astype(int) - part(64)).max() <= 1  # cut off, not rounded, as the paper does


def test_a_narrow_layer_takes_no_channel_from_a_wide_one(network):
    """In the paper's program the layer before decides which channels are left for the next."""
    narrow, wide = ("from_rgb",), ("b16_conv0",)
    x = torch.from_numpy(classic.preprocessed(part(64)))
    s = Settings(narrow + wide, channels=(200,))
    both, alone = (classic.gradient(network, x, replace(s, layers=n)) for n in (s.layers, wide))
    assert torch.allclose(both, alone, rtol=1e-4, atol=1e-6 * float(alone.abs().max()))


@pytest.mark.parametrize("unzoom", [False, True])
def test_the_sizes_told_are_the_sizes_dreamed(unzoom):
    s = Settings(("out",), octaves=5, unzoom=unzoom)
    x = torch.zeros(1, 3, 256, 183)
    found = [tuple(o.shape[2:]) for o in classic.octaves(x, s)]
    assert found == classic.octave_sizes((256, 183), s)
    if not unzoom:
        assert [h for h, _ in found] == [256, 183, 131, 94, 67]


@hypothesis.settings(deadline=None, max_examples=40)
@given(h=st.integers(2, 60), w=st.integers(2, 60), scale=st.floats(1.1, 3), seed=st.integers(0, 99))
def test_octaves_are_zoomed_as_scipy_does(h, w, scale, seed):
    x = np.random.default_rng(seed).standard_normal((1, 3, h, w)).astype(np.float32)
    wanted = ndimage.zoom(x, (1, 1, 1 / scale, 1 / scale), order=1)
    size = classic.smaller((h, w), scale)
    assert wanted.shape[2:] == size
    found = classic.zoomed(torch.from_numpy(x), size).numpy()
    assert np.abs(found - wanted).max() < 1e-6  # its black last line for some sizes included
