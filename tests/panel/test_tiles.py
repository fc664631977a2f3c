"""A file that holds no small picture is no texture, and costs the panel nothing else."""

import io
import random

import numpy as np
import pytest
from OpenGL import GL
from PIL import Image

from engine.panel import tiles
from engine.panel.tiles import Textures


@pytest.fixture
def textures(monkeypatch):
    """Textures without OpenGL; `freed` are those that it was given back."""
    textures = Textures()
    textures.freed = []
    monkeypatch.setattr(GL, "glGenTextures", lambda n: len(textures) + 1)
    monkeypatch.setattr(GL, "glDeleteTextures", textures.freed.extend)
    for name in ("glBindTexture", "glTexParameteri", "glPixelStorei", "glTexImage2D"):
        monkeypatch.setattr(GL, name, lambda *arguments: None)
    return textures


def encoded(size, kind):
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), np.uint8)
    Image.fromarray(noise).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_damaged_files_are_textures_or_none_and_never_an_error(textures, tmp_path, kind):
    whole = encoded((32, 18), kind)
    for seed in range(600):
        chance = random.Random(seed)
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20))):
            data[chance.randrange(min(len(data), chance.choice((40, 400, 4000))))] = (
                chance.randrange(256)
            )
        path = tmp_path / f"{seed}.jpg"
        path.write_bytes(bytes(data[: chance.randrange(len(data))] if seed % 3 else data))
        textures.refresh([(path, 1)])
        assert path in textures
    assert 0 < sum(map(bool, textures.values())) < len(textures)


def test_a_picture_too_large_is_none(textures, tmp_path):
    (tmp_path / "wide.png").write_bytes(encoded((tiles.LARGEST + 1, 2), "PNG"))
    textures.refresh([(tmp_path / "wide.png", 1)])
    assert textures[tmp_path / "wide.png"] == 0


def test_one_is_read_a_frame_and_again_only_in_a_new_version(textures, tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(tiles, "_texture", lambda path: read.append(path.name) or len(read))
    wanted = [(tmp_path / name, 1) for name in ("a", "b")]
    for _ in range(4):
        textures.refresh(wanted)
    assert read == ["a", "b"]
    textures.refresh([wanted[0], (tmp_path / "b", 2)])
    assert read == ["a", "b", "b"]
    assert textures.freed == [2]
    textures.close()
    assert textures == {} and textures.freed == [2, 1, 3]
