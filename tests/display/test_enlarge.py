import numpy as np
import pytest
from frames import pixels_of

from engine.display.enlarge import Enlarger, enlarged


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


def test_enlarging_is_cubic_convolution(offscreen):
    _, context = offscreen(90, 60)
    pixels = np.random.default_rng(0).integers(0, 256, (24, 36, 4), np.uint8)
    enlarger = Enlarger(context, (90, 60))
    target = enlarger.canvas((36, 24))
    enlarger.fill(target, pixels)
    across, down = keys_weights(36, 90), keys_weights(24, 60)
    wide = np.clip(np.einsum("xw,hwc->hxc", across, pixels[..., :3].astype(float)), 0, 255)
    reference = np.clip(np.einsum("yh,hxc->yxc", down, wide), 0, 255)
    assert np.abs(pixels_of(target.grown)[..., :3] - reference).max() <= 2


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


def test_sizes_may_change_and_come_back(offscreen):
    _, context = offscreen(64, 64)
    enlarger = Enlarger(context, (64, 64))
    for size in ((16, 16), (32, 16), (64, 64), (16, 16)):
        grey = np.full((size[1], size[0], 4), 90, np.uint8)
        target = enlarger.canvas(size)
        enlarger.fill(target, grey)
        assert np.abs(pixels_of(target.grown)[..., :3].astype(int) - 90).max() <= 1
