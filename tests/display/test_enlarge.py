import numpy as np
import pytest
from frames import picture

from engine.display.enlarge import Enlarger, enlarged
from engine.display.slot import Slot


def keys_weights(small, large, a=-0.6):
    """The matrix of cubic convolution (Keys 1981) from `small` samples to `large`."""
    weights = np.zeros((large, small))
    for i in range(large):
        at = (i + 0.5) * small / large - 0.5
        for j in range(int(np.floor(at)) - 1, int(np.floor(at)) + 3):
            d = abs(at - j)
            near, far = (a + 2) * d**3 - (a + 3) * d**2 + 1, a * (d**3 - 5 * d**2 + 8 * d - 4)
            weights[i, min(max(j, 0), small - 1)] += near if d <= 1 else far
    return weights


def sampled(slot, pixels, sharpness):
    """What the wall samples of a dream in this slot, uint8 (h, w, 3)."""
    slot.take(picture(pixels))
    slot.sharpen(sharpness)
    width, height = slot.texture.size
    return np.frombuffer(slot.texture.read(), np.uint8).reshape(height, width, 4)[..., :3]


@pytest.fixture
def slot(offscreen):
    """A slot for an output of this size."""

    def make(width, height):
        _, context = offscreen(width, height)
        return Slot(context, Enlarger(context), (width, height))

    return make


def test_enlarging_is_cubic_convolution(slot):
    pixels = np.random.default_rng(0).integers(0, 256, (24, 36, 4), np.uint8)
    across, down = keys_weights(36, 90), keys_weights(24, 60)
    wide = np.clip(np.einsum("xw,hwc->hxc", across, pixels[..., :3].astype(float)), 0, 255)
    reference = np.clip(np.einsum("yh,hxc->yxc", down, wide), 0, 255)
    assert np.abs(sampled(slot(90, 60), pixels, 0.0) - reference).max() <= 2


@pytest.mark.parametrize(
    ("size", "output", "expected"),
    [
        ((228, 128), (640, 360), (641, 360)),
        ((128, 128), (640, 360), (512, 512)),
        ((912, 512), (640, 360), (912, 512)),
        ((64, 64), (64, 90), (90, 90)),
    ],
)
def test_pictures_grow_to_cover_the_output_and_never_shrink(size, output, expected):
    assert enlarged(size, output) == expected


def test_sizes_may_change_and_come_back(slot):
    slot = slot(64, 64)
    for size in ((16, 16), (32, 16), (64, 64), (16, 16)):
        grey = np.full((size[1], size[0], 4), 90, np.uint8)
        assert np.abs(sampled(slot, grey, 0.5).astype(int) - 90).max() <= 1


def disc(width, height):
    """A soft bright disc on a dark ground, uint8 RGBA."""
    y, x = np.mgrid[:height, :width] + 0.5
    far = np.hypot(x - width / 2, y - height / 2) - height / 4
    light = 200 / (1 + np.exp(far / 0.8)) + 20
    return np.repeat(light[..., None], 4, axis=2).astype(np.uint8)


def rows(slot, pixels):
    """The red of the middle row's right half, for three sharpnesses."""
    found = (sampled(slot, pixels, sharpness)[..., 0] for sharpness in (0.0, 0.6, 1.0))
    return [red[len(red) // 2, red.shape[1] // 2 :] for red in found]


def steepest(row):
    return np.abs(np.diff(row.astype(float))).max()


def test_a_sharper_picture_has_steeper_edges_in_the_same_place_and_rings_nowhere(slot):
    soft, crisp, most = rows(slot(192, 128), disc(48, 32))
    assert 1.3 * steepest(soft) < steepest(crisp) < steepest(most)
    edges = [np.interp(-120, -row.astype(float), range(len(row))) for row in (soft, crisp)]
    assert abs(edges[0] - edges[1]) < 0.5
    for row in (crisp, most):
        assert np.diff(row.astype(int)).max() <= 3, "it falls all the way"
        assert soft.min() - 3 <= row.min() and row.max() <= soft.max() + 3


def test_colours_of_one_brightness_have_edges_too(slot):
    light = disc(24, 16)
    light[..., 1], light[..., 2] = 120, 240 - light[..., 0]
    soft, crisp, _ = rows(slot(96, 64), light)
    assert 1.3 * steepest(soft) < steepest(crisp)


def test_a_picture_that_does_not_grow_is_shown_as_it_came(slot):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 4), np.uint8)
    assert (sampled(slot(64, 64), pixels, 1.0) == pixels[..., :3]).all()
