"""What a show opens with: its network, the latent walk with the first picture, what is at hand.

In: what is asked for, and what the show before left behind. Out: the rooms. Main thread.
"""

from collections.abc import Callable
from pathlib import Path

import platformdirs
import torch

from engine.audio.block import AudioError
from engine.audio.listener import Listener
from engine.audio.soundcard import devices
from engine.dream.dreamer import first_picture
from engine.dream.runner import prepare
from engine.dream.shelf import Shelf
from engine.latent.walker import Walker
from engine.networks.convolution import hindrance
from engine.networks.discriminator import Discriminator
from engine.networks.files import NetworkError, read
from engine.networks.generator import Generator
from engine.options import GENERATOR, ROOT, STARTER, own_folder
from engine.recording.take import digest_of

Line = Callable[[str], None]


def network(asked: Path | None, before: str, say: Line, error: Line) -> Discriminator:
    """Return the network that is asked for, else that of the show before, else the starter.

    NetworkError where that cannot be read.
    """
    found = _before(before, error) if before and not asked else None
    found = found or prepare(read(asked or STARTER))
    if found.device.type == "cuda" and (why := hindrance(found.device)):
        say(f"plain kernels, much slower: {why}")
    return found


def _before(path: str, error: Line) -> Discriminator | None:
    try:
        return prepare(read(path))
    except NetworkError as refusal:
        error(str(refusal))
        return None


def network_file(path: Path, digest: str) -> Path | None:
    """Return a network's file that has this SHA-256: where it was, or in a folder of networks."""
    folders = (ROOT / "networks", own_folder() / "networks")
    others = [p for folder in folders if folder.is_dir() for p in sorted(folder.iterdir())]
    there = (file for file in [path, *others] if file.is_file())
    return next((file for file in there if digest_of(file) == digest), None)


def latent_walk(
    size: tuple[int, int], seed: int, psi: float, device: torch.device, error: Line
) -> tuple[Walker | None, torch.Tensor]:
    """Return the walk and its first picture; without a generator, none and coloured noise."""
    try:
        generator = Generator(read(GENERATOR), device)
    except NetworkError as refusal:
        error(str(refusal))
        return None, first_picture(size, seed, device)
    walker = Walker(generator, size, error)
    return walker, walker.first(seed, psi)


def listen(listener: Listener, asked: str | None, before: str, error: Line) -> None:
    """Hear what is asked for, else what the show before heard; AudioError for what is asked for."""
    try:
        listener.open(asked or before)
    except AudioError as fault:
        if asked:
            raise
        error(str(fault))
        listener.open()


def shelf() -> Shelf:
    """Return the networks that are at hand."""
    cache = Path(platformdirs.user_cache_dir("Other Half", False))
    return Shelf([ROOT / "networks", own_folder() / "networks"], cache / "thumbnails")


def source_names() -> list[str]:
    """Return the names of the sound inputs; none where PortAudio has nothing to say."""
    try:
        return [device["name"] for device in devices() if device["channels"]]
    except AudioError:
        return []
