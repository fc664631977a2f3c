"""One step of gradient ascent, and the octaves that it climbs in.

In: a picture, the network, the weights of its layers and their channel vectors.
Out: the picture, changed by a mean of `size` (in units of [-1, 1]). Dream thread.
After Mordvintsev et al. 2015 and Porres 2021; the objective is engine/dream/objective.py's.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from engine.dream import objective, regions
from engine.dream.cells import pooled
from engine.dream.memory import TOGETHER
from engine.networks.convolution import fuses
from engine.networks.discriminator import Discriminator

EVEN = 8  # the gradient's local size is pooled over an eighth of the picture
TINY = 1e-20  # beside which any gradient is large
LONG = 1.2  # pixels squared of blur for a step that changes the picture by 1
LASTING = 1 / 3  # the power of a form's size with which its deviation grows in the loop
TINT = 0.25  # of what it would add to each colour's mean; more tints the whole picture
GLOBAL = 0.05  # of the global size, added to the local one: quiet places stay quiet


@dataclass(frozen=True)
class Target:
    """What one dream climbs: each layer's weight and its channel vector (c,), and what pulls.

    Where `region` is not off, the vectors of `others` dream in the second part of the picture.
    `pulls` ask for layers too: a layer's features (1, ...) and the picture's size (h, w) make the
    gradient there, scaled as the objective's is.
    """

    weights: Mapping[str, float]
    vectors: Mapping[str, torch.Tensor]
    norm: int = objective.EVEN
    region: int = regions.OFF
    others: Mapping[str, torch.Tensor] = field(default_factory=dict)
    pulls: Mapping[str, Callable[..., torch.Tensor]] = field(default_factory=dict)
    label: float | None = None  # class of a conditional network

    @property
    def is_plain(self) -> bool:
        """Whether layers' numbers are all that it is made of: no head, guide, class or region."""
        return not self.pulls and self.label is None and self.region == regions.OFF

    @property
    def layers(self) -> set[str]:
        """The layers that are asked for."""
        return {*self.weights, *self.pulls}

    def fitting(self, network: Discriminator, size: tuple[int, int]) -> "Target":
        """Return this without the layers that are too deep for a picture of `size`."""
        fits = {n for n in self.layers if network.stride([n]) <= min(size)}
        weights = {n: w for n, w in self.weights.items() if n in fits}
        return replace(
            self, weights=weights, pulls={n: p for n, p in self.pulls.items() if n in fits}
        )


@dataclass(frozen=True)
class Climb:
    """How one step climbs: mean change, blurs of the gradient's light and colours (gaussian()).

    `gain` makes up for what their blur takes from the colours. `tilt` weighs the octaves: each
    smaller one counts 2**tilt as much as the next larger. `whole` dreams every octave at the
    picture's full size, as the paper's unzoom does. `jitter` shifts the picture under the network
    by up to so many pixels, anew for each step of each `turn`.
    """

    size: float
    light: torch.Tensor | None
    colour: torch.Tensor | None
    gain: float = 1.0
    tilt: float = 0.0
    whole: bool = False
    jitter: int = 0
    turn: int = 0

    @classmethod
    def of(cls, size: float, smooth: float, chroma: float, *rest, **more) -> "Climb":
        """Return steps of `size`, their light blurred by `smooth` pixels, colours by `chroma`.

        Of a long step only the coarse part is right: fine forms would be overshot and turn to
        noise. Colour is blurred wider than light: calm regions under crisp forms, no rainbow
        fringes.
        """
        smooth = math.sqrt(smooth**2 + LONG * size)
        blurs = gaussian(smooth), gaussian(max(chroma, smooth))
        return cls(size, *blurs, 1 + chroma / 20, *rest, **more)

    def shift(self, iteration: int) -> tuple[int, int]:
        """Return by how many pixels this step moves the picture under the network."""
        if self.jitter == 0:
            return 0, 0
        random = np.random.Generator(np.random.PCG64([self.turn, iteration]))
        return tuple(random.integers(-self.jitter, self.jitter + 1, 2).tolist())


