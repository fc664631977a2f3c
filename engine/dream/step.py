"""One step of gradient ascent, and the octaves that it climbs in.

In: a picture, the network, the weights of its layers and their channel vectors.
Out: the picture, changed by a mean of `size` (in units of [-1, 1]). Dream thread.
After Mordvintsev et al. 2015 and Porres 2021; the objective is engine/dream/objective.py's.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from engine.dream import objective
from engine.networks.discriminator import Discriminator

EVEN = 8  # the gradient's local size is pooled over an eighth of the picture
GLOBAL = 0.05  # of the global size, added to the local one: quiet places stay quiet


@dataclass(frozen=True)
class Target:
    """What one dream climbs: each layer's weight and its channel vector (c,)."""

    weights: Mapping[str, float]
    vectors: Mapping[str, torch.Tensor]

    def fitting(self, network: Discriminator, size: tuple[int, int]) -> "Target":
        """Return this without the layers that are too deep for a picture of `size`."""
        fits = {n: w for n, w in self.weights.items() if network.stride([n]) <= min(size)}
        return Target(fits, self.vectors)


@dataclass(frozen=True)
class Climb:
    """How one step climbs: mean change, and blur of the gradient's light and colours (pixels)."""

    size: float
    smooth: float
    chroma: float


def picture_gradient(network: Discriminator, x: torch.Tensor, target: Target) -> torch.Tensor:
    """Return the objective's gradient at the picture, up to a common factor."""
    features, tape = network.forward(x, target.weights)
    pixels = x.shape[2] * x.shape[3]
    gradients = {}
    for name, f in features.items():
        places = max(f[0, 0].numel(), 1)
        share = target.weights[name] * pixels / places
        gradients[name] = objective.gradient(f, target.vectors[name], share)
    return network.backward(tape, gradients)


def blur(g: torch.Tensor, sigma: float) -> torch.Tensor:
    """Return `g` under a Gaussian of `sigma` pixels, mirrored at the edges."""
    reach = min(max(1, round(3 * sigma)), min(g.shape[2:]) - 1)
    if sigma < 0.1:
        return g
    t = torch.arange(-reach, reach + 1, dtype=g.dtype, device=g.device)
    taps = torch.exp(-t * t / (2 * sigma * sigma))
    count = g.shape[1]
    taps = (taps / taps.sum()).expand(count, 1, -1)
    g = F.pad(g, (reach,) * 4, mode="reflect")
    g = F.conv2d(g, taps[:, :, None, :], groups=count)
    return F.conv2d(g, taps[:, :, :, None], groups=count)


def even_out(g: torch.Tensor) -> torch.Tensor:
    """Divide `g` by its own local mean size, so that the whole picture dreams; mean size 1."""
    size = g.abs().mean(1, keepdim=True)
    cells = [math.ceil(n / max(EVEN, g.shape[2] // EVEN)) + 1 for n in g.shape[2:]]
    local = F.adaptive_avg_pool2d(size, cells)
    local = F.interpolate(local, g.shape[2:], mode="bilinear", align_corners=False)
    g = g / (local + GLOBAL * size.mean() + 1e-20)
    return g / (g.abs().mean() + 1e-20)


def ascend(network, x, target: Target, climb: Climb) -> torch.Tensor:
    """Return `x` after one step whose mean change is `climb.size`."""
    g = picture_gradient(network, x, target)
    luma = g.mean(1, keepdim=True)
    # Colour blurred wider than light: calm regions under crisp forms, no rainbow fringes. The
    # factor makes up for what the blur takes.
    chroma = blur(g - luma, max(climb.chroma, climb.smooth)) * (1 + climb.chroma / 20)
    return x + climb.size * even_out(blur(luma, climb.smooth) + chroma)


def octave_sizes(h: int, w: int, octaves: int, scale: float, strides: Iterable[int]):
    """Return the octaves' sizes (h, w), largest first, for layers of these strides (pixels).

    The largest is the picture's own, or as much more as the deepest layer needs; the others shrink
    by `scale` each, as long as the shallowest layer fits.
    """
    strides = sorted(strides)
    grown = max(1.0, strides[-1] / min(h, w))
    sizes = [(math.ceil(h * grown), math.ceil(w * grown))]
    for k in range(1, octaves):
        size = round(h / scale**k), round(w / scale**k)
        if min(size) >= strides[0]:
            sizes.append(size)
    return sizes


def dream(network, x, target: Target, sizes, iterations: int, climb: Climb, each=map):
    """Return `x` dreamed in every octave of `sizes` (h, w), `iterations` steps each.

    Octaves do not wait for each other: each climbs from the picture as it is, and what they add is
    summed. In a feedback loop the next dream sees it all, and here `each` (map, or an executor's)
    may run them side by side.
    """
    h, w = x.shape[2:]
    details = each(lambda size: _octave(network, x, target, size, iterations, climb), sizes)
    for detail in list(details):
        x = x + _resized(detail, (h, w), "bicubic")
    return x


@torch.no_grad()  # which holds for one thread only, and this may be any
def _octave(network, x, target: Target, size, iterations: int, climb: Climb) -> torch.Tensor:
    """Return what `iterations` steps at `size` add to the picture."""
    base = y = _resized(x, size, "bilinear")
    target = target.fitting(network, size)
    for _ in range(iterations):
        y = ascend(network, y, target, climb)
    return y - base


def _resized(x: torch.Tensor, size: tuple[int, int], mode: str) -> torch.Tensor:
    if x.shape[2:] == size:
        return x
    return F.interpolate(x, size, mode=mode, antialias=mode == "bilinear", align_corners=False)
