"""Law 1, time and not frames: python3 -m benchmarks.rates [PRESET]

In: a preset, else whole layers: with few channels a world is chaotic, and a preset's rates may lie
as far apart as its seeds do.
Out: one line of JSON: what the same show looks like at 6 and at 24 dreams a second (mean over its
last half; three seeds), how far the two lie apart, and how far the seeds lie apart at one rate.
"""

import json
import sys

import numpy as np

from benchmarks import loop
from engine.camera import step
from engine.dream.runner import prepare
from engine.networks.files import read
from engine.options import STARTER

BASE = "Pearl"
RATES, SECONDS, SIZE, SEEDS = (6, 24), 20, (160, 96), (11, 40, 72)
WHOLE = {
    "dream.layer.b256_conv0": 0, "dream.layer.b8_conv1": 0.5, "dream.octaves": 3,
    "dream.channels.width": 512, "motion.zoom": 0.15,
    "motion.rotation": 6, "dream.smooth": 0.8, "tone.mean": 4,
}  # fmt: skip


def seen(network, preset: str, rate: int, seed: int) -> np.ndarray:
    """Return means of red, green, blue, then deviation, then spectral slope."""
    changes, found = {"dream.channels.seed": seed} | (WHOLE if preset == "" else {}), []
    pictures = loop.dreams(network, preset or BASE, SECONDS, rate, SIZE, seed, changes)
    for k, x in enumerate(pictures):
        if k >= SECONDS * rate / 2 and k % (rate // 3) == 0:
            found.append([*x.mean((0, 2, 3)).tolist(), float(x.std()), loop.slope(x)])
    return np.mean(found, 0)


def pose(network, preset: str, rate: int) -> np.ndarray:
    """Return the camera's pose after the show."""
    snapshot, place = loop.filled(network, preset or BASE, {})[0].snapshot(), np.eye(3)
    for _ in range(SECONDS * rate):
        place = place @ step(snapshot, 1 / rate)
    return place


def run(preset: str) -> dict:
    """Return what was seen."""
    network = prepare(read(STARTER))
    slow, fast = (np.array([seen(network, preset, r, s) for s in SEEDS]) for r in RATES)
    apart = np.abs(fast - slow)
    relative = apart[:, 3] / slow[:, 3]
    between = np.abs(slow.max(0) - slow.min(0))
    poses = [pose(network, preset, rate) for rate in RATES]
    return {
        "preset": preset or "whole layers",
        "means_apart": apart[:, :3].max().round(3),
        "deviation_apart": relative.max().round(3),
        "slope_apart": apart[:, 4].max().round(3),
        "pose_apart": float(np.abs(poses[0] - poses[1]).max()),
        "deviation": [slow[:, 3].round(3).tolist(), fast[:, 3].round(3).tolist()],
        "slope": [slow[:, 4].round(2).tolist(), fast[:, 4].round(2).tolist()],
        "between_seeds": {
            "means": between[:3].max().round(3),
            "deviation": (between[3] / slow[:, 3].mean()).round(3),
            "slope": between[4].round(3),
        },
    }


if __name__ == "__main__":
    for name in sys.argv[1:] or [""]:
        print(json.dumps(run(name)), flush=True)
