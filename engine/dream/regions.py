"""Regions: where in the picture the second channel vector dreams instead of the first.

In: the kind of region, a picture (1, 3, h, w). Out: a mask (1, 1, h, w), 0 first to 1 second.
A picture that flows out of one region into another is dreamed over, so borders are alive.
"""

import functools

import torch
import torch.nn.functional as F

OFF, HALVES, RINGS, LIGHT = range(4)  # in the order of the parameter dream.regions.kind
SOFT = 0.08  # heights: half the width of a border
RING = 0.3  # heights from ring to ring
CALM = 0.5  # deviations of the light over which a border by light is soft


def mask(kind: int, x: torch.Tensor) -> torch.Tensor:
    """Return how far each place of `x` belongs to the second vector."""
    if kind == LIGHT:
        light = F.avg_pool2d(x.mean(1, keepdim=True), 9, 1, 4, count_include_pad=False)
        return torch.sigmoid((light - light.mean()) / (CALM * light.std() + 1e-6))
    return _still(kind, *x.shape[2:], x.device)


@functools.lru_cache(maxsize=64)
def _still(kind: int, h: int, w: int, device: torch.device) -> torch.Tensor:
    across = ((torch.arange(w, device=device) + 0.5) / w - 0.5)[None, :] * (w / h)
    down = ((torch.arange(h, device=device) + 0.5) / h - 0.5)[:, None]
    if kind == HALVES:
        place = (across + 0 * down) / SOFT
    else:
        place = torch.cos(torch.hypot(across, down) * (2 * torch.pi / RING)) * (RING / 6 / SOFT)
    return torch.sigmoid(2 * place)[None, None]


def spread(first: torch.Tensor, second: torch.Tensor, mask: torch.Tensor, places) -> torch.Tensor:
    """Return the vector at every place (1, c, h, w) of a layer: squares mixed by the mask."""
    m = F.adaptive_avg_pool2d(mask, places).to(first)
    a, b = (v.square().view(1, -1, 1, 1) for v in (first, second))
    return torch.lerp(a, b, m).sqrt()
