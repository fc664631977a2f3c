"""What keeps the loop alive between two dreams: fading, means, colour, limits.

In: a picture in [-1, 1], the snapshot, seconds since the last dream, what the loop began with.
Out: the picture.
Everything is an exponential of the seconds, so the look does not depend on the dream rate.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from engine.dream.cells import pooled

KEPT = 0.4  # of the local mean, which old forms fade towards
COARSE = 16  # lines of the small picture that stands for the local mean
KNEE = 0.8  # where the limit begins to bend
BEYOND = 4.0  # what no sane step reaches
BENT = 12.0  # a second: how fast what is beyond is bent back
RICH, NEON = 0.25, 0.5  # rms distance from grey where colours begin to be held, and their limit
GREEN = 0.7  # by which green counts for more: the eye sees it first, and lime is what wears it out


def fading(rate: float, seconds: float) -> tuple[float, float]:
    """Return what is left of forms, and of the ground, after these seconds of `rate` a second."""
    return math.exp(-rate * seconds), math.exp(-rate * (1 - KEPT) * seconds)


def faded(x: torch.Tensor, forms: float, ground: float) -> torch.Tensor:
    """Fade `x` towards its local mean (about a quarter of the picture), and that towards grey."""
    h, w = x.shape[2:]
    small = pooled(x, COARSE, max(round(COARSE * w / h), 1))
    mean = F.avg_pool2d(F.pad(small, (2, 2, 2, 2), mode="replicate"), 5, 1)
    mean = F.interpolate(mean, (h, w), mode="bilinear", align_corners=False)
    return x.mul(forms).add_(mean.mul_(ground - forms))


@dataclass(frozen=True)
class Held:
    """What a picture is held to: its first mean per channel, halved, and its first deviation."""

    mean: torch.Tensor  # (1, 3, 1, 1)
    deviation: torch.Tensor  # (1, 1, 1, 1)

    @classmethod
    def of(cls, x: torch.Tensor) -> "Held":
        """Return what a loop that begins with `x` is held to."""
        x = torch.nan_to_num(x)
        mean = x.mean((2, 3), keepdim=True)
        return cls(mean / 2, (x - mean).square().mean((1, 2, 3), keepdim=True).sqrt())


@dataclass(frozen=True)
class Tones:
    """What the tone does within some seconds."""

    growth: float  # of the contrast
    hold: float  # share of the way to the deviation that is held
    kept: float  # of the distance from the mean that is held
    matrix: torch.Tensor  # (3, 3), of colours
    bent: float  # share of the way to the limit

    @classmethod
    def of(cls, snapshot: Mapping[str, float], seconds: float) -> "Tones":
        """Return what these values come to in this time."""
        angle = math.radians(snapshot["tone.hue_drift"] * seconds)
        return cls(
            snapshot["tone.contrast"] ** seconds,
            1 - math.exp(-snapshot["tone.hold"] * seconds),
            math.exp(-snapshot["tone.mean"] * seconds),
            _colour_matrix(snapshot["tone.saturation"] ** seconds, angle),
            _bending(seconds),
        )


def colour(x: torch.Tensor, held: Held, tones: Tones) -> torch.Tensor:
    """Hold means and deviation, grow contrast and saturation, turn the hues, then limit softly."""
    mean = x.mean((2, 3), keepdim=True)
    x = x - mean
    far = held.deviation / x.square().mean((1, 2, 3), keepdim=True).sqrt().clamp(min=1e-3)
    x = x.mul_(tones.growth * far**tones.hold).add_(held.mean + (mean - held.mean) * tones.kept)
    return _limited(F.conv2d(x, tones.matrix.to(x)[:, :, None, None]), tones.bent)


def _colour_matrix(saturation: float, angle: float) -> torch.Tensor:
    """Return the 3x3 matrix that turns hues by `angle` about grey and scales their distance."""
    c, s = saturation * math.cos(angle), saturation * math.sin(angle)
    grey, side = (1 - c) / 3, s / math.sqrt(3)
    a, b, d = c + grey, grey - side, grey + side
    return torch.tensor([[a, b, d], [d, a, b], [b, d, a]])


def limit(x: torch.Tensor, seconds: float) -> torch.Tensor:
    """Bend back what is beyond +-0.8 and what is neon; no result passes 1, no number is grey."""
    return _limited(x, _bending(seconds))


def _bending(seconds: float) -> float:
    return 1 - math.exp(-BENT * seconds)


def _limited(x: torch.Tensor, bent: float) -> torch.Tensor:
    x = torch.nan_to_num(x, 0.0).clamp_(-BEYOND, BEYOND)
    luma = x.mean(1, keepdim=True)
    chroma = x - luma
    size = chroma.square().mean(1, keepdim=True).sqrt_().add_(1e-6)
    green = (chroma[:, 1:2] - chroma[:, 0::2].amax(1, keepdim=True)).clamp_(min=0)
    size = size + GREEN * green
    limited = luma + chroma * (_bend(size, RICH, NEON) / size)
    limited = limited.sign() * _bend(limited.abs(), KNEE, 1.0)
    return x.lerp_(limited, bent).clamp_(-1, 1)


def _bend(size: torch.Tensor, knee: float, most: float) -> torch.Tensor:
    """Return `size` unchanged up to `knee`, then bent so that it never passes `most`."""
    over = (size - knee).clamp_(min=0)
    return torch.minimum(size, knee + (most - knee) * torch.tanh(over / (most - knee)))
