"""The dream: (picture, snapshot, seconds) -> picture, and the little state that it carries.

In: the snapshot, the camera's move since the last dream, the generator's picture, the seconds.
Out: the next picture, float32 (1, 3, h, w) on the device. Dream thread; nothing here waits for
the host.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from engine.camera import FOLLOWED
from engine.dream import graphs, step, tone
from engine.dream.pulls import Guide
from engine.dream.targets import targets
from engine.dream.warp import EXACT, mirrored, normalised, resample
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


@dataclass(frozen=True)
class Plan:
    """A dream to come: floats and tensors may differ each time, all else is how it is made."""

    theta: torch.Tensor | None  # where the camera went (warp.normalised)
    edge: int
    mirrors: int  # that the loop holds to (warp.mirrored)
    fading: tuple[float, float]  # of forms and of the ground (tone.fading)
    flow: float  # share of the way to the latent walk's picture
    tones: tone.Tones  # half of what the tone does
    ascent: step.Ascent | None  # None where nothing is climbed


@torch.no_grad()
def frame(
    network: Discriminator,
    picture: torch.Tensor,
    held: tone.Held,
    latent: torch.Tensor | None,
    plan: Plan,
    each: Callable = map,
) -> torch.Tensor:
    """Return the next picture: warped, faded, `latent` mixed in, mirrored, climbed, toned."""
    x = resample(picture, plan.theta, plan.edge)
    x = tone.faded(x, *plan.fading)
    if latent is not None:
        x = x.lerp(latent, plan.flow)
    x = mirrored(x, plan.mirrors)
    # Half of the tone before the climb and half after it (Strang 1968): then what is seen depends
    # least on how long a dream takes.
    x = tone.colour(x, held, plan.tones)
    if plan.ascent is not None:
        x = step.dream(network, x, *plan.ascent, each)
    return tone.colour(x, held, plan.tones)


class Dreamer:
    """A network dreaming on one picture; `each` maps the octaves: one by one, or side by side.

    On a card `make` is what records frames and plays them (graphs.Recorder).
    """

    def __init__(self, network: Discriminator, picture: torch.Tensor):
        self.network, self.each = network, map
        self.recorder = graphs.Recorder(frame) if picture.is_cuda else None
        self.make = self.recorder or frame
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
        """Dream once, through all that moved the camera in these seconds."""
        seconds = float(min(max(seconds, 0.0), FOLLOWED))
        self.number += 1
        plan = Plan(
            normalised(moved, *self.picture.shape[2:]),
            int(snapshot["motion.edge"]),
            mirrors if (mirrors := int(snapshot["motion.mirrors"])) <= EXACT else 0,
            tone.fading(snapshot["dream.leak"], seconds),
            1 - math.exp(-snapshot["latent.mix"] * seconds),
            tone.Tones.of(snapshot, seconds / 2),
            self.ascent(snapshot, seconds),
        )
        self.picture = self.make(self.network, self.picture, self.held, latent, plan, self.each)
        return self.picture

    def ascent(self, snapshot: Mapping[str, float], seconds: float) -> step.Ascent | None:
        """Return what is climbed in these seconds, and how; None where nothing is."""
        octaves, iterations = (int(snapshot[f"dream.{n}"]) for n in ("octaves", "iterations"))
        aims = targets(self.network, snapshot, octaves, self.guide)
        change = snapshot["dream.strength"] * seconds
        if not aims[0].layers or change == 0:
            return None
        strides = [self.network.stride([name]) for name in aims[0].layers]
        scale = snapshot["dream.octave_scale"]
        sizes = step.octave_sizes(*self.picture.shape[2:], octaves, scale, strides)
        climb = step.Climb.of(
            change / iterations,
            snapshot["dream.smooth"],
            snapshot["dream.chroma"],
            float(snapshot["dream.octave_tilt"]),
            bool(snapshot["dream.unzoom"]),
            int(snapshot["dream.jitter"]),
            self.number,
        )
        return step.Ascent(aims, sizes, iterations, climb)
