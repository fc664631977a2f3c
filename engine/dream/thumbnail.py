"""Draws a small picture of what each network dreams, in a process that gives way to everything.

    python -m engine.dream.thumbnail FOLDER FILE...

Out: in FOLDER for each file KEY.png, or KEY.txt with the line that says why there is none.
A process of its own, so that neither Python's lock nor a file's size comes to the show.
"""

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from engine.cores import use_threads
from engine.dream.dreamer import Dreamer, first_picture
from engine.dream.layers import first_weights
from engine.dream.pixels import to_pixels
from engine.networks.discriminator import Discriminator
from engine.networks.files import read
from engine.networks.layers import NetworkError
from engine.parameters import LAYER_FAMILY, Store

SIZE = (96, 54)
DREAMS, SECONDS = 16, 0.15
SEED = 40


def key(path: Path) -> str:
    """Return the name of a file's thumbnail: another one whenever the file changes."""
    there = path.stat()
    words = f"{path.absolute()} {there.st_size} {there.st_mtime_ns}"
    return hashlib.blake2s(words.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def draw(path: Path) -> Image.Image:
    """Return what the network in `path` dreams out of noise; NetworkError if it cannot be used."""
    network = Discriminator(read(path))
    dreamer, snapshot = Dreamer(network, first_picture(SIZE, SEED)), _snapshot(network)
    for _ in range(DREAMS):
        picture = dreamer(snapshot, SECONDS, np.eye(3))
    return Image.fromarray(to_pixels(picture))


def _snapshot(network: Discriminator) -> Mapping[str, float]:
    store = Store()
    store.fill(LAYER_FAMILY, first_weights(network.layers))
    store.set("dream.channels.seed", SEED)
    return store.snapshot()


def main(folder: Path, paths: list[Path]) -> None:
    """Draw the thumbnails of `paths` into `folder`."""
    psutil.Process().nice(psutil.IDLE_PRIORITY_CLASS if os.name == "nt" else 19)
    use_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        target = folder / key(path)
        try:
            _write(target.with_suffix(".png"), draw(path))
        except (NetworkError, OSError, RuntimeError, MemoryError) as refusal:
            target.with_suffix(".txt").write_text(f"{refusal}\n", "utf-8")


def _write(target: Path, picture: Image.Image) -> None:
    whole = target.with_suffix(".part")  # the panel must not see half a file
    picture.save(whole, "PNG")
    whole.replace(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(word) for word in sys.argv[2:]])
