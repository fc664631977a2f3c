"""The machine: what it lacks is named and asked for; threads share two heaps once told to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import machine

ROOT = Path(__file__).resolve().parents[1]
HEAPS = """
import ctypes, sys, threading
from engine.machine import share_heaps
if sys.argv[1] == "shared":
    share_heaps()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fdopen.restype = ctypes.c_void_p
together = threading.Barrier(6)
def take():
    together.wait()  # while all are alive: a heap of an ended thread is taken over
    libc.malloc(ctypes.c_size_t(1000))
    together.wait()
threads = [threading.Thread(target=take) for _ in range(6)]
[t.start() for t in threads], [t.join() for t in threads]
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's heaps")
@pytest.mark.parametrize(("how", "most"), [("shared", 2), ("each", 99)])
def test_threads_share_two_heaps(how, most):
    found = subprocess.run(
        [sys.executable, "-c", HEAPS, how], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.count("<heap nr=")
    assert (1 if how == "shared" else 3) <= found <= most


@pytest.mark.parametrize(
    ("version", "card", "words"),
    [
        ("2.13.0+cpu", "", "The CPU dreams"),
        ("2.13.0+cpu", "NVIDIA T4", "--torch cuda"),
        ("2.13.0+cu130", "NVIDIA T4", "with CUDA, for NVIDIA T4"),
        ("2.13.0+cu130", "", "--torch cpu"),
    ],
)
def test_torchs_build_is_explained(version, card, words):
    assert words in machine.torch_words(version, card)


def stand_in(folder, name, script):
    """Put a program of this name into `folder`, to be found there first."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_libraries_that_the_loader_lacks_are_named_by_package(tmp_path, monkeypatch):
    stand_in(tmp_path, "ldconfig", r"printf '\tlibGL.so.1 (libc6,x86-64) => /lib/libGL.so.1\n'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    missing = machine.missing_libraries()
    assert "libgl1" not in missing
    assert {"libegl1", "libportaudio2"} <= set(missing)


def test_nothing_is_missing_while_the_tests_run():
    assert machine.missing_libraries() + machine.missing_tools() == []


def test_apt_reads_its_lists_anew_when_a_package_is_not_found(tmp_path, monkeypatch, capfd):
    log = tmp_path / "log"
    script = f'echo "$1" >> "{log}"; [ "$1" = update ] || grep -q update "{log}"'
    stand_in(tmp_path, "apt-get", script)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    machine.apt(["libgl1"])
    assert log.read_text().split() == ["install", "update", "install"]
    stand_in(tmp_path, "apt-get", "exit 100")
    machine.apt(["libgl1"])
    assert "Going on without libgl1." in capfd.readouterr().err


def test_a_package_that_is_not_there_does_not_keep_the_others_out(tmp_path, monkeypatch, capfd):
    stand_in(tmp_path, "apt-get", 'case "$*" in *chromium*) exit 100;; esac; echo done "$@" >&2')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    machine.apt(["xvfb", "chromium", "liblo-tools"])
    said = capfd.readouterr().err
    for package in ("xvfb", "liblo-tools"):
        assert f"--no-remove {package}\n" in said
    assert "Going on without chromium.\n" in said


def test_without_roots_rights_the_one_command_is_said():
    code = (
        "import os, sys; from engine import machine; machine.linux_family = lambda: 'debian';"
        "machine.LIBRARIES = {'libnone.so.1': 'libnone1', 'libnil.so.2': 'libnil2'};"
        "os.geteuid() or os.setuid(65534); machine.system_parts(False)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == "Missing on this system: sudo apt-get install libnone1 libnil2\n"
