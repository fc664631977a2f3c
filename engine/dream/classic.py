"""The paper's own loop, counted in frames: pictures in bytes, ImageNet's colours, SciPy's octaves.

In: a network, a picture as uint8 (h, w, 3), settings. Out: the dreamed, or the moved, picture.
Any thread. After Porres 2021: every step of its arithmetic, truncation to bytes and black borders
included, but a gradient of zero leaves the picture as it is and each layer keeps its channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from scipy import ndimage

from engine.networks.discriminator import Discriminator

MEAN = np.array([0.485, 0.456, 0.406])  # of ImageNet's pictures, red, green, blue
DEVIATION = np.array([0.229, 0.224, 0.225])
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


def dream(network: Discriminator, picture: np.ndarray, settings: Settings) -> np.ndarray:
    """Return `picture`, uint8 (h, w, 3), dreamed from the smallest octave up."""
    *smaller, last = octaves(preprocessed(picture), settings)[::-1]
    detail = np.zeros_like(last if not smaller else smaller[0])
    for base in [*smaller, last]:
        if detail.shape != base.shape:
            detail = ndimage.zoom(detail, np.divide(base.shape, detail.shape), order=1)
        out = ascended(network, base + detail, settings)
        detail = out - base
    return deprocessed(out)


def octaves(x: np.ndarray, settings: Settings) -> list[np.ndarray]:
    """Return `x` (1, 3, h, w) and its smaller versions, corner on corner, linear."""
    found = [x]
    for _ in range(settings.octaves - 1):
        shrink = (1, 1, 1 / settings.scale, 1 / settings.scale)
        small = ndimage.zoom(found[-1], shrink, order=1)
        if settings.unzoom:
            small = ndimage.zoom(small, np.divide(found[-1].shape, small.shape), order=1)
        found.append(small)
    return found


def octave_sizes(size: tuple[int, int], settings: Settings) -> list[tuple[int, int]]:
    """Return the sizes that the dream of a picture of `size` looks at, largest first."""
    sizes = [size]
    for _ in range(settings.octaves - 1):
        smaller = tuple(round(n / settings.scale) for n in sizes[-1])
        sizes.append(size if settings.unzoom else smaller)
    return sizes


@torch.no_grad()
def ascended(network: Discriminator, x: np.ndarray, settings: Settings) -> np.ndarray:
    """Return `x` (1, 3, h, w) after all iterations of one octave."""
    y = torch.from_numpy(x).to(network.device, torch.float32)
    low, high = (
        torch.tensor(bound, dtype=torch.float32, device=y.device).view(1, 3, 1, 1)
        for bound in (-MEAN / DEVIATION, (1 - MEAN) / DEVIATION)
    )
    for _ in range(settings.iterations):
        g = gradient(network, y, settings)
        size = g.abs().mean()
        rate = torch.where(size > 0, settings.lr / size, 0.0)
        y = torch.minimum(torch.maximum(y + rate * g, low), high)
    return y.cpu().numpy()


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
