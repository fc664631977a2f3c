"""What recording costs a show: python -m benchmarks.live [ROUNDS SECONDS SIZE ...]

In: how often (4), how long (20), which outputs (640x360 960x540). Each round plays every case once,
headless, one after the other, so that what else the machine does meets all of them alike.
Out: for each case the medians of dreams a second, of their share of the same round's show that only
plays, and of the display's figures; frames of the recording that were dropped and held.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from engine.options import ROOT

CASES = {"playing": [], "keeping 30 s": ["--set", "recording.keep=30"], "recording": ["--record"]}
SIZES = ["640x360", "960x540"]


def play(folder: Path, seconds: float, size: str, options: list[str]) -> dict:
    """Play one show; return its figures."""
    stats, film = folder / "stats.json", folder / "show.mp4"
    film.unlink(missing_ok=True)
    options = [*options, str(film)] if options == ["--record"] else options
    command = [sys.executable, str(ROOT / "perform.py"), "--here", "play", "--headless"]
    command += ["--audio", "demo", "--output", size, "--seconds", str(seconds)]
    command += ["--set", "recording.keep=0", "--stats", str(stats), *options]
    environment = {**os.environ, "XDG_DATA_HOME": str(folder / "data")}
    subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)
    return json.loads(stats.read_text("utf-8"))


def summary(shows: list[dict], alone: list[dict]) -> dict:
    """Return the medians of one case, and of its shares of the shows `alone`."""
    middle = lambda values: round(float(np.median(list(values))), 3)  # noqa: E731
    shares = [
        show["dream_fps"] / other["dream_fps"] for show, other in zip(shows, alone, strict=True)
    ]
    return {
        "dreams": middle(show["dream_fps"] for show in shows),
        "share": middle(shares),
        "shares": [round(share, 2) for share in shares],
        "display": middle(show["display_fps"] for show in shows),
        "p99_ms": middle(show["display_interval_ms"]["p99"] for show in shows),
        "dropped": sum(show["drops"]["record"] for show in shows),
        "held": sum(show["drops"]["held"] for show in shows),
        "dream": {"x".join(map(str, show["size"])) for show in shows}.pop(),
    }


def run(rounds: int, seconds: float, sizes: list[str]) -> None:
    """Play all and print a line for each output and case."""
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            found = {case: [] for case in CASES}
            for _ in range(rounds):
                for case, options in CASES.items():
                    found[case].append(play(Path(folder), seconds, size, options))
            for case, shows in found.items():
                print(size, case, json.dumps(summary(shows, found["playing"])), flush=True)


if __name__ == "__main__":
    words = sys.argv[1:]
    many, long = (words + ["4", "20"][len(words) :])[:2]
    run(int(many), float(long), words[2:] or SIZES)
