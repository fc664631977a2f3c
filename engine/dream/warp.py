"""Carries the picture along the camera path, once per dream.

In: a picture, a 3x3 matrix of engine/camera.py. Out: the picture as seen from the new place.
"""

import numpy as np
import torch
import torch.nn.functional as F

EDGES = ("reflection", "wrap", "zeros")  # in the order of the parameter motion.edge
REACH = 2  # pixels that the cubic looks to either side
SHARP = 0.72  # share of the cubic; alone it rings in a feedback loop, and bilinear blurs


def warp(x: torch.Tensor, matrix: np.ndarray, edge: int) -> torch.Tensor:
    """Return `x` (1, 3, h, w) resampled: the point p of the result shows matrix @ p of `x`.

    The kernel is 0.72 cubic (a = -0.75) + 0.28 linear: 24 turns that end where they began leave
    about nine tenths of the fine detail. Edges: 0 mirrored, 1 wrapped, 2 black.
    """
    h, w = x.shape[2:]
    if np.allclose(matrix, np.eye(3), atol=1e-9):
        return x
    grid = F.affine_grid(_normalised(matrix, w / h).to(x), x.shape, align_corners=False)
    padding = EDGES[edge]
    if padding == "wrap":
        x, grid, padding = _wrapped(x, grid)
    kind = {"padding_mode": padding, "align_corners": False}
    cubic = F.grid_sample(x, grid, mode="bicubic", **kind)
    return cubic.lerp_(F.grid_sample(x, grid, mode="bilinear", **kind), 1 - SHARP)


def _wrapped(x: torch.Tensor, grid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, str]:
    """Return `x` with its own other side around it, and the grid that looks into that."""
    h, w = x.shape[2:]
    part = grid.new_tensor([w / (w + 2 * REACH), h / (h + 2 * REACH)])
    grid = (torch.remainder(grid + 1, 2) - 1) * part
    return F.pad(x, (REACH,) * 4, mode="circular"), grid, "border"


def _normalised(matrix: np.ndarray, aspect: float) -> torch.Tensor:
    """Turn a matrix in picture heights from the middle into one in [-1, 1] of both sides."""
    scale = np.diag([2 / aspect, 2.0, 1.0])
    theta = scale @ matrix @ np.linalg.inv(scale)
    return torch.from_numpy(theta[None, :2].astype(np.float32))
