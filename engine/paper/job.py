"""What one command works with: its settings held against the network, and its start pictures.

In: the options' values. Out: a Job, or OptionError, NetworkError, PictureError in one line before
anything is written. Main thread.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.dream import classic, memory, runner, start
from engine.networks import files
from engine.networks.discriminator import Discriminator
from engine.networks.generator import Generator
from engine.paper.loop import Classic, Fast, Motion, settings
from engine.paper.options import NEEDED, OPTIONS, OptionError

SUM, EACH = "use_all", "all"  # words that stand for layers
RATE = 25  # dreams a second of a picture by itself


@dataclass(frozen=True)
class Job:
    """Settings that fit their network; `layers` are all that may be asked for."""

    config: Mapping[str, Any]
    network: Discriminator
    layers: tuple[str, ...]
    generator: Generator | None = None  # of the start pictures, if they are its
    said: str = ""  # what the performer should know before it begins

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        top = self.network.shapes["from_rgb"][1]
        return tuple(self.config["size"] or (top, top))

    def loop(self, picture: np.ndarray, layers: Sequence[str] | None = None) -> Classic | Fast:
        """Return the loop that the options ask for, beginning at `picture`."""
        how = settings(self.config, layers or self.layers)
        if self.config["classic"]:
            return Classic(self.network, how, picture)
        return Fast(self.network, how, picture, self.config.get("fps", RATE))

    def motion(self) -> Motion:
        """Return how each frame moves."""
        keys = ("pixel_zoom", "rotation_deg", "translate_x", "translate_y")
        return Motion(*(self.config[key] for key in keys))

    def start(self, seed: int, use_file: bool = True) -> tuple[str, np.ndarray]:
        """Return the name of the start picture and the picture: the file's, or the seed's."""
        c, path = self.config, self.config["starting_image"] if use_file else None
        if path:
            name, picture = self.stem(path), start.from_file(path, self.size, distort=c["classic"])
        else:
            name = f"{c['random_image_noise']}-seed_{seed}"
            picture = self._noise(c["random_image_noise"], seed)
        return name, start.grayscale(picture) if c["convert_to_grayscale"] else picture

    @staticmethod
    def stem(path: str) -> str:
        """Return a file's name without its folder and its ending."""
        return Path(path).stem

    def _noise(self, kind: str, seed: int) -> np.ndarray:
        if kind == "random":
            return start.noise(self.size, seed)
        if kind == "gray":
            return start.gray(self.size)
        if kind == "generator":
            return start.generated(self.generator, self.size, seed)
        c = self.config
        cells = c["perlin_octaves"], c["perlin_persistence"], c["perlin_lacunarity"]
        return start.perlin(self.size, seed, *cells)


def prepare(config: Mapping[str, Any], begun: bool = False) -> Job:
    """Return the job of these settings, held against their network.

    One that has `begun` keeps its size: its frames are of one size.
    """
    _check_words(config)
    file = files.read(config["network"], "discriminator")
    if config.get("classic") or config["command"] == "style":
        torch.backends.cudnn.allow_tf32 = False
        network = Discriminator(file, runner.choose_device()[0], torch.float32)
    else:
        network = runner.prepare(file)
    _check_class(config.get("class"), network)
    generator = None
    if config.get("random_image_noise") == "generator":
        generator = Generator(files.read(config["generator"], "generator"), network.device)
    job = Job(config, network, tuple(_layers(config, network)), generator)
    job = _within_memory(job, begun)
    _fits(job)
    return job


def _check_words(config: Mapping[str, Any]) -> None:
    """Raise OptionError or PictureError for what the options alone tell to be wrong."""
    for name in NEEDED.get(config["command"], ()):
        if config[name] is None:
            raise OptionError(f"{OPTIONS[name].flags[0]}: is needed")
    if config.get("normed") and config.get("sqrt_normed"):
        raise OptionError("--normed and --sqrt-normed: choose one of them")
    if config["command"] != "dream" and config.get("layers") == [EACH]:
        raise OptionError(f"--layers {EACH}: is for dream; here {SUM} is the sum of all")
    if config["command"] == "interp" and len(config["seeds"]) < 2:
        raise OptionError("--seeds: must be two or more, as 0,3 or 0-4")
    for key in ("starting_image", "content", "style"):
        if config.get(key):
            start.from_file(config[key], (16, 16))


