"""What lies between a discriminator's convolutions, on an NVIDIA card: each once over the memory.

In: activations (n, c, h, w), channels last, half precision. Out: the same, forward or back.
Bias, leaky rectifier, clamp, low pass and the sum with what went around, by Triton. A picture of
512 lines has features of 34 MB a layer, so the memory is what takes the time. Rectified numbers are
not kept: the way back finds them again in what the convolution gave.
"""

from subprocess import SubprocessError

import torch
import triton
import triton.language as tl
from triton.errors import TritonError

SLOPE = tl.constexpr(0.2)  # of the leaky rectifier
NUMBERS = 1024  # of one program
SIDES = ["h", "w", "oh", "ow"]  # for which nothing is compiled anew
ROWS, PAIRS, PIXELS, CHANNELS, WARPS = 8, 8, 32, 64, 4  # of one program that filters


@triton.jit
def _rectified(x, bias, limit):
    """Return the leaky rectifier's numbers, clamped where there is a limit (not None)."""
    x = x + bias
    x = tl.maximum(x, x * SLOPE)
    if limit is not None:
        x = tl.minimum(tl.maximum(x, -limit), limit)
    return x


@triton.jit
def _passing(y, limit):
    """Return by how much a gradient comes through to the rectified numbers `y`."""
    share = tl.where(y > 0, 1.0, SLOPE)
    if limit is not None:
        share = tl.where(tl.abs(y) < limit, share, 0.0)
    return share


@triton.jit
def _through(x, limit):
    """Return by how much a gradient comes through the rectifier of `x`."""
    share = tl.where(x > 0, 1.0, SLOPE)
    if limit is not None:
        share = tl.where(tl.abs(x * share) < limit, share, 0.0)
    return share


