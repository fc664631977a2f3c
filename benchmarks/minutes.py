"""Ten minutes of each preset, offline: python3 -m benchmarks.minutes SHEET.png [PRESET ...]

Out: the sheet (a row a preset, a picture a minute) and a line of JSON for each: brightness and
deviation (least and most), numbers that are none, fine detail of the first and the last minute,
which walk through the same worlds: what lies between them is the loop's drift, not the walk's.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks import loop
from engine.dream.pixels import to_pixels
from engine.dream.runner import prepare
from engine.networks.files import read
from engine.options import STARTER

MINUTES, RATE, SIZE = 10, 8, (128, 72)
PRESETS = ("Pearl", "Feathers", "Reef")


def run(network, preset: str) -> tuple[dict, np.ndarray]:
    """Return what was seen, and a row of pictures."""
    light, spread, detail, shown, broken = [], [], [], [], 0
    seconds = 60 * MINUTES
    pictures = loop.dreams(network, preset, seconds, RATE, SIZE, music=True, again=seconds - 60)
    for k, x in enumerate(pictures):
        broken += int((~torch.isfinite(x)).any())
        if k % RATE == RATE - 1:
            light.append(float(x.mean()))
            spread.append(float(x.std()))
            detail.append(loop.fine(x))
        if k % (60 * RATE) == 60 * RATE - 1:
            shown.append(to_pixels(x))
    first, last = (float(np.mean(part)) for part in (detail[10:60], detail[-50:]))
    found = {
        "preset": preset,
        "broken": broken,
        "mean": [round(min(light[3:]), 2), round(max(light[3:]), 2)],
        "deviation": [round(min(spread[3:]), 2), round(max(spread[3:]), 2)],
        "fine": [round(first, 4), round(last, 4), round(last / first, 2)],
        "fine_by_minute": [
            round(float(np.mean(detail[i : i + 60])), 4) for i in range(0, 60 * MINUTES, 60)
        ],
    }
    return found, np.concatenate(shown, 1)


if __name__ == "__main__":
    rows = []
    for name in sys.argv[2:] or PRESETS:
        told, row = run(prepare(read(STARTER)), name)
        print(json.dumps(told), flush=True)
        rows.append(row)
        Image.fromarray(np.concatenate(rows)).save(Path(sys.argv[1]))