def _within_memory(job: Job, begun: bool) -> Job:
    """Return the job at its size, or at the largest of this shape that the memory holds."""
    (w, h), (a, b) = job.size, memory.fitting(job.network, job.size)
    if (a, b) == (w, h):
        return job
    said = f"{w}x{h} needs more memory than there is: "
    if begun:
        return replace(job, said=said + "the system may end it")
    said += f"{a}x{b} instead"
    return replace(job, config=dict(job.config) | {"size": [a, b]}, said=said)


def _check_class(number: int | None, network: Discriminator) -> None:
    if number is not None and number >= network.classes:
        allowed = (
            f"0 to {network.classes - 1}" if network.classes else "left out: it has no classes"
        )
        raise OptionError(f"--class {number}: for {network.name} it must be {allowed}")


def _layers(config: Mapping[str, Any], network: Discriminator) -> list[str]:
    """Return the layers asked for, which the network must have, with the channels asked for."""
    if "content_layer" in config:
        asked = [config["content_layer"], *config["style_layers"]]
    else:
        asked = config["layers"] if "layers" in config else [config["layer"]]
    channels = config.get("channels")
    if asked in ([SUM], [EACH]) and "layers" in config:
        asked = [n for n in network.layers if _has(network, n, channels)]
        widest = max(network.shapes[n][0] for n in network.layers)
        if not asked:
            raise OptionError(f"--channels {_shown(channels)}: must be 0 to {widest - 1}")
        return asked
    for name in asked:
        if name not in network.layers:
            raise OptionError(
                f"{name!r}: no layer of {network.name}; it has {', '.join(network.layers)}"
            )
    _check_channels(network, asked, channels)
    return asked


def _check_channels(network: Discriminator, layers: Iterable[str], channels) -> None:
    if channels is None:
        return
    for name in layers:
        count = network.shapes[name][0]
        if not _has(network, name, channels):
            raise OptionError(f"--channels {_shown(channels)}: {name} has 0 to {count - 1}")
    widest = max(network.shapes[name][0] for name in layers)
    beyond = [c for c in channels if c >= widest]
    if beyond:
        raise OptionError(f"--channels {_shown(beyond)}: must be 0 to {widest - 1}")


def _has(network: Discriminator, layer: str, channels: Sequence[int] | None) -> bool:
    return channels is None or min(channels) < network.shapes[layer][0]


def _fits(job: Job) -> None:
    """Raise OptionError where the picture is too small for what is asked of it."""
    c, side = job.config, min(job.size)
    if not -side <= c.get("pixel_zoom", 0) < side / 2:
        raise OptionError(
            f"--pixel-zoom {c['pixel_zoom']}: must be from {-side} to below {side // 2}"
        )
    layer = max(job.layers, key=lambda name: job.network.stride([name]))
    deepest = job.network.stride([layer])
    if side < deepest and (c.get("classic") or c["command"] == "style"):
        raise OptionError(f"--size: {layer} needs {deepest} pixels a side at least")
    if not c.get("classic"):
        return
    sizes = classic.octave_sizes(job.size[::-1], settings(c, job.layers))
    fit = sum(min(size) >= deepest for size in sizes)
    if fit < len(sizes):
        smallest = f"the smallest is {min(sizes[-1])} pixels, {layer} needs {deepest}"
        raise OptionError(f"--num-octaves {len(sizes)}: {smallest}; at most {fit} fit")


def _shown(channels: Sequence[int]) -> str:
    return ",".join(map(str, channels[:6])) + (",..." if len(channels) > 6 else "")
