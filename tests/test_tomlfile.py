"""Files for the performer: written whole or not at all."""

import resource
from contextlib import contextmanager

import pytest
import tomlkit

from engine import tomlfile
from engine.tomlfile import TomlError


@contextmanager
def little_room(most):
    """Let no file grow beyond so many bytes: the system refuses the rest, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_costs_nothing_that_was_there(tmp_path):
    path = tmp_path / "mine.toml"
    tomlfile.write(path, tomlkit.document().add("version", 1))
    larger = tomlkit.document().add("version", 1).add("text", "x" * 5000)
    with little_room(1000), pytest.raises(TomlError, match=r"mine\.toml: cannot be written"):
        tomlfile.write(path, larger)
    assert tomlfile.read(path, 1) == {"version": 1}
    tomlfile.write(path, larger)
    assert tomlfile.read(path, 1)["text"] == "x" * 5000
    assert [file.name for file in tmp_path.iterdir()] == ["mine.toml"]
