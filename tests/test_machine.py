"""Threads share two heaps once they are told to."""

import subprocess
import sys
from pathlib import Path

import pytest

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
