"""The dream: (picture, snapshot, seconds) -> picture, and the little state that it carries.

In: the snapshot, the camera's move since the last dream, the generator's picture, the seconds.
Out: the next picture, float32 (1, 3, h, w) on the device. Dream thread; nothing here waits for
the host.
"""

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F

from engine.camera import FOLLOWED
from engine.dream import step, tone
from engine.dream.pulls import Guide
from engine.dream.targets import targets
from engine.dream.warp import warp
from engine.networks.discriminator import Discriminator


def first_picture(size: tuple[int, int], seed: int, device="cpu") -> torch.Tensor:
    """Return smooth coloured noise (1, 3, h, w) of deviation 0.45 for `size` (w, h)."""
    w, h = size
    generator = torch.Generator().manual_seed(seed)
    x = torch.zeros(1, 3, h, w)
    for place, lines in enumerate((3, 6, 12, 24, 48)):
        cells = torch.randn(1, 3, lines, round(lines * w / h), generator=generator)
        x += F.interpolate(cells, (h, w), mode="bicubic") / (place + 1.5)
    return (x / x.std() * 0.45).clamp(-1, 1).to(device)


class Dreamer:
    """A network dreaming on one picture; `each` maps the octaves: one by one, or side by side."""

    def __init__(self, network: Discriminator, picture: torch.Tensor):
        self.network, self.each = network, map
        self.guide: Guide | None = None
        self.begin(picture)
        self.number = 0  # dreams until now

    def begin(self, picture: torch.Tensor) -> None:
        """Dream on from this picture (1, 3, h, w), which the tone holds to from now on."""
        self.picture, self.held = picture, tone.Held.of(picture)

    def target(self, snapshot: Mapping[str, float]) -> step.Target:
        """Return what the largest octave climbs at this place of the channel walk."""
        return targets(self.network, snapshot, 1, self.guide)[0]

    def __call__(
        self,
        snapshot: Mapping[str, float],
        seconds: float,
        moved: np.ndarray,
        latent: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Dream once: warp by `moved`, fade, mix in `latent`, climb the octaves, set the tone."""
        seconds = min(max(seconds, 0.0), FOLLOWED)
        self.number += 1
        with torch.no_grad():
            x = warp(self.picture, moved, int(snapshot["motion.edge"]))
            x = tone.leak(x, snapshot["dream.leak"], seconds)
            if latent is not None:
                x = x.lerp(latent, 1 - float(np.exp(-snapshot["latent.mix"] * seconds)))
            # Half of the tone before the climb and half after it (Strang 1968): then what is seen
            # depends least on how long a dream takes.
            x = tone.colour(x, self.held, snapshot, seconds / 2)
            x = self._climb(x, snapshot, seconds)
            self.picture = tone.colour(x, self.held, snapshot, seconds / 2)
        return self.picture

    def _climb(self, x: torch.Tensor, snapshot: Mapping[str, float], seconds: float):
        octaves, iterations = (int(snapshot[f"dream.{n}"]) for n in ("octaves", "iterations"))
        aims = targets(self.network, snapshot, octaves, self.guide)
        change = snapshot["dream.strength"] * seconds
        if not aims[0].layers or change == 0:
            return x
        strides = [self.network.stride([name]) for name in aims[0].layers]
        scale = snapshot["dream.octave_scale"]
        sizes = step.octave_sizes(*x.shape[2:], octaves, scale, strides)
        climb = step.Climb(
            change / iterations,
            snapshot["dream.smooth"],
            snapshot["dream.chroma"],
            snapshot["dream.octave_tilt"],
            bool(snapshot["dream.unzoom"]),
            int(snapshot["dream.jitter"]),
            self.number,
        )
        return step.dream(self.network, x, aims, sizes, iterations, climb, self.each)
