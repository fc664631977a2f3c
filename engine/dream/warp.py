"""Carries the picture along the camera path, once per dream.

In: a picture, a 3x3 matrix of engine/camera.py. Out: the picture as seen from the new place.
An interpolating cubic spline (Unser 1991) read as four bilinear samples (Sigg and Hadwiger 2005):
it never amplifies, so a feedback loop cannot ring, and 24 warps leave four fifths of the detail.
"""

import numpy as np
import torch
import torch.nn.functional as F

MIRROR, WRAP, BLACK = range(3)  # in the order of the parameter motion.edge
POLE = 3**0.5 - 2  # of the spline's prefilter, exp(-1.317 per pixel)
REACH = 8  # pixels after which the prefilter is below 3e-5


def warp(x: torch.Tensor, matrix: np.ndarray, edge: int) -> torch.Tensor:
    """Return `x` (1, 3, h, w) resampled: the point p of the result shows matrix @ p of `x`.

    Edges: 0 mirrored, 1 wrapped, 2 black.
    """
    h, w = x.shape[2:]
    if np.allclose(matrix, np.eye(3), atol=1e-9):
        return x
    theta = _normalised(matrix, w / h).to(x)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    y = _spline(_coefficients(x, edge == WRAP), _folded(grid, edge))
    return y * (grid.abs().amax(-1) <= 1)[:, None] if edge == BLACK else y


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
    size = grid.new_tensor([c.shape[3], c.shape[2]])
    place = (grid + 1) * (size - 4) / 2 + 1.5
    whole = place.floor()
    f = place - whole
    w0, w1, w3 = (1 - f) ** 3 / 6, 2 / 3 - f * f * (1 - f / 2), f**3 / 6
    left = w0 + w1
    a, b = whole - 1 + w1 / left, whole + 1 + w3 / (1 - left)
    sides = [((2 * p + 1) / size - 1, g) for p, g in ((a, left), (b, 1 - left))]
    total = 0
    for x, gx in sides:
        for y, gy in sides:
            at = torch.stack([x[..., 0], y[..., 1]], -1)
            part = F.grid_sample(c, at, mode="bilinear", align_corners=False)
            total = total + part * (gx[..., 0] * gy[..., 1])[:, None]
    return total


def _normalised(matrix: np.ndarray, aspect: float) -> torch.Tensor:
    """Turn a matrix in picture heights from the middle into one in [-1, 1] of both sides."""
    scale = np.diag([2 / aspect, 2.0, 1.0])
    theta = scale @ matrix @ np.linalg.inv(scale)
    return torch.from_numpy(theta[None, :2].astype(np.float32))
