"""Dreams a take's dreams again: the same pictures, or the same at another size and quality.

In: each dream's line, the effective values at its beginning, where the camera went. Out: pictures.
The calling thread; everything that a show does beside its dreams is done here in their turn.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from engine.cores import use_threads
from engine.dream.dreamer import Dreamer, first_picture
from engine.dream.governor import PARAMETERS
from engine.dream.layers import first_weights
from engine.dream.pixels import write_pixels
from engine.dream.pulls import Guide
from engine.dream.runner import resized
from engine.dream.tone import Held
from engine.dream.ways import CORES, SideBySide
from engine.latent.walk import LARGEST_STEP, Walk
from engine.latent.walker import draw
from engine.networks.discriminator import Discriminator
from engine.networks.generator import Generator
from engine.parameters import LAYER_FAMILY, Snapshot

KEPT = 4  # pictures of the latent walk


@dataclass(frozen=True)
class Wish:
    """How a render's dreams differ from the take's; None leaves a thing as it was."""

    scale: float = 1.0  # of a dream's lines
    aspect: float | None = None
    octaves: int | None = None
    iterations: int | None = None

    def size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return this size as it is wished."""
        w, h = size
        if self.scale == 1 and self.aspect is None:
            return w, h
        h = max(round(h * self.scale), 16)
        return max(round(h * (self.aspect or w / size[1])), 16), h

    def quality(self) -> dict[str, float]:
        """Return the parameters that are wished."""
        all_ = {"dream.octaves": self.octaves, "dream.iterations": self.iterations}
        return {id: float(value) for id, value in all_.items() if value is not None}


class Dreams:
    """The dreams of a take, from what the first began with; `size` is the largest one's."""

    def __init__(
        self,
        network: Discriminator,
        start: Mapping[str, np.ndarray],
        size: tuple[int, int],
        generator: Generator | None,
        wish: Wish,
        exact: bool,
    ):
        """exact: by the steps of the latent walk that the take's line names, else by the place."""
        device = network.device
        picture, mean, deviation = (
            torch.from_numpy(start[name]).to(device) for name in ("picture", "mean", "deviation")
        )
        self._dreamer = Dreamer(network, picture)
        self._dreamer.held = Held(mean, deviation)
        self._began = int(start["number"])
        self._wish, self._size, self._generator = wish, wish.size(size), generator
        self._exact, self._ways = exact, {}
        self._drawn: OrderedDict[tuple, torch.Tensor] = OrderedDict()

    def use(self, network: Discriminator) -> None:
        """Dream through this network from now on."""
        self._dreamer.network = network

    def guide(self, guide: Guide | None) -> None:
        """Take this guide picture from now on."""
        self._dreamer.guide = guide

    def state(self) -> dict[str, np.ndarray]:
        """Return what the next dream begins with."""
        dreamer = self._dreamer
        parts = {
            "picture": dreamer.picture,
            "mean": dreamer.held.mean,
            "deviation": dreamer.held.deviation,
        }
        return {name: part.cpu().numpy() for name, part in parts.items()} | {
            "number": np.array(self._began)
        }

    def dream(
        self, line: Mapping[str, Any], snapshot: Snapshot, moved: np.ndarray, degrees: float
    ) -> np.ndarray:
        """Return the pixels of this line's dream, uint8 (h, w, 4).

        moved: the camera's way since the dream before; degrees: along the latent walk.
        """
        dreamer, size = self._dreamer, self._wish.size(line["size"])
        then = {id: line[name] for name, id in PARAMETERS.items() if line[name] is not None}
        snapshot = self._awake({**snapshot, **line["layers"], **then, **self._wish.quality()})
        drawn = line["latent"] if self._exact else self._steps(degrees, snapshot)
        latent = self._latent(degrees, drawn, size)
        dreamer.picture = resized(dreamer.picture, size)
        dreamer.number = self._began + line["number"] - 1
        if line["anew"]:
            dreamer.begin(self._fresh(latent, snapshot, size))
        latent = latent if snapshot["latent.mix"] else None
        self._share(line["threads"], line["beside"])
        picture = dreamer(snapshot, line["seconds"], moved, latent)
        pixels = np.full((size[1], size[0], 4), 255, np.uint8)
        write_pixels(picture, pixels)
        return pixels

    def _awake(self, snapshot: dict[str, float]) -> dict[str, float]:
        """Return the values with layers of the network where they would use none of it."""
        layers = self._dreamer.network.layers
        if any(snapshot.get(LAYER_FAMILY + name, 0.0) for name in layers):
            return snapshot
        first = first_weights(layers)
        return snapshot | {LAYER_FAMILY + name: weight for name, weight in first.items()}

    def _steps(self, degrees: float, snapshot: Snapshot) -> list:
        """Return the steps of the latent walk about this place, as walker.Walker names them."""
        seed, psi = int(snapshot["latent.seed"]), round(snapshot["latent.psi"], 2)
        number = int(degrees / LARGEST_STEP)
        return [(seed, psi, number), (seed, psi, number + 1)]

    def _latent(self, degrees: float, drawn: list, size: tuple[int, int]) -> torch.Tensor | None:
        """Return the generator's picture where the walk was, as walker.Walker fades it."""
        if self._generator is None or not drawn:
            return None
        use_threads(1)  # as the walk's own thread does: with more, the last bits are others
        here, ahead = (self._step(*step) for step in drawn)
        place = degrees / LARGEST_STEP
        return resized(torch.lerp(here, ahead, place - int(place)), size)

    def _step(self, seed: int, psi: float, number: int) -> torch.Tensor:
        key = seed, psi, number
        if key not in self._drawn:
            z = Walk(seed, self._generator.z_dim).latent(number)
            self._drawn[key] = draw(self._generator, z, psi, self._size)
        self._drawn.move_to_end(key)
        while len(self._drawn) > KEPT:
            self._drawn.popitem(last=False)
        return self._drawn[key]

    def _fresh(self, latent: torch.Tensor | None, snapshot: Snapshot, size) -> torch.Tensor:
        if latent is None:
            return first_picture(size, int(snapshot["latent.seed"]), self._dreamer.picture.device)
        return latent.clone()

    def _share(self, threads: int, beside: bool) -> None:
        """Share the dream among the cores as then: the last bits depend on it."""
        if beside and threads not in self._ways:
            self._ways[threads] = SideBySide(threads)
        self._dreamer.each = self._ways[threads] if beside else map
        use_threads(threads or CORES)
