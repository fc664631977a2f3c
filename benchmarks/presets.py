"""Does each preset look like itself? python3 -m benchmarks.presets SHEET.jpg

Plays every preset that comes along three times for ten seconds on a beat, from other start noises.
Out: a sheet, three moments of each in the list's order, and one line of JSON: how often the nearest
first run, in the discriminator's features, names a later one, and what it took for what.
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
from engine.dream.pixels import to_pixels
from engine.dream.runner import prepare
from engine.networks.discriminator import Discriminator
from engine.networks.files import read
from engine.options import ROOT, STARTER
from engine.parameters import Snapshot

SECONDS, RATE, SIZE, ACROSS, LINE = 10, 6, (170, 96), 3, 14
SHOWN, JUDGED = (20, 40, 59), slice(8, None, 4)  # pictures of a run
LEARNED, ASKED = 7, (507, 607)  # start noises


def run(path: Path) -> dict:
    """Play all, write the sheet, return how many are named."""
    network, names = prepare(read(STARTER)), Bank([ROOT / "presets"], print, print).names()
    runs = [[_played(network, name, seed) for name in names] for seed in (LEARNED, *ASKED)]
    _sheet(names, [shown for _, shown in runs[0]]).save(path, quality=66)
    learned, *asked = (np.stack([features for features, _ in one]) for one in runs)
    taken = [names[place] for one in asked for place in nearest(learned, one)]
    wrong = [pair for pair in zip(names * len(ASKED), taken, strict=True) if len(set(pair)) > 1]
    return {"presets": len(names), "named": round(1 - len(wrong) / len(taken), 3), "for": wrong}


def _played(network: Discriminator, name: str, seed: int) -> tuple[np.ndarray, list[Image.Image]]:
    """Return what the network sees in a preset, and what the sheet shows of it."""
    pictures = list(loop.dreams(network, name, SECONDS, RATE, SIZE, seed, music=True))
    snapshot = loop.filled(network, name, {})[0].snapshot()
    shown = [_on_the_wall(pictures[number], snapshot) for number in SHOWN]
    return described(network, pictures[JUDGED]), shown


def _on_the_wall(x: torch.Tensor, snapshot: Snapshot) -> Image.Image:
    """Return the picture as the display shows it: its mirrors, its hue."""
    output, pixels = Offscreen(SIZE), np.full((*x.shape[2:], 4), 255, np.uint8)
    pixels[..., :3] = to_pixels(x)
    renderer = Renderer(output.open_context(), SIZE)
    renderer.upload(Picture(pixels, 0, 0.0, 0))
    renderer.draw(output.framebuffer, snapshot, CameraPath(), 0.0)
    shown = Image.frombytes("RGB", SIZE, output.framebuffer.read(alignment=1))
    output.close_context()
    return shown


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
