"""Carries the picture along the camera path, once per dream.

In: a picture, a 3x3 matrix of engine/camera.py. Out: the picture as seen from the new place.
An interpolating cubic spline (Unser 1991) read as four bilinear samples (Sigg and Hadwiger 2005):
it never amplifies, so a feedback loop cannot ring, and 24 warps leave four fifths of the detail.
"""

import numpy as np
import torch
import torch.nn.functional as F

MIRROR, WRAP, BLACK = range(3)  # in the order of the parameter motion.edge
EXACT = 2  # mirrors that a picture of square pixels has without resampling
POLE = 3**0.5 - 2  # of the spline's prefilter, exp(-1.317 per pixel)
STILL = np.eye(3)
REACH = 8  # pixels after which the prefilter is below 3e-5


def warp(x: torch.Tensor, matrix: np.ndarray, edge: int) -> torch.Tensor:
    """Return `x` (1, 3, h, w) resampled: the point p of the result shows matrix @ p of `x`.

    Edges: 0 mirrored, 1 wrapped, 2 black.
    """
    return resample(x, normalised(matrix, *x.shape[2:]), edge)


def normalised(matrix: np.ndarray, h: int, w: int) -> torch.Tensor | None:
    """Turn a matrix in picture heights from the middle into one (1, 2, 3) in [-1, 1] of both sides.

    None where nothing moves.
    """
    if np.abs(matrix - STILL).max() < 1e-9:
        return None
    scale = np.array([2 * h / w, 2.0, 1.0])
    theta = scale[:, None] * matrix / scale
    return torch.from_numpy(theta[None, :2].astype(np.float32))


def resample(x: torch.Tensor, theta: torch.Tensor | None, edge: int) -> torch.Tensor:
    """Return `x` as seen from where `theta` of normalised() leads."""
    if theta is None:
        return x
    grid = F.affine_grid(theta.to(x), x.shape, align_corners=False)
    y = _spline(_coefficients(x, edge == WRAP), _folded(grid, edge))
    return y * (grid.abs().amax(-1) <= 1)[:, None] if edge == BLACK else y


def mirrored(x: torch.Tensor, mirrors: int) -> torch.Tensor:
    """Return `x`, its left half on both sides (1) or its upper left quarter in all four (2)."""
    for axis in (3, 2)[:mirrors]:
        n = x.shape[axis]
        half = x.narrow(axis, 0, n - n // 2)
        x = torch.cat([half, x.narrow(axis, 0, n // 2).flip(axis)], axis)
    return x


def _folded(grid: torch.Tensor, edge: int) -> torch.Tensor:
    """Return the places of the picture that are seen at `grid` in its mirrored or wrapped plane."""
    if edge == WRAP:
        return torch.remainder(grid + 1, 2) - 1
    return 1 - (torch.remainder(grid + 1, 4) - 2).abs()


def _coefficients(x: torch.Tensor, wrapped: bool) -> torch.Tensor:
    """Return the cubic spline through `x`, with two more coefficients on every side."""
    taps = torch.pow(POLE, torch.arange(-REACH, REACH + 1, device=x.device).abs()).to(x)
    taps = (taps / taps.sum()).expand(x.shape[1], 1, -1)
    around = _around(x, REACH + 2, wrapped)
    down = F.conv2d(around, taps[:, :, :, None], groups=x.shape[1])
    return F.conv2d(down, taps[:, :, None, :], groups=x.shape[1])


def _around(x: torch.Tensor, reach: int, wrapped: bool) -> torch.Tensor:
    """Return `x` continued by `reach` pixels on every side, its edge pixels doubled or wrapped."""
    for axis in (2, 3):
        n = x.shape[axis]
        at = torch.arange(-reach, n + reach, device=x.device)
        at = at % n if wrapped else (n - 0.5 - ((at + 0.5) % (2 * n) - n).abs()).round().long()
        x = x.index_select(axis, at)
    return x


def _spline(c: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    """Return the spline of coefficients `c` (two more on every side) at `grid` in [-1, 1]."""
    total = 0
    for x, across in _samples(grid[..., 0], c.shape[3]):
        for y, down in _samples(grid[..., 1], c.shape[2]):
            part = F.grid_sample(c, torch.stack([x, y], -1), mode="bilinear", align_corners=False)
            total = total + part * (across * down)[:, None]
    return total


def _samples(place: torch.Tensor, n: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return two places on an axis of `n` coefficients, each with its weight, for one of grid."""
    place = (place + 1) * ((n - 4) / 2) + 1.5
    whole = place.floor()
    f = place - whole
    w0, w1, w3 = (1 - f) ** 3 / 6, 2 / 3 - f * f * (1 - f / 2), f**3 / 6
    left = w0 + w1
    a, b = whole - 1 + w1 / left, whole + 1 + w3 / (1 - left)
    return [((2 * p + 1) / n - 1, g) for p, g in ((a, left), (b, 1 - left))]
