"""Sources of a PulseAudio or PipeWire server, among them what the computer itself plays.

In: the server's own tools (pactl, parec: pulseaudio-utils). Out: descriptions as PortAudio's, and
a source's sound as bytes. It runs in the sound card's process and imports nothing heavy.
PortAudio reaches such a server only through ALSA, which knows one source and no monitors.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

HOSTAPI = "PulseAudio"
ANSWER = 2.0  # seconds that the server may take
LATENCY = 5  # milliseconds asked of the server
DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl


def _end_with_parent() -> None:
    """Let the kernel end this process with the one that started it, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL)


_QUIET = {"stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL,
          "preexec_fn": _end_with_parent}  # fmt: skip


def sources() -> list[dict]:
    """Return every source as PortAudio's devices are described, and its id; none without server."""
    return [
        {
            "name": source["description"],
            "hostapi": HOSTAPI,
            "channels": int(source["sample_specification"].split()[1].removesuffix("ch")),
            "outputs": 0,
            "rate": int(source["sample_specification"].split()[2].removesuffix("Hz")),
            "default": False,
            "id": source["name"],
        }
        for source in _ask("sources")
        if source.get("state") != "UNLINKED"
    ]


def _ask(what: str) -> list[dict]:
    """Return what the server says of its "sources"; nothing where it says nothing."""
    command = ["pactl", "--format=json", "list", what]
    words = {**os.environ, "LC_ALL": "C.UTF-8"}
    with suppress(OSError, subprocess.SubprocessError, ValueError):
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=ANSWER, env=words, **_QUIET)
        answer = json.loads(done.stdout or "[]")
        return answer if isinstance(answer, list) else []
    return []


def record(source: dict, channels: int) -> subprocess.Popen:
    """Start parec on the source: float32 frames on its stdout, ended by its end."""
    return subprocess.Popen(
        ["parec", f"--device={source['id']}", f"--rate={source['rate']}", f"--channels={channels}",
         "--format=float32le", "--raw", f"--latency-msec={LATENCY}", "--client-name=Other Half"],
        stdout=subprocess.PIPE, **_QUIET,
    )  # fmt: skip


def watch(source: dict, gone: Callable[[], None]) -> subprocess.Popen:
    """Call gone() once the source is no more: the server would go on with another one."""
    events = subprocess.Popen(["pactl", "subscribe"], stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "LC_ALL": "C.UTF-8"}, **_QUIET)  # fmt: skip

    def follow() -> None:
        for line in events.stdout:
            if "'remove' on source #" in line and all(s["id"] != source["id"] for s in sources()):
                break
        gone()

    threading.Thread(target=follow, name="pulse", daemon=True).start()
    return events
