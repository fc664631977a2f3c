import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.dream.pixels import from_pixels, to_pixels, write_pixels

PIXELS = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))


@given(PIXELS)
def test_pixels_become_a_picture_and_the_same_pixels_again(pixels):
    picture = from_pixels(pixels)
    assert picture.shape == (1, 3, *pixels.shape[:2])
    assert picture.min() >= -1
    assert picture.max() <= 1
    assert np.array_equal(to_pixels(picture), pixels)


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_pixels_are_rows_of_rgb_and_alpha_stays(kind):
    x = torch.linspace(-1.5, 1.5, 3 * 4 * 5).view(1, 3, 4, 5)
    pixels = np.full((4, 5, 4), 77, np.uint8)
    write_pixels(x, kind(pixels))
    expected = np.floor(np.clip(x[0].numpy().transpose(1, 2, 0) * 127.5 + 128, 0, 255))
    assert np.abs(pixels[..., :3] - expected).max() == 0
    assert (pixels[..., 3] == 77).all()


def test_black_grey_and_white_are_0_128_and_255():
    pixels = np.zeros((1, 3, 4), np.uint8)
    write_pixels(torch.tensor([-1.0, 0.0, 1.0]).expand(1, 3, 1, 3), pixels)
    assert pixels[0, :, :3].tolist() == [[0] * 3, [128] * 3, [255] * 3]
