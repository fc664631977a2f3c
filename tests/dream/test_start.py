"""Start pictures: what each kind is made of, and that a seed is a picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.dream import start
from engine.networks import files
from engine.networks.generator import Generator

GENERATOR = Path(__file__).resolve().parents[2] / "networks/ornament-256-generator.safetensors"


def spread(picture):
    return picture.astype(float).std((0, 1)).mean()


def fineness(picture):
    """Return the mean step between two lines, over the deviation."""
    x = picture.astype(float)
    return np.abs(np.diff(x, axis=0)).mean() / x.std()


@pytest.fixture
def halves(tmp_path):
    """A file of 200x100, its left half red, its right half blue."""
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[:, :100, 0] = pixels[:, 100:, 2] = 255
    Image.fromarray(pixels).save(tmp_path / "halves.png")
    return tmp_path / "halves.png"


def test_a_file_covers_the_size_and_is_cut_not_squeezed(halves):
    found = start.from_file(halves, (50, 100))
    assert found.shape == (100, 50, 3)
    assert found[50, 10, 0] > 200
    assert found[50, 40, 2] > 200


def test_the_papers_way_squeezes_the_file_in(tmp_path):
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[:, :20] = 255
    Image.fromarray(pixels).save(tmp_path / "edge.png")
    assert start.from_file(tmp_path / "edge.png", (100, 100), distort=True)[50, 2].min() > 200
    assert start.from_file(tmp_path / "edge.png", (100, 100))[50, 2].max() < 50


def test_a_picture_that_a_camera_turned_stands_upright(tmp_path):
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    found = start.from_file(tmp_path / "turned.png", (20, 40))
    assert found[:18].min() > 200
    assert found[22:].max() < 50


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_file_that_is_no_picture_is_named(tmp_path, content):
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(start.PictureError, match=r"broken\.png: not a readable picture"):
        start.from_file(path, (64, 64))


def test_noise_is_the_papers_noise():
    """RandomState(seed).randint(0, 255), in bytes, height first: 255 is never drawn."""
    expected = np.random.RandomState(7).randint(0, 255, (32, 48, 3), dtype=np.uint8)
    assert np.array_equal(start.noise((48, 32), 7), expected)
    assert start.noise((256, 256), 0).max() == 254


def test_perlin_has_the_statistics_of_the_papers():
    """Measured on its library, 256 pixels, seeds 0 to 2: mean 123 to 128, deviation 30 to 33,
    mean step between two lines 1.19 to 1.26."""
    pictures = [start.perlin((256, 256), seed).astype(float) for seed in range(3)]
    assert np.mean(pictures) == pytest.approx(127, abs=6)
    assert np.std(pictures) == pytest.approx(32, abs=3)
    steps = [np.abs(np.diff(p, axis=0)).mean() for p in pictures]
    assert np.mean(steps) == pytest.approx(1.2, abs=0.1)


def test_perlin_has_no_seams():
    x = start.perlin((512, 512), 3, octaves=1).astype(float)
    assert np.abs(np.diff(x, axis=0)).max() <= 3
    assert np.abs(np.diff(x, axis=1)).max() <= 3


def test_octaves_persistence_and_lacunarity_each_make_perlin_finer():
    one = start.perlin((256, 256), 0, octaves=1)
    six = start.perlin((256, 256), 0)
    strong = start.perlin((256, 256), 0, persistence=0.8)
    many = start.perlin((256, 256), 0, lacunarity=2.5)
    assert fineness(one) < fineness(six) < fineness(strong)
    assert fineness(six) < fineness(many)


@pytest.mark.parametrize("size", [(64, 64), (160, 90), (37, 101)])
def test_pictures_have_the_size_asked_for_and_follow_the_seed(size):
    w, h = size
    for make in (start.noise, start.perlin):
        a, again, b = make(size, 1), make(size, 1), make(size, 2)
        assert a.shape == (h, w, 3)
        assert a.dtype == np.uint8
        assert np.array_equal(a, again)
        assert not np.array_equal(a, b)
    assert start.gray(size).shape == (h, w, 3)


def test_gray_is_the_middle_and_has_no_forms():
    assert np.unique(start.gray((32, 16))).tolist() == [127]


def test_the_generators_picture_follows_the_seed():
    generator = Generator(files.read(GENERATOR))
    a, b = (start.generated(generator, (120, 90), seed) for seed in (1, 2))
    assert a.shape == (90, 120, 3)
    assert spread(a) > 20
    assert np.abs(a.astype(int) - b).mean() > 10
    assert np.array_equal(a, start.generated(generator, (120, 90), 1))


def test_grayscale_takes_the_colours_and_leaves_the_light():
    grey = start.grayscale(start.perlin((64, 64), 0))
    assert np.array_equal(grey[..., 0], grey[..., 2])
    assert spread(grey) > 10
