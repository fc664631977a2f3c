"""A long show, looked at afterwards: python -m benchmarks.endurance FOLDER [SECONDS] [options]

Out: FOLDER/show.mp4, stats.json, sheet.png (24 pictures), and one line of JSON: whether pictures
stay different (mean pairwise distance in discriminator features, over that between 24 channel
seeds), bright (mean of every half second in 0..1) and memory flat (MB at minute three and last).
"""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import torch
from PIL import Image

from benchmarks import film
from engine import clock, presets
from engine.camera import step
from engine.dream.dreamer import Dreamer, first_picture
from engine.dream.pixels import from_pixels
from engine.dream.runner import prepare
from engine.networks.files import read
from engine.options import OPENING, ROOT, STARTER
from engine.parameters import LAYER_FAMILY, Store

PICTURES, SIZE, RATE, GROWN = 24, (224, 128), 8, 5.0
LAYERS = ("b32_conv1", "b16_conv1", "b8_conv1")


def play(folder: Path, seconds: float, options: list[str]) -> list[float]:
    """Play a headless show and return its memory in MB, once a second."""
    command = [sys.executable, str(ROOT / "perform.py"), "--here", "play", "--headless"]
    command += ["--seconds", str(seconds), "--record", str(folder / "show.mp4")]
    command += ["--stats", str(folder / "stats.json"), *options]
    show, memory = subprocess.Popen(command), []
    process = psutil.Process(show.pid)
    while show.poll() is None:
        memory.append(process.memory_info().rss / 1e6)
        clock.sleep_until(clock.now() + 1)
    return memory


def distance(pictures: list[torch.Tensor], network) -> float:
    """Return the mean pairwise distance of the mean channel energies, each layer of norm 1."""
    vectors = []
    for picture in pictures:
        features, _ = network.forward(picture, LAYERS)
        parts = [features[name].abs().mean((2, 3)).flatten() for name in LAYERS]
        vectors.append(torch.cat([part / part.norm() for part in parts]))
    pairs = itertools.combinations(vectors, 2)
    return float(np.mean([float((a - b).norm()) for a, b in pairs]))


def seeds(network) -> list[torch.Tensor]:
    """Return one grown picture for each of 24 channel seeds, without music."""
    store = Store()
    store.fill(LAYER_FAMILY, dict.fromkeys(network.layers, 0.0))
    presets.apply(presets.read(ROOT / "presets" / f"{OPENING}.toml"), store)
    grown = []
    for seed in range(PICTURES):
        store.set("dream.channels.seed", 100 * seed)
        snapshot = store.snapshot()
        dreamer = Dreamer(network, first_picture(SIZE, seed))
        for _ in range(round(GROWN * RATE)):
            dreamer(snapshot, 1 / RATE, step(snapshot, 1 / RATE))
        grown.append(dreamer.picture)
    return grown


def run(folder: Path, seconds: float, options: list[str]) -> dict:
    """Play, look, and return what was found."""
    folder.mkdir(parents=True, exist_ok=True)
    memory = play(folder, seconds, options)
    network = prepare(read(STARTER))
    path = folder / "show.mp4"
    shown = film.frames(path, SIZE, round(film.rate(path) / 2))
    picked = shown[np.linspace(len(shown) // 48, len(shown) - 1, PICTURES).astype(int)]
    _sheet(picked).save(folder / "sheet.png")
    tensors = [from_pixels(p) for p in picked]
    bright = shown.mean((1, 2, 3)) / 255
    between = distance(seeds(network), network)
    return {
        "distance_over_seeds": round(distance(tensors, network) / between, 3),
        "brightness": [round(float(bright.min()), 3), round(float(bright.max()), 3)],
        "memory_mb": {"third_minute": _mean(memory[120:180]), "last_minute": _mean(memory[-60:-3])},
        "stats": json.loads((folder / "stats.json").read_text("utf-8")),
    }


def _mean(values: list[float]) -> float:
    return round(float(np.mean(values)), 1) if values else 0.0


def _sheet(pictures: np.ndarray, across: int = 6) -> Image.Image:
    rows = [np.concatenate(pictures[i : i + across], 1) for i in range(0, len(pictures), across)]
    return Image.fromarray(np.concatenate(rows))


if __name__ == "__main__":
    length = float(sys.argv[2]) if len(sys.argv) > 2 else 600.0
    print(json.dumps(run(Path(sys.argv[1]), length, sys.argv[3:]), indent=1))