@triton.jit
def _rectify(x, bias, added, y, count, c, limit, ADD: tl.constexpr, N: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * N + tl.arange(0, N)
    there = at < count
    v = tl.load(x + at, there).to(tl.float32)
    v = _rectified(v, tl.load(bias + at % c, there).to(tl.float32), limit)
    if ADD:
        v += tl.load(added + at, there).to(tl.float32)
    tl.store(y + at, v.to(y.dtype.element_ty), there)


@triton.jit
def _rectify_back(g, x, bias, y, count, c, limit, N: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * N + tl.arange(0, N)
    there = at < count
    v = tl.load(x + at, there).to(tl.float32)
    v = _through(v + tl.load(bias + at % c, there).to(tl.float32), limit)
    v *= tl.load(g + at, there).to(tl.float32)
    tl.store(y + at, v.to(y.dtype.element_ty), there)


@triton.jit
def _pixel(x, iy, ix, h, w, c, channel, bias, limit, FORTH: tl.constexpr):
    """Pixels of (h, w, c), 0 beyond its edges; rectified if FORTH."""
    there = ((iy >= 0) & (iy < h) & (ix >= 0) & (ix < w))[:, None] & (channel < c)[None, :]
    at = x + iy.to(tl.int64) * (w * c) + (ix[:, None] * c + channel[None, :])
    if FORTH:
        return _rectified(tl.load(at, there, -bias).to(tl.float32), bias.to(tl.float32), limit)
    return tl.load(at, there, 0.0).to(tl.float32)


@triton.jit
def _line(x, iy, ix, h, w, c, channel, bias, limit, FORTH: tl.constexpr):
    """[1, 3, 3, 1] along a row of (h, w, c) from the columns `ix` on, and from the next ones."""
    one = _pixel(x, iy, ix, h, w, c, channel, bias, limit, FORTH)
    two = _pixel(x, iy, ix + 1, h, w, c, channel, bias, limit, FORTH)
    three = _pixel(x, iy, ix + 2, h, w, c, channel, bias, limit, FORTH)
    four = _pixel(x, iy, ix + 3, h, w, c, channel, bias, limit, FORTH)
    five = _pixel(x, iy, ix + 4, h, w, c, channel, bias, limit, FORTH)
    return one + four + 3 * (two + three), two + five + 3 * (three + four)


@triton.jit
def _put(
    total, y, added, raw, row, at, inside, bias, limit, ADD: tl.constexpr, BACK: tl.constexpr
):  # fmt: skip
    total = total / 64
    if ADD:
        total += tl.load(added + row + at, inside, 0.0).to(tl.float32)
    if BACK:
        v = tl.load(raw + row + at, inside, 0.0).to(tl.float32)
        total *= _through(v + bias.to(tl.float32), limit)
    tl.store(y + row + at, total.to(y.dtype.element_ty), inside)


@triton.jit(do_not_specialize=SIDES)
def _low_pass(
    x, bias, raw, added, y, h, w, oh, ow, c, limit,
    PADDING: tl.constexpr, FORTH: tl.constexpr, BACK: tl.constexpr, ADD: tl.constexpr,
    ROWS: tl.constexpr, PAIRS: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    """[1, 3, 3, 1] over the rectified `x` (FORTH), or over a gradient, on to before one (BACK).

    Two neighbours at once, and down from row to row: most of what is read serves both.
    """
    blocks = tl.cdiv(oh, ROWS)
    ox = (tl.program_id(0) * PAIRS + tl.arange(0, PAIRS)) * 2
    channel = tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS)
    first, n = tl.program_id(2) % blocks * ROWS, (tl.program_id(2) // blocks).to(tl.int64)
    known = channel < c
    offset = tl.load(bias + channel, known, 0.0)[None, :]
    x += n * h * w * c
    iy, ix = first - PADDING, ox - PADDING
    a1, b1 = _line(x, iy, ix, h, w, c, channel, offset, limit, FORTH)
    a2, b2 = _line(x, iy + 1, ix, h, w, c, channel, offset, limit, FORTH)
    a3, b3 = _line(x, iy + 2, ix, h, w, c, channel, offset, limit, FORTH)
    at = ox[:, None] * c + channel[None, :]
    for i in range(ROWS):
        a4, b4 = _line(x, iy + i + 3, ix, h, w, c, channel, offset, limit, FORTH)
        oy = first + i
        row = (n * oh + oy) * (ow * c)
        inside = ((ox < ow) & (oy < oh))[:, None] & known[None, :]
        beside = ((ox + 1 < ow) & (oy < oh))[:, None] & known[None, :]
        _put(a1 + a4 + 3 * (a2 + a3), y, added, raw, row, at, inside, offset, limit, ADD, BACK)
        _put(b1 + b4 + 3 * (b2 + b3), y, added, raw, row, at + c, beside, offset, limit, ADD, BACK)
        a1, a2, a3, b1, b2, b3 = a2, a3, a4, b2, b3, b4


@triton.jit(do_not_specialize=SIDES)
def _halve(x, y, h, w, oh, ow, c, PIXELS: tl.constexpr, CHANNELS: tl.constexpr):
    """[1, 3, 3, 1] at every second place."""
    oy, n = tl.program_id(0) % oh, (tl.program_id(0) // oh).to(tl.int64)
    ox = tl.program_id(1) * PIXELS + tl.arange(0, PIXELS)
    channel = tl.program_id(2) * CHANNELS + tl.arange(0, CHANNELS)
    x += n * h * w * c
    total = tl.zeros((PIXELS, CHANNELS), tl.float32)
    for i in tl.static_range(4):
        for j in tl.static_range(4):
            v = _pixel(x, oy * 2 - 1 + i, ox * 2 - 1 + j, h, w, c, channel, None, None, FORTH=False)
            total += v * ((1 + 2 * (i % 3 > 0)) * (1 + 2 * (j % 3 > 0)) / 64)
    at = ((n * oh + oy) * ow + ox)[:, None] * c + channel[None, :]
    tl.store(y + at, total.to(y.dtype.element_ty), (ox < ow)[:, None] & (channel < c)[None, :])


@triton.jit
def _widened(g, oy, ox, h, w, c, channel, known):
    """The way back of a low pass that halves, at row `oy`: four of its 16 taps meet each pixel."""
    total = tl.zeros((ox.shape[0], channel.shape[0]), tl.float32)
    # Even pixels meet the taps 3 and 1 of [1, 3, 3, 1] (places 1, 3), odd ones 1 and 3 (0, 2).
    for i in tl.static_range(2):
        for j in tl.static_range(2):
            iy, ix = (oy + 1) // 2 - i, (ox + 1) // 2 - j
            down = tl.where(oy % 2 == i, 3.0, 1.0) / 8
            across = tl.where(ox % 2 == j, 3.0, 1.0) / 8
            there = ((iy >= 0) & (iy < h) & (ix >= 0) & (ix < w))[:, None] & known[None, :]
            v = tl.load(g + (iy * w + ix)[:, None] * c + channel[None, :], there, 0.0)
            total += v.to(tl.float32) * (down * across)[:, None]
    return total


@triton.jit(do_not_specialize=SIDES)
def _join_back(
    g, around, x, bias, joined, y, h, w, oh, ow, c, limit,
    PIXELS: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    """What comes back both ways, and on to before the rectifier (_rectify_back)."""
    oy, n = tl.program_id(0) % oh, (tl.program_id(0) // oh).to(tl.int64)
    ox = tl.program_id(1) * PIXELS + tl.arange(0, PIXELS)
    channel = tl.program_id(2) * CHANNELS + tl.arange(0, CHANNELS)
    known = channel < c
    at = ((n * oh + oy) * ow + ox)[:, None] * c + channel[None, :]
    inside = (ox < ow)[:, None] & known[None, :]
    total = tl.load(g + at, inside, 0.0).to(tl.float32)
    total += _widened(around + n * h * w * c, oy, ox, h, w, c, channel, known)
    tl.store(joined + at, total.to(y.dtype.element_ty), inside)
    v = tl.load(x + at, inside, 0.0).to(tl.float32)
    v += tl.load(bias + channel, known, 0.0).to(tl.float32)[None, :]
    tl.store(y + at, (total * _through(v, limit)).to(y.dtype.element_ty), inside)


@triton.jit(do_not_specialize=["count"])
def _enter(
    image, weight, bias, y, count, c, limit, PIXELS: tl.constexpr, CHANNELS: tl.constexpr
):  # fmt: skip
    """Three colours to rectified features."""
    pixel = tl.program_id(0).to(tl.int64) * PIXELS + tl.arange(0, PIXELS)
    channel = tl.program_id(1) * CHANNELS + tl.arange(0, CHANNELS)
    there, known = pixel < count, channel < c
    total = tl.zeros((PIXELS, CHANNELS), tl.float32)
    for k in tl.static_range(3):
        v = tl.load(image + pixel * 3 + k, there, 0.0).to(tl.float32)
        total += v[:, None] * tl.load(weight + channel * 3 + k, known, 0.0).to(tl.float32)[None, :]
    total = _rectified(total, tl.load(bias + channel, known, 0.0).to(tl.float32)[None, :], limit)
    inside = there[:, None] & known[None, :]
    tl.store(y + pixel[:, None] * c + channel[None, :], total.to(y.dtype.element_ty), inside)


@triton.jit(do_not_specialize=SIDES)
def _leave(
    g, around, features, weight, y, h, w, oh, ow, c, limit,
    AROUND: tl.constexpr, PARTS: tl.constexpr, PIXELS: tl.constexpr, CHANNELS: tl.constexpr,
):  # fmt: skip
    """A gradient at rectified features, perhaps from both ways, to one at the three colours."""
    oy, n = tl.program_id(0) % oh, (tl.program_id(0) // oh).to(tl.int64)
    ox = tl.program_id(1) * PIXELS + tl.arange(0, PIXELS)
    there = ox < ow
    red = tl.zeros((PIXELS,), tl.float32)
    green, blue = red, red
    for part in tl.static_range(PARTS):
        channel = part * CHANNELS + tl.arange(0, CHANNELS)
        known = channel < c
        at = ((n * oh + oy) * ow + ox)[:, None] * c + channel[None, :]
        inside = there[:, None] & known[None, :]
        v = tl.load(g + at, inside, 0.0).to(tl.float32)
        if AROUND:
            v += _widened(around + n * h * w * c, oy, ox, h, w, c, channel, known)
        v *= _passing(tl.load(features + at, inside, 0.0).to(tl.float32), limit)
        weights = weight + channel[None, :] * 3
        red += tl.sum(v * tl.load(weights, known[None, :], 0.0).to(tl.float32), 1)
        green += tl.sum(v * tl.load(weights + 1, known[None, :], 0.0).to(tl.float32), 1)
        blue += tl.sum(v * tl.load(weights + 2, known[None, :], 0.0).to(tl.float32), 1)
    y += (n * 3 * oh + oy) * ow + ox
    tl.store(y, red, there)
    tl.store(y + oh * ow, green, there)
    tl.store(y + 2 * oh * ow, blue, there)


def hindrance(device: torch.device) -> str:
    """Return why no kernel can be made here, as where there is no C compiler; "" if one can."""
    x = torch.zeros(1, 16, 4, 4, device=device, dtype=torch.float16)
    try:
        rectify(x, x[0, :, 0, 0].contiguous())
    except (TritonError, RuntimeError, OSError, ImportError, SubprocessError) as fault:
        return f"Triton cannot make kernels: {' '.join(str(fault).split())[:200]}"
    return ""


def rectify(x, bias, limit=None, added=None, out=None) -> torch.Tensor:
    """Return rectified and clamped `x + bias`, plus `added`."""
    out = torch.empty_like(x) if out is None else out
    grid = (triton.cdiv(x.numel(), NUMBERS),)
    words = x.numel(), x.shape[1], limit
    _rectify[grid](x, bias, added, out, *words, ADD=added is not None, N=NUMBERS)
    return out


def rectify_back(g, x, bias, limit=None) -> torch.Tensor:
    """Return the gradient at `x` from that at rectify(x, bias, limit)."""
    out = torch.empty_like(x)
    grid = (triton.cdiv(x.numel(), NUMBERS),)
    _rectify_back[grid](g, x, bias, out, x.numel(), x.shape[1], limit, N=NUMBERS)
    return out


def rectify_low_pass(x, bias, limit=None) -> torch.Tensor:
    """Return rectify(x, bias, limit), low-passed, one pixel larger each way."""
    return _filtered(x, bias, limit, padding=2, forth=True)


def low_pass_back(g, x, bias, limit=None, added=None) -> torch.Tensor:
    """Return the gradient at `x` from that at rectify_low_pass(x, ...), and `added` at between."""
    return _filtered(g, bias, limit, padding=1, raw=x, added=added)


def _filtered(x, bias, limit, *, padding, forth=False, raw=None, added=None) -> torch.Tensor:
    n, c, h, w = x.shape
    oh, ow = h + 2 * padding - 3, w + 2 * padding - 3
    y = _empty(x, oh, ow)
    _low_pass[triton.cdiv(ow, 2 * PAIRS), triton.cdiv(c, CHANNELS), n * triton.cdiv(oh, ROWS)](
        x, bias, raw, added, y, h, w, oh, ow, c, limit,
        PADDING=padding, FORTH=forth, BACK=raw is not None, ADD=added is not None,
        ROWS=ROWS, PAIRS=PAIRS, CHANNELS=CHANNELS, num_warps=WARPS,
    )  # fmt: skip
    return y


def halve(x) -> torch.Tensor:
    """Return `x` low-passed at half its size."""
    n, c, h, w = x.shape
    oh, ow = (h - 2) // 2 + 1, (w - 2) // 2 + 1
    y = _empty(x, oh, ow)
    _halve[n * oh, triton.cdiv(ow, PIXELS), triton.cdiv(c, CHANNELS)](
        x, y, h, w, oh, ow, c, PIXELS=PIXELS, CHANNELS=CHANNELS
    )
    return y


def join_back(g, around, x, bias, limit=None) -> tuple[torch.Tensor, torch.Tensor]:
    """Return `g` plus the gradient from `around` that at halve(...), and the same before rectify().

    The latter as rectify_back(..., x, bias, limit) has it.
    """
    n, c, h, w = around.shape
    oh, ow = g.shape[2:]
    joined, y = torch.empty_like(g), torch.empty_like(g)
    _join_back[n * oh, triton.cdiv(ow, PIXELS), triton.cdiv(c, CHANNELS)](
        g, around, x, bias, joined, y, h, w, oh, ow, c, limit, PIXELS=PIXELS, CHANNELS=CHANNELS
    )
    return joined, y


def enter(image, weight, bias, limit=None) -> torch.Tensor:
    """Return the rectified features (n, c, h, w) of a picture (n, 3, h, w), channels last."""
    n, _, h, w = image.shape
    c, count = len(weight), n * h * w
    y = image.new_empty((n, h, w, c)).permute(0, 3, 1, 2)
    _enter[triton.cdiv(count, PIXELS), triton.cdiv(c, CHANNELS)](
        image, weight, bias, y, count, c, limit, PIXELS=PIXELS, CHANNELS=CHANNELS
    )
    return y


def leave(g, features, weight, limit=None, around=None) -> torch.Tensor:
    """Return the gradient at the picture, float32, from that at enter's features.

    `around`: that at halve(features), to be added.
    """
    n, c, oh, ow = g.shape
    h, w = (0, 0) if around is None else around.shape[2:]
    y = torch.empty((n, 3, oh, ow), device=g.device)
    _leave[n * oh, triton.cdiv(ow, PIXELS)](
        g, around, features, weight, y, h, w, oh, ow, c, limit, AROUND=around is not None,
        PARTS=triton.cdiv(c, CHANNELS), PIXELS=PIXELS, CHANNELS=CHANNELS,
    )  # fmt: skip
    return y


def _empty(like: torch.Tensor, h: int, w: int) -> torch.Tensor:
    """Return room for (n, c, h, w) in channels-last order."""
    n, c = like.shape[:2]
    return like.new_empty((n, h, w, c)).permute(0, 3, 1, 2)