class Ascent(NamedTuple):
    """What dream() climbs: targets (one for all octaves, or one each), sizes (h, w), steps."""

    targets: Sequence[Target]
    sizes: Sequence[tuple[int, int]]
    iterations: int
    climb: Climb


def picture_gradient(network: Discriminator, x: torch.Tensor, target: Target) -> torch.Tensor:
    """Return the objective's gradient at the picture, up to a common factor."""
    features, tape = network.forward(x, target.layers, target.label)
    size = tuple(x.shape[2:])
    mask = regions.mask(target.region, *size, x.device) if target.region != regions.OFF else None
    gradients = {}
    for name, f in features.items():
        if name in target.pulls:
            gradients[name] = target.pulls[name](f, size) * (size[0] * size[1])
        if name not in target.weights:
            continue
        share = target.weights[name] * size[0] * size[1] / max(f[0, 0].numel(), 1)
        vector = target.vectors[name].to(f)
        if mask is not None and f.dim() == 4:
            vector = regions.spread(f, vector, target.others[name].to(f), mask)
        g = objective.gradient(f, vector, share, target.norm)
        gradients[name] = gradients[name] + g if name in gradients else g
    return network.backward(tape, gradients)


def gaussian(sigma: float) -> torch.Tensor | None:
    """Return the weights of a blur by `sigma` pixels; None where it is none.

    Zeros fill them to 8n + 1: a card records what it does for each number of them.
    """
    if sigma < 0.1:
        return None
    reach = max(1, round(3 * sigma))
    ends = reach + -reach % 4
    t = np.arange(-ends, ends + 1, dtype=np.float32)
    taps = np.exp(-t * t / (2 * sigma * sigma)) * (np.abs(t) <= reach)
    return torch.from_numpy(taps / taps.sum())


def blur(g: torch.Tensor, taps: torch.Tensor | None) -> torch.Tensor:
    """Return `g` under the weights of gaussian(), mirrored at the edges."""
    if taps is None:
        return g
    count, middle = g.shape[1], len(taps) // 2
    taps, reach = taps.to(g), min(middle, min(g.shape[2:]) - 1)
    if reach < middle:
        taps = taps[middle - reach : middle + reach + 1]
        taps = taps / taps.sum()
    taps = taps.expand(count, 1, -1)
    g = F.pad(g, (reach,) * 4, mode="reflect")
    g = F.conv2d(g, taps[:, :, None, :], groups=count)
    return F.conv2d(g, taps[:, :, :, None], groups=count)


def smoothed(g: torch.Tensor, climb: Climb) -> torch.Tensor:
    """Return `g` with its light and its colours blurred, each by what the climb asks."""
    light, colour = climb.light, climb.colour
    if light is not None and len(colour) // 2 < min(g.shape[2:]) and fuses(g.device):
        from engine.dream import fused_step  # there is no Triton elsewhere

        return fused_step.smooth(g, light.to(g), colour.to(g), climb.gain)
    luma = g.mean(1, keepdim=True)
    return blur(luma, light) + blur(g - luma, colour) * climb.gain


