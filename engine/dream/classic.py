"""The paper's own loop, counted in frames: pictures in bytes, ImageNet's colours, SciPy's octaves.

In: a network, a picture as uint8 (h, w, 3), settings. Out: the dreamed, or the moved, picture.
Any thread. After Porres 2021: every step of its arithmetic, truncation to bytes and black borders
included, but a gradient of zero leaves the picture as it is and each layer keeps its channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from engine.networks.discriminator import Discriminator
from engine.networks.features import DEVIATION, MEAN

NORMS = {"none": 0.0, "sqrt-normed": 0.5, "normed": 1.0}  # the power of the size divided by


@dataclass(frozen=True)
class Settings:
    """What is dreamed and how: `lr` is the mean change of a step in ImageNet's deviations.

    `channels` none means all; `unzoom` resizes each octave back to the picture's size; `label` is
    the class of a conditional network.
    """

    layers: tuple[str, ...]
    channels: tuple[int, ...] | None = None
    norm: str = "none"
    octaves: int = 5
    scale: float = 1.4
    unzoom: bool = False
    iterations: int = 10
    lr: float = 1e-2
    label: float | None = None


@torch.no_grad()
def dream(network: Discriminator, picture: np.ndarray, settings: Settings) -> np.ndarray:
    """Return `picture`, uint8 (h, w, 3), dreamed from the smallest octave up."""
    x = torch.from_numpy(preprocessed(picture)).to(network.device)
    bases = octaves(x, settings)[::-1]
    detail = torch.zeros_like(bases[0])
    for base in bases:
        out = ascended(network, base + zoomed(detail, base.shape[2:]), settings)
        detail = out - base
    return deprocessed(out.cpu().numpy())


def octaves(x: torch.Tensor, settings: Settings) -> list[torch.Tensor]:
    """Return `x` (1, 3, h, w) and its smaller versions."""
    found = [x]
    for _ in range(settings.octaves - 1):
        before = tuple(found[-1].shape[2:])
        small = zoomed(found[-1], smaller(before, settings.scale))
        found.append(zoomed(small, before) if settings.unzoom else small)
    return found


def zoomed(x: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Return `x` at `size` (h, w), corner on corner, linear: SciPy's zoom, 20 times as fast."""
    if x.shape[2:] == size:
        return x
    y = F.interpolate(x.double(), size, mode="bilinear", align_corners=True).float()
    for axis in (2, 3):
        if _falls_off(x.shape[axis], y.shape[axis]):
            y.select(axis, -1).zero_()
    return y


def _falls_off(before: int, after: int) -> bool:
    """Tell whether rounding puts SciPy's last sample behind the edge, where it reads black."""
    return after > 1 and (after - 1) * ((before - 1) / (after - 1)) > before - 1


def smaller(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Return the size (h, w) that SciPy's zoom gives an octave below one of `size`."""
    return tuple(round(n * (1 / scale)) for n in size)


def octave_sizes(size: tuple[int, int], settings: Settings) -> list[tuple[int, int]]:
    """Return the sizes that the dream of a picture of `size` looks at, largest first."""
    sizes = [size]
    for _ in range(settings.octaves - 1):
        sizes.append(size if settings.unzoom else smaller(sizes[-1], settings.scale))
    return sizes


def ascended(network: Discriminator, x: torch.Tensor, settings: Settings) -> torch.Tensor:
    """Return `x` (1, 3, h, w) after all iterations of one octave."""
    low, high = (
        torch.tensor(bound, dtype=torch.float32, device=x.device).view(1, 3, 1, 1)
        for bound in (-MEAN / DEVIATION, (1 - MEAN) / DEVIATION)
    )
    for _ in range(settings.iterations):
        g = torch.nan_to_num(gradient(network, x, settings), 0.0, 0.0, 0.0)
        size = g.abs().mean()
        rate = torch.where(size > 0, settings.lr / size, 0.0)
        x = torch.minimum(torch.maximum(x + rate * g, low), high)
    return x


def gradient(network: Discriminator, x: torch.Tensor, settings: Settings) -> torch.Tensor:
    """Return the gradient at `x` of the layers' Frobenius norms, summed."""
    features, tape = network.forward(x, settings.layers, settings.label)
    power = NORMS[settings.norm]
    pulls = {name: _pull(f, settings.channels, power) for name, f in features.items()}
    return network.backward(tape, pulls)


def _pull(features: torch.Tensor, channels: Sequence[int] | None, power: float) -> torch.Tensor:
    """Return the gradient of ||f|| / size(f)^power at the features, of the chosen channels."""
    chosen = features
    if channels is not None:
        keep = [c for c in sorted(set(channels)) if c < features.shape[1]]
        mask = features.new_zeros(features.shape[1])
        mask[keep] = 1
        chosen = features * mask.view(1, -1, *(1,) * (features.dim() - 2))
        share = len(keep) / features.shape[1]
    else:
        share = 1.0
    norm = torch.linalg.vector_norm(chosen, dtype=torch.float32)
    count = max(features.numel() * share, 1.0)
    return chosen * torch.where(norm > 0, 1 / (norm * count**power), 0.0).to(chosen.dtype)


def preprocessed(picture: np.ndarray) -> np.ndarray:
    """Return a picture of bytes as float32 (1, 3, h, w) in ImageNet's deviations."""
    x = picture.astype(np.float32) / np.float32(255)
    x = (x - MEAN.astype(np.float32)) / DEVIATION.astype(np.float32)
    return np.ascontiguousarray(x.transpose(2, 0, 1)[None])


def deprocessed(x: np.ndarray) -> np.ndarray:
    """Return the picture of bytes that `x` (1, 3, h, w) stands for; what follows is cut off."""
    picture = x[0].transpose(1, 2, 0) * DEVIATION + MEAN
    return (255 * np.clip(picture, 0, 1)).astype(np.uint8)


def moved(picture: np.ndarray, zoom: int, rotation: float, x: float, y: float) -> np.ndarray:
    """Return `picture` zoomed in by `zoom` pixels a side, then turned, then shifted; black beyond.

    `rotation` in degrees counter-clockwise, `x` to the right and `y` down in pixels.
    """
    image = Image.fromarray(picture)
    w, h = image.size
    if zoom:
        image = image.crop((zoom, zoom, w - zoom, h - zoom)).resize(
            (w, h), Image.Resampling.LANCZOS
        )
    bicubic = Image.Resampling.BICUBIC
    return np.asarray(image.rotate(rotation, bicubic, translate=(x, y), fillcolor=(0, 0, 0)))
