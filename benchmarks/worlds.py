"""Is each channel seed a world of its own? python3 -m benchmarks.worlds SHEET.jpg

Grows 24 seeds in two layers twice, from other start noises. Out: the sheet of the first set, and
one line of JSON: how often the nearest mean, in the discriminator's features, names the seed.
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

LAYERS, SEEDS, SIZE, RATE = ("b16_conv1", "b64_conv1"), 24, (160, 96), 8
SECONDS, TAKEN = 3.0, 4  # pictures of the last second of each run stand for it
FEATURES = (
    "from_rgb", "b256_conv1", "b128_conv1", "b64_conv1",
    "b32_conv1", "b16_conv0", "b16_conv1", "b8_conv1",
)  # fmt: skip
LOOK = {
    "dream.layer.b256_conv0": 0, "dream.layer.b8_conv1": 0, "dream.layer.b16_conv1": 0,
    "dream.octaves": 4,
    "dream.channels.width": 1, "dream.channels.walk": 0,
}  # fmt: skip


def grown(network, layer: str, seed: int, noise: int) -> list[torch.Tensor]:
    """Return the last pictures of one world."""
    changes = {**LOOK, f"dream.layer.{layer}": 1.0, "dream.channels.seed": seed}
    pictures = list(loop.dreams(network, "Pearl", SECONDS, RATE, SIZE, noise, changes))
    return pictures[-2 * TAKEN :: 2]


def described(network, pictures: list[torch.Tensor]) -> np.ndarray:
    """Return the mean log energy of every channel of some layers, over these pictures."""
    rows = []
    for picture in pictures:
        found, _ = network.forward(picture, FEATURES)
        rows.append(torch.cat([found[n].square().mean((2, 3)).log().flatten() for n in FEATURES]))
    return torch.stack(rows).mean(0).numpy()


def nearest(means: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return for each row asked which mean is nearest, each feature by its deviation."""
    far = ((asked[:, None] - means[None]) / (means.std(0) + 1e-6)) ** 2
    return far.mean(2).argmin(1)


def run(path: Path) -> dict:
    """Grow both sets, write the sheet, return how many are named."""
    network, shown, named = prepare(read(STARTER)), [], {}
    for layer in LAYERS:
        sets = [[grown(network, layer, s, 100 * k + s) for s in range(SEEDS)] for k in (0, 1)]
        shown += [pictures[-1] for pictures in sets[0]]
        means, asked = (np.stack([described(network, p) for p in one]) for one in sets)
        named[layer] = float((nearest(means, asked) == np.arange(SEEDS)).mean())
    _sheet(shown).save(path, quality=82)
    return {"named": named, "seeds": SEEDS, "seconds": SECONDS}


def _sheet(pictures: list[torch.Tensor], across: int = 8) -> Image.Image:
    tiles = [to_pixels(p) for p in pictures]
    rows = [np.concatenate(tiles[i : i + across], 1) for i in range(0, len(tiles), across)]
    return Image.fromarray(np.concatenate(rows))


if __name__ == "__main__":
    with torch.no_grad():
        print(json.dumps(run(Path(sys.argv[1]))))
