"""A preset's picture lies beside its file, small, and shows something."""

import numpy as np
import pytest
from PIL import Image

from engine import pictures


@pytest.fixture
def wall():
    """A picture of the wall that is red on the left, blue on the right."""
    pixels = np.full((90, 200, 4), 255, np.uint8)
    pixels[:, :100, :3], pixels[:, 100:, :3] = (250, 10, 10), (10, 10, 250)
    return pixels


def test_it_is_small_and_keeps_the_shape_of_a_tile(tmp_path, wall):
    pictures.write(tmp_path / "Red.toml", wall)
    (file,) = tmp_path.iterdir()
    assert file.name == "Red.jpg"
    picture = Image.open(file)
    assert picture.size == pictures.SIZE
    left, right = picture.getpixel((40, 50)), picture.getpixel((150, 50))
    assert np.allclose([left, right], [(250, 10, 10), (10, 10, 250)], atol=12)


@pytest.mark.parametrize("grey", [0, 255])
def test_a_blackout_or_a_flash_leaves_the_picture_that_was_there(tmp_path, wall, grey):
    pictures.write(tmp_path / "Red.toml", wall)
    before = (tmp_path / "Red.jpg").read_bytes()
    pictures.write(tmp_path / "Red.toml", np.full_like(wall, grey))
    assert (tmp_path / "Red.jpg").read_bytes() == before
