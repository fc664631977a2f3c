"""Starts and ends the room's own processes: what may hang, or must not share Python's lock.

In: a module of this room and its arguments. Out: a child that talks over its stdin and stdout, and
ends when its stdin does. Audio thread.
"""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]


def start(module: str, *arguments: str, stderr: int = subprocess.DEVNULL) -> subprocess.Popen:
    """Start `module` (as "engine.audio.portaudio") with one core's worth of numpy's threads."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
    )


def end(child: subprocess.Popen) -> None:
    """Kill the child; one that hangs in the kernel is left behind rather than waited for."""
    child.kill()
    with suppress(subprocess.TimeoutExpired):
        child.wait(1)
        for pipe in (child.stdin, child.stdout, child.stderr):
            with suppress(OSError, ValueError, AttributeError):
                pipe.close()
