"""Does each preset look like itself? python3 -m benchmarks.presets SHEET.jpg

Plays every preset that comes along three times for ten seconds on a beat, from other start noises.
Out: a sheet, three moments of each in the list's order, and one line of JSON: how often the nearest
first run, in the network's features of the wall, names a later one, and what it took for what.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from benchmarks import loop
from benchmarks.worlds import described, nearest
from engine.bank import Bank
from engine.camera import CameraPath, Picture
from engine.display.output import Offscreen
from engine.display.renderer import Renderer
from engine.dream.pixels import from_pixels, to_pixels
from engine.dream.runner import prepare
from engine.networks.discriminator import Discriminator
from engine.networks.files import read
from engine.options import ROOT, STARTER
from engine.parameters import Snapshot

SECONDS, RATE, SIZE, ACROSS, LINE = 10, 6, (170, 96), 3, 14
SHOWN, JUDGED = (20, 40, 59), slice(8, None, 4)  # pictures of a run
LEARNED, ASKED = 7, (507, 607)  # start noises


class Wall:
    """The display, offscreen: shows pictures as they stand on the wall, mirrors, light and all."""

    def __init__(self):
        self._output, self._path, self._now = Offscreen(SIZE), CameraPath(), 0.0
        self._renderer = Renderer(self._output.open_context(), SIZE)

    def shown(self, x: torch.Tensor, snapshot: Snapshot) -> np.ndarray:
        """Return what is seen of a picture, height x width x 3."""
        pixels = np.full((*x.shape[2:], 4), 255, np.uint8)
        pixels[..., :3] = to_pixels(x)
        self._renderer.upload(Picture(pixels, 0, 0.0, 0))
        for _ in range(2):  # it comes, and is whole
            self._now += 1
            self._renderer.draw(self._output.framebuffer, snapshot, self._path, self._now)
        seen = np.frombuffer(self._output.framebuffer.read(alignment=1), np.uint8)
        return seen.reshape(SIZE[1], SIZE[0], 3)


def run(path: Path) -> dict:
    """Play all, write the sheet, return how many are named."""
    network, names, wall = (
        prepare(read(STARTER)),
        Bank([ROOT / "presets"], print, print).names(),
        Wall(),
    )
    runs = [[_played(network, wall, name, seed) for name in names] for seed in (LEARNED, *ASKED)]
    _sheet(names, [shown for _, shown in runs[0]]).save(path, quality=58)
    learned, *asked = (np.stack([features for features, _ in one]) for one in runs)
    taken = [names[place] for one in asked for place in nearest(learned, one)]
    wrong = [pair for pair in zip(names * len(ASKED), taken, strict=True) if len(set(pair)) > 1]
    return {"presets": len(names), "named": round(1 - len(wrong) / len(taken), 3), "for": wrong}


def _played(network: Discriminator, wall: Wall, name: str, seed: int) -> tuple[np.ndarray, list]:
    """Return what the network sees of a preset on the wall, and what the sheet shows of it."""
    pictures = list(loop.dreams(network, name, SECONDS, RATE, SIZE, seed, music=True))
    snapshot = loop.filled(network, name, {})[0].snapshot()
    seen = [wall.shown(x, snapshot) for x in pictures]
    judged = [from_pixels(pixels) for pixels in seen[JUDGED]]
    return described(network, judged), [Image.fromarray(seen[number]) for number in SHOWN]


def _sheet(names: list[str], shows: list[list[Image.Image]]) -> Image.Image:
    """Return the moments shown of every preset, its name above them."""
    (w, h), many = SIZE, len(SHOWN)
    sheet = Image.new("RGB", (w * many * ACROSS, (h + LINE) * -(-len(names) // ACROSS)))
    for place, (name, pictures) in enumerate(zip(names, shows, strict=True)):
        x, y = place % ACROSS * w * many, place // ACROSS * (h + LINE)
        ImageDraw.Draw(sheet).text((x + 2, y + 1), name, fill="white")
        for k, picture in enumerate(pictures):
            sheet.paste(picture, (x + k * w, y + LINE))
    return sheet


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]))))
