"""A short show that was played for real, with its take and its recording."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from engine.options import ROOT

SECONDS = 4


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def perform(command, *words, within=120):
    """Run a command to its end; return its exit status and what it said on stderr."""
    line = [sys.executable, str(ROOT / "perform.py"), "--here", command, *map(str, words)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=within, check=False)
    return done.returncode, done.stderr


def ports():
    yield from ("--osc", f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}")
    yield from ("--oscquery", f"127.0.0.1:{free_port(socket.SOCK_STREAM)}")


@pytest.fixture(scope="session")
def song(tmp_path_factory):
    """Two beats a second over a tone, 6 s: a sound file."""
    path = tmp_path_factory.mktemp("song") / "song.wav"
    t = np.arange(6 * 48000) / 48000
    kick = np.sin(2 * np.pi * 60 * t) * np.exp(-12 * (t % 0.5))
    soundfile.write(path, 0.5 * kick + 0.1 * np.sin(2 * np.pi * 440 * t), 48000)
    return path


@pytest.fixture(scope="session")
def played(tmp_path_factory, song):
    """The folder of a show: `take`, a take of it, and `set.mp4`, its recording."""
    folder = tmp_path_factory.mktemp("played")
    words = ["--headless", "--seconds", SECONDS, "--audio", song, "--size", "112x64"]
    words += ["--output", "224x128", "--set", "dream.octaves=2", "--set", "dream.governor=0"]
    status, said = perform(
        "play", *words, "--take", folder / "take", "--record", folder / "set.mp4", *ports()
    )
    assert status == 0, said
    return folder


@pytest.fixture(scope="session")
def rendered(played):
    """The film of that take, rendered in one go."""
    from engine.render.job import Job
    from engine.render.render import render

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    out = played / "film.mp4"
    render(Job(out, take=played / "take"), lambda done, total: None)
    return out
