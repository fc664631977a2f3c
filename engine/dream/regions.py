"""Regions: where in the picture the second channel vector dreams instead of the first.

In: the kind of region, a size. Out: a mask (1, 1, h, w), 0 first to 1 second.
A picture that flows out of one region into another is dreamed over, so borders are alive.
"""

import functools

import torch
import torch.nn.functional as F

OFF, HALVES, RINGS = range(3)  # in the order of the parameter dream.regions.kind
SOFT = 0.08  # heights: half the width of a border
RING = 0.66  # heights from ring to ring


@functools.lru_cache(maxsize=64)
def mask(kind: int, h: int, w: int, device: torch.device) -> torch.Tensor:
    """Return how far each place of the picture belongs to the second vector."""
    across = ((torch.arange(w, device=device) + 0.5) / w - 0.5)[None, :] * (w / h)
    down = ((torch.arange(h, device=device) + 0.5) / h - 0.5)[:, None]
    if kind == HALVES:
        place = (across + 0 * down) / SOFT
    else:
        place = torch.cos(torch.hypot(across, down) * (2 * torch.pi / RING)) * (RING / 6 / SOFT)
    return torch.sigmoid(2 * place)[None, None]


def spread(
    features: torch.Tensor, first: torch.Tensor, second: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """Return the vector at every place (1, c, h, w) of a layer: squares mixed by the mask.

    Both are of the same energy here, lest the louder channels take over where both dream.
    """
    m = F.adaptive_avg_pool2d(mask, features.shape[2:]).to(features)
    loud = features.square().mean((2, 3), keepdim=True)
    parts = (v.square().view(1, -1, 1, 1) for v in (first, second))
    a, b = (v / ((v * loud).sum() + 1e-12) for v in parts)
    return (a.lerp(b, m) * loud.sum()).sqrt()
