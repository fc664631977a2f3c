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

LOOK = tuple(f"tone.{n}" for n in ("contrast", "hold", "mean", "saturation", "hue_drift"))
KEPT = 0.4  # of the local mean, which old forms fade towards
COARSE = 16  # lines of the small picture that stands for the local mean
KNEE = 0.8  # where the limit begins to bend
BEYOND = 4.0  # what no sane step reaches
BENT = 12.0  # a second: how fast what is beyond is bent back
RICH, NEON = 0.25, 0.5  # rms distance from grey where colours begin to be held, and their limit
GREEN = 0.7  # by which green counts for more: the eye sees it first, and lime is what wears it out


def leak(x: torch.Tensor, rate: float, seconds: float) -> torch.Tensor:
    """Fade `x` towards 0.4 of its local mean (about a quarter of the picture), `rate` a second."""
    h, w = x.shape[2:]
    small = pooled(x, COARSE, max(round(COARSE * w / h), 1))
    mean = F.avg_pool2d(F.pad(small, (2, 2, 2, 2), mode="replicate"), 5, 1)
    mean = F.interpolate(mean, (h, w), mode="bilinear", align_corners=False)
    forms, ground = math.e ** (-rate * seconds), math.e ** (-rate * (1 - KEPT) * seconds)
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


def colour(
    x: torch.Tensor, held: Held, snapshot: Mapping[str, float], seconds: float
) -> torch.Tensor:
    """Hold means and deviation, grow contrast and saturation, turn the hues, then limit softly."""
    mean = x.mean((2, 3), keepdim=True)
    x = x - mean
    growth = snapshot["tone.contrast"] ** seconds
    far = held.deviation / x.square().mean((1, 2, 3), keepdim=True).sqrt().clamp(min=1e-3)
    growth = growth * far ** (1 - math.e ** (-snapshot["tone.hold"] * seconds))
    there = math.e ** (-snapshot["tone.mean"] * seconds)
    x = x.mul_(growth).add_(held.mean + (mean - held.mean) * there)
    angle = snapshot["tone.hue_drift"] * (math.pi / 180) * seconds
    matrix = _colour_matrix(snapshot["tone.saturation"] ** seconds, angle).to(x)
    return limit(F.conv2d(x, matrix[:, :, None, None]), seconds)


def _colour_matrix(saturation: float, angle: float) -> torch.Tensor:
    """Return the 3x3 matrix that turns hues by `angle` about grey and scales their distance."""
    angle = torch.as_tensor(angle)
    c, s = saturation * angle.cos(), saturation * angle.sin()
    grey, side = (1 - c) / 3, s / math.sqrt(3)
    a, b, d = c + grey, grey - side, grey + side
    return torch.stack([a, b, d, d, a, b, b, d, a]).view(3, 3)


def limit(x: torch.Tensor, seconds: float) -> torch.Tensor:
    """Bend back what is beyond +-0.8 and what is neon; no result passes 1, no number is grey."""
    x = torch.nan_to_num(x, 0.0).clamp_(-BEYOND, BEYOND)
    luma = x.mean(1, keepdim=True)
    chroma = x - luma
    size = chroma.square().mean(1, keepdim=True).sqrt_().add_(1e-6)
    green = (chroma[:, 1:2] - chroma[:, 0::2].amax(1, keepdim=True)).clamp_(min=0)
    size = size + GREEN * green
    bent = luma + chroma * (_bend(size, RICH, NEON) / size)
    bent = bent.sign() * _bend(bent.abs(), KNEE, 1.0)
    return x.lerp_(bent, 1 - math.e ** (-BENT * seconds)).clamp_(-1, 1)


def _bend(size: torch.Tensor, knee: float, most: float) -> torch.Tensor:
    """Return `size` unchanged up to `knee`, then bent so that it never passes `most`."""
    over = (size - knee).clamp_(min=0)
    return torch.minimum(size, knee + (most - knee) * torch.tanh(over / (most - knee)))
