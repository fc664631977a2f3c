"""Kills shows that record, and looks at what is left: python -m benchmarks.kill FOLDER COUNT

In: how many shows; each is killed (SIGKILL) at a random moment of its first 5 to 15 seconds, each
format in turn. Out: a line of JSON for each: the seconds recorded when it was killed, those of its
picture and sound that decode, whether ffprobe opens it, those of its take rendered to the end;
then one for all. Status 1 where one lacks more than 2 seconds. What follows COUNT are further
options of play.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import av

from engine import clock
from engine.options import ROOT

ENDINGS = (".mp4", ".mov", ".mkv")
SHORTEST, LONGEST = 5.0, 15.0  # seconds after which a show is killed
LOST = 2.0  # seconds that a kill may cost


def kill(path: Path, after: float, options: list[str]) -> float:
    """Play and record a headless show, kill it, and return how many seconds it had recorded."""
    command = [sys.executable, str(ROOT / "perform.py"), "--here", "play", "--headless"]
    command += ["--audio", "demo", "--record", str(path), "--take", str(take_of(path)), *options]
    environment = {**os.environ, "XDG_DATA_HOME": str(path.parent / "data")}
    show = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    if not any(f"recording to {path}" in line for line in show.stderr):
        raise SystemExit(f"{path}: nothing was recorded (status {show.wait()})")
    begun = clock.now()
    clock.sleep_until(begun + after)
    show.send_signal(signal.SIGKILL)
    recorded = clock.now() - begun
    show.wait()
    return recorded


def take_of(path: Path) -> Path:
    """Return where the take of this recording lies."""
    return path.with_name(f"{path.stem} take")


def rendered(path: Path) -> float:
    """Render the take of this recording; return how long the film is, in seconds."""
    out = path.with_name(f"{path.stem} film.mp4")
    command = [sys.executable, str(ROOT / "perform.py"), "--here", "render"]
    subprocess.run(
        [*command, str(take_of(path)), "--out", str(out)], check=True, capture_output=True
    )
    return length(out, "video")


def length(path: Path, kind: str) -> float:
    """Return up to where the pictures ("video") or the sound ("audio") decode, in seconds."""
    end = 0.0
    with av.open(path) as film:
        for frame in film.decode(**{kind: 0}):
            end = frame.time + float((frame.duration or 0) * frame.time_base)
    return end


def look(path: Path, recorded: float) -> dict:
    """Return what is left of a show that was killed after so many recorded seconds."""
    probe = subprocess.run(["ffprobe", "-v", "error", path], capture_output=True, check=False)
    found = {"file": path.name, "recorded": round(recorded, 2), "opens": probe.returncode == 0}
    for kind in ("video", "audio"):
        found[kind] = round(length(path, kind), 2) if found["opens"] else 0.0
    found["take"] = round(rendered(path), 2)
    found["lost"] = round(recorded - min(found[name] for name in ("video", "audio", "take")), 2)
    return found


def run(folder: Path, count: int, options: list[str]) -> dict:
    """Kill `count` shows; return the worst."""
    folder.mkdir(parents=True, exist_ok=True)
    chance, all = random.Random(count), []
    for number in range(count):
        path = folder / f"{number:03d}{ENDINGS[number % len(ENDINGS)]}"
        path.unlink(missing_ok=True)
        shutil.rmtree(take_of(path), ignore_errors=True)
        all.append(look(path, kill(path, chance.uniform(SHORTEST, LONGEST), options)))
        print(json.dumps(all[-1]), flush=True)
    return {"shows": count, "most_lost": max(f["lost"] for f in all),
            "open": sum(f["opens"] for f in all)}  # fmt: skip


if __name__ == "__main__":
    worst = run(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
    print(json.dumps(worst))
    sys.exit(worst["most_lost"] > LOST)
