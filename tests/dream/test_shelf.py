"""The shelf of networks: what it lists, and how its thumbnails come and stay."""

import os
import shutil
import time

import numpy as np
import pytest
from PIL import Image

from engine.dream import shelf as module
from engine.dream import thumbnail
from engine.dream.shelf import Shelf
from engine.options import GENERATOR, STARTER


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "REST", 0.0)
    (tmp_path / "networks").mkdir()
    made = Shelf([tmp_path / "networks", tmp_path / "none"], tmp_path / "cache" / "thumbnails")
    yield made
    made.stop()


@pytest.fixture
def folder(shelf):
    return shelf.folders[0]


def seen(shelf):
    return {found.path.name: found for found in shelf.look()}


def until(shelf, true, within=150.0):
    end = time.monotonic() + within
    while not true(seen(shelf)):
        assert time.monotonic() < end, seen(shelf)
        time.sleep(0.05)
    return seen(shelf)


def test_networks_are_listed_by_name_and_other_files_are_not(shelf, folder):
    for name in ("b.PKL", "a.safetensors", "c.pt", "notes.txt", "d.pkl.part"):
        (folder / name).write_bytes(b"x")
    (folder / "e.pt").mkdir()
    shelf._draw = lambda lacks: None
    assert [found.path.name for found in shelf.look()] == ["a.safetensors", "b.PKL", "c.pt"]


def test_a_thumbnail_shows_what_the_network_dreams_and_refusals_say_why_there_is_none(
    shelf, folder
):
    shutil.copy(STARTER, folder / "good é.safetensors")
    shutil.copy(GENERATOR, folder / "generator.safetensors")
    (folder / "broken.pkl").write_bytes(b"\x80\x02 no network")
    assert not any(found.thumbnail or found.refusal for found in shelf.look())
    there = until(shelf, lambda s: all(f.thumbnail or f.refusal for f in s.values()))
    pixels = np.asarray(Image.open(there["good é.safetensors"].thumbnail))
    assert pixels.shape == (54, 96, 3)
    assert pixels.std() > 20
    assert "broken.pkl" in there["broken.pkl"].refusal
    assert "generator" in there["generator.safetensors"].refusal
    again = Shelf(shelf.folders, shelf._cache)
    assert {f.path.name: f for f in again.look()} == there
    assert again._drawing is None


def test_a_file_that_changes_gets_a_new_thumbnail(tmp_path):
    path = tmp_path / "a.pt"
    path.write_bytes(b"x")
    before = thumbnail.key(path)
    assert thumbnail.key(path) == before
    os.utime(path, (1, 1))
    changed = thumbnail.key(path)
    assert changed != before
    shutil.copy(path, tmp_path / "b.pt")
    assert thumbnail.key(tmp_path / "b.pt") != changed


def test_one_that_kills_the_process_does_not_keep_the_others_waiting(shelf, folder, monkeypatch):
    """The first of a batch is never drawn, for the process is killed at once."""
    for name in ("a.pt", "b.pt", "c.pt"):
        (folder / name).write_bytes(b"no network")
    shelf.look()
    assert [path.name for path in shelf._batch] == ["a.pt", "b.pt", "c.pt"]
    shelf._drawing.kill()
    shelf._drawing.wait()
    there = until(shelf, lambda s: s["b.pt"].refusal and s["c.pt"].refusal)
    assert there["a.pt"] == module.Found(folder / "a.pt")
    shelf._drawing.wait()
    shelf.look()
    assert shelf._batch == []


def test_nothing_is_drawn_while_nobody_looks(shelf, folder):
    shutil.copy(STARTER, folder / "a.safetensors")
    assert shelf._drawing is None


def test_stop_ends_the_process(shelf, folder):
    shutil.copy(STARTER, folder / "a.safetensors")
    shelf.look()
    shelf.stop()
    assert shelf._drawing.poll() is not None
