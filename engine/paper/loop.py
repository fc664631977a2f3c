"""Two loops that make one frame out of the last: the paper's own, and the house's fast one.

In: a network, a picture, settings; for each frame how it moves and which channels dream. Out: the
frame as uint8 (h, w, 3). Main thread. Classic counts in bytes and drifts as the paper does; fast
holds float32 and keeps its tone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from engine import camera
from engine.dream import classic, objective, step, tone
from engine.dream.dreamer import Dreamer
from engine.dream.pixels import from_pixels, to_pixels
from engine.networks.discriminator import Discriminator
from engine.networks.features import DEVIATION
from engine.parameters import Store

# A step of the paper moves by `lr` deviations of ImageNet's pictures in [0, 1]; ours are [-1, 1].
UNIT = 2 * float(DEVIATION.mean())
FOLLOW = 0.25  # how far a frame goes to the picture that it is dreamed onto: 1 - exp of it
NORMS = {
    "none": objective.EVEN,
    "normed": objective.NORMED,
    "sqrt-normed": objective.SQRT_NORMED,
}


@dataclass(frozen=True)
class Motion:
    """How the picture moves from one frame to the next: pixels a side, degrees, pixels."""

    zoom: int
    rotation: float
    x: float
    y: float


def settings(config: Mapping[str, Any], layers: Sequence[str]) -> classic.Settings:
    """Return what the options say about the dream."""
    norm = "normed" if config["normed"] else "sqrt-normed" if config["sqrt_normed"] else "none"
    channels = config.get("channels")
    return classic.Settings(
        layers=tuple(layers),
        channels=None if channels is None else tuple(channels),
        norm=norm,
        octaves=config["num_octaves"],
        scale=config["octave_scale"],
        unzoom=config["unzoom_octave"],
        iterations=config["iterations"],
        lr=config["lr"],
        label=config["class"],
    )


class Classic:
    """The paper's loop; `picture` is the last frame."""

    def __init__(self, network: Discriminator, settings: classic.Settings, picture: np.ndarray):
        self.network, self.settings, self.picture = network, settings, picture

    def frame(self, motion: Motion | None = None, channels=None, onto=None) -> np.ndarray:
        """Return the next frame: the last one, moved, or `onto`, dreamed."""
        picture = self.picture if onto is None else onto
        if motion:
            picture = classic.moved(picture, motion.zoom, motion.rotation, motion.x, motion.y)
        now = self.settings if channels is None else replace(self.settings, channels=channels)
        self.picture = classic.dream(self.network, picture, now)
        return self.picture

    def state(self) -> dict[str, np.ndarray]:
        """Return what the loop needs to go on."""
        return {"picture": self.picture}

    def go_on(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from what state() returned."""
        self.picture = state["picture"]


class Fast:
    """The house's loop at `fps` dreams a second; it holds float32 and keeps its tone."""

    def __init__(
        self, network: Discriminator, settings: classic.Settings, picture: np.ndarray, fps: int
    ):
        self.device, self.seconds = network.device, min(1 / fps, camera.FOLLOWED)
        self.dreamer = Chosen(network, from_pixels(picture, self.device), settings)
        look = Store().snapshot()
        # Strength over leak makes the contrast, so a weak dream fades as slowly as it grows.
        fade = look["dream.leak"] * self.dreamer.change / self.seconds / look["dream.strength"]
        own = {"dream.leak": fade, "tone.hue_drift": 0.0, "latent.mix": FOLLOW / self.seconds}
        self.look = dict(look) | own

    def frame(self, motion: Motion | None = None, channels=None, onto=None) -> np.ndarray:
        """Return the next frame: the last one moved and faded, partly `onto`, then dreamed."""
        matrix = np.eye(3) if motion is None else _matrix(motion, self.dreamer.picture.shape[2])
        self.dreamer.channels = channels
        onto = None if onto is None else from_pixels(onto, self.device)
        return to_pixels(self.dreamer(self.look, self.seconds, matrix, onto))

    def single(self) -> np.ndarray:
        """Return the picture dreamed once, as a picture by itself: nothing fades."""
        return to_pixels(self.dreamer.single(self.look))

    def state(self) -> dict[str, torch.Tensor]:
        """Return what the loop needs to go on; the rest it has from the start picture."""
        return {"picture": self.dreamer.picture}

    def go_on(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from what state() returned."""
        self.dreamer.picture = torch.from_numpy(state["picture"]).to(self.device)


class Chosen(Dreamer):
    """A dreamer that climbs exactly the layers and channels of the paper's options."""

    def __init__(self, network: Discriminator, picture: torch.Tensor, settings: classic.Settings):
        super().__init__(network, picture)
        self.settings = settings
        self.channels: Sequence[int] | None = None  # of this frame; none: those of the settings

    @property
    def change(self) -> float:
        """How much a frame changes the picture.

        Octaves are strangers to each other, so the root of their number tells how far the paper's
        steps come in all.
        """
        return self.settings.iterations * self.settings.lr * UNIT * self.settings.octaves**0.5

    def single(self, snapshot: Mapping[str, float]) -> torch.Tensor:
        """Return the picture after one climb, softly limited."""
        with torch.no_grad():
            climbed = step.dream(self.network, self.picture, *self.ascent(snapshot, 0.0), self.each)
            self.picture = tone.limit(climbed, 1.0)
        return self.picture

    def ascent(self, snapshot: Mapping[str, float], seconds: float) -> step.Ascent:
        """Return what a frame climbs, whatever its seconds."""
        s, vectors = self.settings, self._vectors()
        target = step.Target(dict.fromkeys(vectors, 1.0), vectors, NORMS[s.norm], label=s.label)
        strides = [self.network.stride([name]) for name in vectors]
        sizes = step.octave_sizes(*self.picture.shape[2:], s.octaves, s.scale, strides)
        smooth, chroma = snapshot["dream.smooth"], snapshot["dream.chroma"]
        climb = step.Climb.of(self.change / s.iterations, smooth, chroma, whole=s.unzoom)
        return step.Ascent([target], sizes, s.iterations, climb)

    def _vectors(self) -> dict[str, torch.Tensor]:
        """Return each layer's channel vector, of the channels that it has."""
        chosen = self.settings.channels if self.channels is None else self.channels
        found = {}
        for name in self.settings.layers:
            count = self.network.shapes[name][0]
            keep = range(count) if chosen is None else {c for c in chosen if c < count}
            if keep:
                vector = torch.zeros(count)
                vector[list(keep)] = len(keep) ** -0.5
                found[name] = vector.to(self.network.device, self.network.dtype)
        return found


def _matrix(motion: Motion, height: int) -> np.ndarray:
    """Return the camera's matrix of one frame."""
    zoom = -math.log(1 - 2 * motion.zoom / height)
    moves = {"zoom": zoom, "rotation": motion.rotation, "center_x": 0.0, "center_y": 0.0}
    moves |= {"x": motion.x / height, "y": motion.y / height}
    return camera.step({f"motion.{name}": value for name, value in moves.items()}, 1.0)
