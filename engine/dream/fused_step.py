"""Blurs a step's gradient on an NVIDIA card: its light and its colours in two kernels (Triton).

In: gradients (n, 3, h, w), float32, contiguous. Out: the same, blurred. Dream thread.
"""

import torch
import triton
import triton.language as tl

COLUMNS = 256  # of one program
SIDES = ["h", "w"]  # for which nothing is compiled anew


@triton.jit
def _mirrored(place, n):
    """Return `place` on an axis of `n` steps that is mirrored at its ends."""
    return (n - 1) - tl.abs((n - 1) - tl.abs(place))


@triton.jit(do_not_specialize=SIDES)
def _across(
    x, light, colour, y, h, w, LIGHT: tl.constexpr, COLOUR: tl.constexpr, COLUMNS: tl.constexpr
):  # fmt: skip
    """Along each row of (n, 3, h, w): light under its taps, three colours under theirs (n, 4)."""
    row, n = tl.program_id(0) % h, tl.program_id(0) // h
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    there, area = column < w, h * w
    x += (n * 3 * h + row).to(tl.int64) * w
    grey = tl.zeros((COLUMNS,), tl.float32)
    red, green, blue = grey, grey, grey
    for k in tl.static_range(COLOUR):
        at = x + _mirrored(column + (k - COLOUR // 2), w)
        r, g = tl.load(at, there, 0.0), tl.load(at + area, there, 0.0)
        b, tap = tl.load(at + 2 * area, there, 0.0), tl.load(colour + k)
        red, green, blue = red + r * tap, green + g * tap, blue + b * tap
        if k >= (COLOUR - LIGHT) // 2 and k < (COLOUR + LIGHT) // 2:
            grey += (r + g + b) * tl.load(light + (k - (COLOUR - LIGHT) // 2))
    y += (n * 4 * h + row).to(tl.int64) * w + column
    tl.store(y, grey / 3, there)
    tl.store(y + area, red, there)
    tl.store(y + 2 * area, green, there)
    tl.store(y + 3 * area, blue, there)


@triton.jit(do_not_specialize=SIDES)
def _down(
    x, light, colour, y, h, w, LIGHT: tl.constexpr, COLOUR: tl.constexpr, COLUMNS: tl.constexpr
):  # fmt: skip
    """Along each column of _across()'s planes; light and colours come together: (n, 3, h, w)."""
    row, n = tl.program_id(0) % h, tl.program_id(0) // h
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    there, area = column < w, h * w
    x += (n * 4 * h).to(tl.int64) * w + column
    grey = tl.zeros((COLUMNS,), tl.float32)
    red, green, blue = grey, grey, grey
    for k in tl.static_range(LIGHT):
        at = _mirrored(row + (k - LIGHT // 2), h) * w
        grey += tl.load(x + at, there, 0.0) * tl.load(light + k)
    for k in tl.static_range(COLOUR):
        at, tap = x + area + _mirrored(row + (k - COLOUR // 2), h) * w, tl.load(colour + k)
        red += tl.load(at, there, 0.0) * tap
        green += tl.load(at + area, there, 0.0) * tap
        blue += tl.load(at + 2 * area, there, 0.0) * tap
    grey -= (red + green + blue) / 3
    y += (n * 3 * h + row).to(tl.int64) * w + column
    tl.store(y, red + grey, there)
    tl.store(y + area, green + grey, there)
    tl.store(y + 2 * area, blue + grey, there)


def smooth(
    g: torch.Tensor, light: torch.Tensor, colour: torch.Tensor, gain: float | torch.Tensor
) -> torch.Tensor:
    """Return `g`, its light under the taps `light` both ways, its colours, times `gain`, under
    `colour`: no fewer taps, and no more than reach from edge to edge. Mirrored at the edges.
    """
    g, (n, _, h, w) = g.contiguous(), g.shape
    planes, y = g.new_empty((n, 4, h, w)), torch.empty_like(g)
    grid, words = (n * h, triton.cdiv(w, COLUMNS)), (h, w, len(light), len(colour), COLUMNS)
    _across[grid](g, light, colour * gain, planes, *words)
    _down[grid](planes, light, colour, y, *words)
    return y
