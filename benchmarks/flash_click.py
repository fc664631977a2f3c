"""Where picture and sound meet in a recording: python -m benchmarks.flash_click FOLDER [SECONDS]

In: nothing; a sound file with a click a second is played in a real show, headless, in which clicks
light up the black picture; 300 seconds. Out: FOLDER/show.mp4 and one line of JSON: by how many
milliseconds the flashes come after their clicks (median of the first five, the last five, all).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import soundfile

from engine.options import ROOT

RATE = 48000
CLICK = 0.02  # seconds
LIT = 0.3  # of the brightest picture: a flash has begun
LOUD = 0.2  # of full scale: a click has begun
DEAD = 0.5  # seconds after a beginning in which no other is looked for
PRESET = """
version = 1
[output]
brightness = 0
[[mapping]]
signal = "audio.level"
parameter = "output.brightness"
amount = 2.0
release = 0.05
"""


def clicks(path: Path, seconds: float) -> None:
    """Write a sound file with a short burst of 2 kHz each second."""
    second = np.zeros(RATE, np.float32)
    burst = np.arange(round(CLICK * RATE))
    second[RATE // 2 : RATE // 2 + len(burst)] = 0.8 * np.sin(burst * 2 * np.pi * 2000 / RATE)
    soundfile.write(path, np.tile(second, round(seconds)), RATE)


def play(folder: Path, seconds: float, options: list[str]) -> Path:
    """Play and record a headless show of the clicks; return the recording."""
    presets = folder / "data" / "Other Half" / "presets"
    presets.mkdir(parents=True, exist_ok=True)
    (presets / "Click.toml").write_text(PRESET, "utf-8")
    clicks(folder / "clicks.wav", seconds + 30)
    command = [sys.executable, str(ROOT / "perform.py"), "--here", "play", "--headless"]
    command += ["--audio", str(folder / "clicks.wav"), "--preset", "Click"]
    command += ["--seconds", str(seconds), "--record", str(folder / "show.mp4"), *options]
    environment = {**os.environ, "XDG_DATA_HOME": str(folder / "data")}
    subprocess.run(command, check=True, env=environment)
    return folder / "show.mp4"


def beginnings(times: np.ndarray, values: np.ndarray, threshold: float) -> np.ndarray:
    """Return when the values come over the threshold, each time after they were quiet a while."""
    over, found = times[values > threshold], []
    for moment in over:
        if not found or moment > found[-1] + DEAD:
            found.append(moment)
    return np.array(found)


def flashes(path: Path) -> np.ndarray:
    """Return when the recording's pictures light up, in seconds."""
    with av.open(path) as film:
        frames = [
            (frame.time, frame.to_ndarray(format="gray").mean()) for frame in film.decode(video=0)
        ]
    times, light = np.array(frames).T
    return beginnings(times, light, light.min() + LIT * (light.max() - light.min()))


def heard(path: Path) -> np.ndarray:
    """Return when its sound clicks, in seconds."""
    with av.open(path) as film:
        frames = list(film.decode(audio=0))
    samples = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    times = frames[0].time + np.arange(len(samples)) / frames[0].sample_rate
    return beginnings(times, np.abs(samples), LOUD)


def offsets(path: Path) -> np.ndarray:
    """Return the seconds by which each flash comes after the click next to it."""
    lit, loud = flashes(path), heard(path)
    nearest = [loud[np.abs(loud - moment).argmin()] for moment in lit]
    late = lit - np.array(nearest)
    return late[np.abs(late) < DEAD / 2]


def run(folder: Path, seconds: float, options: list[str]) -> dict:
    """Play, look, and return what was found."""
    folder.mkdir(parents=True, exist_ok=True)
    path = play(folder, seconds, options)
    late = offsets(path) * 1000
    with av.open(path) as film:
        frame = 1000 / float(film.streams.video[0].average_rate)
    return {
        "clicks": len(heard(path)),
        "flashes": len(late),
        "frame_ms": round(frame, 1),
        "first_ms": round(float(np.median(late[:5])), 1),
        "last_ms": round(float(np.median(late[-5:])), 1),
        "median_ms": round(float(np.median(late)), 1),
        "least_ms": round(float(late.min()), 1),
        "most_ms": round(float(late.max()), 1),
    }


if __name__ == "__main__":
    length = float(sys.argv[2]) if len(sys.argv) > 2 else 300.0
    print(json.dumps(run(Path(sys.argv[1]), length, sys.argv[3:])))