def even_out(g: torch.Tensor, size: float = 1.0) -> torch.Tensor:
    """Divide `g` by its own local mean size, so that the whole picture dreams; mean size `size`.

    Most of what would tint the whole picture is left out.
    """
    sizes = g.abs().sum(1, keepdim=True)
    cells = [math.ceil(n / max(EVEN, g.shape[2] // EVEN)) + 1 for n in g.shape[2:]]
    local = pooled(sizes, *cells) + GLOBAL * sizes.mean((2, 3), keepdim=True) + TINY
    g = g / F.interpolate(local, g.shape[2:], mode="bilinear", align_corners=False)
    g = torch.sub(g, g.mean((2, 3), keepdim=True), alpha=1 - TINT)
    mean = g.abs().mean((1, 2, 3), keepdim=True)
    return g * (size / (mean + TINY))


def ascend(network, x, target: Target, climb: Climb, iteration: int = 0) -> torch.Tensor:
    """Return `x` after one step whose mean change is `climb.size`."""
    if any(shift := climb.shift(iteration)):
        g = picture_gradient(network, x.roll(shift, (2, 3)), target)
        g = g.roll([-by for by in shift], (2, 3))
    else:
        g = picture_gradient(network, x, target)
    return x + even_out(smoothed(g, climb), climb.size)


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


def dream(
    network,
    x: torch.Tensor,
    target: Target | Sequence[Target],
    sizes: Sequence[tuple[int, int]],
    iterations: int,
    climb: Climb,
    each=map,
) -> torch.Tensor:
    """Return `x` dreamed in every octave of `sizes` (h, w), `iterations` steps each.

    Each octave's steps come to climb.size * iterations at most; all together change the picture as
    much as one alone would (_change). Octaves do not wait for each other: each climbs from the
    picture as it is, and what they add is summed. In a feedback loop the next dream sees it all,
    and here `each` (map, or an executor's) may run them side by side. `target` is one for all
    octaves, or one for each.
    """
    targets = [target] if isinstance(target, Target) else target
    shown = [sizes[0] if climb.whole else size for size in sizes]

    @torch.no_grad()  # which holds for one thread only, and this may be any
    def detail(some: Sequence[int]) -> torch.Tensor:
        target = targets[min(some[0], len(targets) - 1)].fitting(network, shown[some[0]])
        bases = [_held(x, sizes[k], shown[k]) for k in some]
        base = torch.cat(bases) if len(some) > 1 else bases[0]
        return _climbed(network, base, target, iterations, climb)

    together = x.is_cuda and climb.whole and len(targets) == 1 and targets[0].is_plain
    count = TOGETHER if together else 1
    octaves = range(len(sizes))
    found = each(detail, [octaves[k : k + count] for k in octaves[::count]])
    details = [d for part in found for d in part.split(1)]
    weights = [2.0 ** (climb.tilt * k) for k in range(len(details))]
    total = 0
    for part, weight in zip(details, weights, strict=True):
        total = total + _resized(part, x.shape[2:], "bicubic") * weight
    total = total * (_change(details, weights) / (total.abs().mean() + TINY))
    # A gradient of nothing, or one that is no number, leaves the picture as it is.
    return x + torch.nan_to_num(total, 0.0, 0.0, 0.0)


def _change(details: Sequence[torch.Tensor], weights: Sequence[float]) -> torch.Tensor:
    """Return the mean change that these octaves' details come to together.

    One of them alone: its own. More share as much, so that the picture is as rich in any number of
    octaves: they are strangers to each other, so their squares add, and large forms last longer in
    the loop (measured: one of twice the size comes to 1.25 times the deviation, a cube root).
    """
    squares = [(d.abs().mean() * w).square() for d, w in zip(details, weights, strict=True)]
    lasting = [(details[0].shape[2] / d.shape[2]) ** (2 * LASTING) for d in details]
    whole = sum(w * w * last for w, last in zip(weights, lasting, strict=True))
    return (sum(squares) / whole).sqrt()


def _climbed(network, x, target: Target, iterations: int, climb: Climb) -> torch.Tensor:
    """Return what these steps add to the pictures `x`."""
    y = x
    for iteration in range(iterations):
        y = ascend(network, y, target, climb, iteration)
    return y - x


def _held(x: torch.Tensor, size: tuple[int, int], shown: tuple[int, int]) -> torch.Tensor:
    """Return the picture as `size` holds it, at size `shown`."""
    return _resized(_resized(x, size, "bilinear"), shown, "bicubic")


def _resized(x: torch.Tensor, size: tuple[int, int], mode: str) -> torch.Tensor:
    if x.shape[2:] == size:
        return x
    return F.interpolate(x, size, mode=mode, antialias=mode == "bilinear", align_corners=False)
