"""The warp: against scipy and exact shifts, its directions and edges, and what 24 turns leave."""

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter, map_coordinates

from engine import camera
from engine.dream.warp import mirrored, warp

MIRROR, WRAP, BLACK = range(3)
STILL = {f"motion.{name}": 0.0 for name in ("zoom", "rotation", "x", "y", "center_x", "center_y")}


def move(**values):
    """Return the matrix of one second of this motion."""
    return camera.step(STILL | {f"motion.{n}": v for n, v in values.items()}, 1.0)


def texture(h, w, sigma=1.0, seed=0):
    """Return a random picture (1, 3, h, w) as fine as a dream, periodic in both directions."""
    noise = np.random.default_rng(seed).standard_normal((1, 3, h, w))
    x = gaussian_filter(noise, (0, 0, sigma, sigma), mode="wrap")
    return torch.from_numpy(x / x.std() * 0.3).float()


def dot(h, w, x, y):
    """Return a picture with one soft dot at (x, y), in picture heights from the middle."""
    rows, columns = np.mgrid[:h, :w] + 0.5
    far = (columns - w / 2 - x * h) ** 2 + (rows - h / 2 - y * h) ** 2
    return torch.from_numpy(np.exp(-far / 18)).float().expand(1, 3, h, w).contiguous()


def middle(picture):
    """Return where the light's centre of gravity lies, in picture heights from the middle."""
    h, w = picture.shape[2:]
    light = picture[0, 0].double().numpy()
    rows, columns = np.mgrid[:h, :w] + 0.5
    x, y = (columns * light).sum() / light.sum(), (rows * light).sum() / light.sum()
    return (x - w / 2) / h, (y - h / 2) / h


@pytest.mark.parametrize(
    "motion",
    [{"zoom": 0.3}, {"rotation": 20}, {"x": 0.111, "y": -0.07}, {"zoom": -0.2, "rotation": -9}],
    ids=str,
)
@pytest.mark.parametrize(("edge", "scipys"), [(MIRROR, "reflect"), (WRAP, "grid-wrap")])
def test_it_samples_where_scipy_does(motion, edge, scipys):
    h, w = 64, 90
    x = texture(h, w, 4)
    matrix = move(**motion)
    rows, columns = np.mgrid[:h, :w]
    points = np.stack([(columns + 0.5 - w / 2) / h, (rows + 0.5 - h / 2) / h, np.ones((h, w))])
    sx, sy, _ = np.einsum("ij,jhw->ihw", matrix, points)
    at = [sy * h + h / 2 - 0.5, sx * h + w / 2 - 0.5]
    reference = [map_coordinates(c, at, order=3, mode=scipys) for c in x[0].double().numpy()]
    assert np.abs(warp(x, matrix, edge)[0].numpy() - reference).max() < 0.02


def test_stillness_changes_nothing():
    x = texture(40, 60)
    for edge in (MIRROR, WRAP, BLACK):
        assert torch.equal(warp(x, np.eye(3), edge), x)


def test_the_picture_that_was_given_is_left_alone():
    x = texture(40, 60)
    before = x.clone()
    warp(x, move(zoom=0.3, rotation=7), WRAP)
    assert torch.equal(x, before)


def test_zooming_in_grows_the_picture():
    x = dot(80, 120, 0.0, 0.0)
    grown, shrunk = warp(x, move(zoom=0.4), BLACK), warp(x, move(zoom=-0.4), BLACK)
    assert float(grown.sum() / x.sum()) == pytest.approx(math.exp(0.8), rel=0.02)
    assert float(shrunk.sum() / x.sum()) == pytest.approx(math.exp(-0.8), rel=0.02)


@pytest.mark.parametrize(
    ("start", "motion", "end"),
    [
        ((0.2, 0.0), {"rotation": 90}, (0.0, -0.2)),  # counter-clockwise: from the right to the top
        ((0.2, 0.0), {"rotation": -90}, (0.0, 0.2)),
        ((0.0, -0.2), {"rotation": 90}, (-0.2, 0.0)),
        ((0.0, 0.0), {"x": 0.25}, (0.25, 0.0)),
        ((0.0, 0.0), {"y": 0.25}, (0.0, 0.25)),
        ((0.1, -0.1), {"zoom": math.log(2)}, (0.2, -0.2)),
        ((0.15, -0.1), {"zoom": 0.7, "center_x": 0.15, "center_y": -0.1}, (0.15, -0.1)),
        ((0.2, 0.0), {"rotation": 180, "center_x": 0.1}, (0.0, 0.0)),
    ],
)
@pytest.mark.parametrize("size", [(80, 120), (120, 80)], ids=str)
def test_things_go_where_the_motion_says(size, start, motion, end):
    moved = warp(dot(*size, *start), move(**motion), BLACK)
    assert middle(moved) == pytest.approx(end, abs=0.003)


@pytest.mark.parametrize(("dx", "dy"), [(5, 0), (0, -7), (3, 2)])
def test_whole_pixels_are_moved_exactly_and_the_edge_comes_in(dx, dy):
    h, w = 32, 48
    x = texture(h, w)
    matrix = move(x=dx / h, y=dy / h)
    shift = {"shift": (dy, dx), "axis": (2, 3)}
    assert np.allclose(warp(x, matrix, WRAP), np.roll(x, **shift), atol=1e-4)
    for edge, kind in ((MIRROR, {"mode": "symmetric"}), (BLACK, {"mode": "constant"})):
        around = np.pad(x, ((0, 0), (0, 0), (10, 10), (10, 10)), **kind)
        expected = np.roll(around, **shift)[:, :, 10:-10, 10:-10]
        assert np.allclose(warp(x, matrix, edge), expected, atol=1e-4)


def test_wrapping_has_no_seam():
    """Where the picture is cut makes no difference to where it is carried."""
    x, matrix = texture(32, 48), move(x=0.0123, y=0.4567)
    cut = torch.roll(warp(torch.roll(x, (11, 17), (2, 3)), matrix, WRAP), (-11, -17), (2, 3))
    assert torch.allclose(cut, warp(x, matrix, WRAP), atol=1e-4)


@pytest.mark.parametrize("edge", [MIRROR, WRAP])
def test_no_black_comes_in_over_a_mirrored_or_wrapped_edge(edge):
    x = torch.full((1, 3, 40, 60), 0.6)
    far = move(zoom=-1.5, rotation=33, x=0.4, y=-0.3)
    assert torch.allclose(warp(x, far, edge), torch.tensor(0.6), atol=1e-4)


@pytest.mark.parametrize("edge", [MIRROR, WRAP, BLACK])
@pytest.mark.parametrize("zoom", [-30.0, 30.0])
def test_however_far_the_view_goes_the_picture_stays_finite(edge, zoom):
    moved = warp(texture(40, 60), move(zoom=zoom, rotation=170, x=1, y=1), edge)
    assert torch.isfinite(moved).all()
    assert float(moved.abs().max()) < 3


def fine(x):
    """Return the rms of what is finer than half the Nyquist frequency, in the middle."""
    h, w = x.shape[2:]
    part = x[..., h // 4 : -h // 4, w // 4 : -w // 4].double().numpy()
    window = np.hanning(part.shape[2])[:, None] * np.hanning(part.shape[3])
    spectrum = np.fft.fft2((part - part.mean((2, 3), keepdims=True)) * window)
    fy, fx = np.fft.fftfreq(part.shape[2])[:, None], np.fft.fftfreq(part.shape[3])
    return float(np.sqrt((np.abs(spectrum[..., np.hypot(fx, fy) > 0.25]) ** 2).mean()))


@pytest.mark.parametrize(
    ("out", "back"),
    [
        ({"rotation": 3, "zoom": 0.01}, {"rotation": -3, "zoom": -0.01}),
        ({"zoom": 0.02}, {"zoom": -0.02}),
        ({"rotation": 3}, {"rotation": -3}),
    ],
    ids=str,
)
def test_24_warps_that_end_where_they_began_leave_the_fine_detail(out, back):
    x = y = texture(256, 256, 2)
    for motion in [out] * 12 + [back] * 12:
        y = warp(y, move(**motion), MIRROR)
    assert 0.75 < fine(y) / fine(x) < 1.1, f"{fine(y) / fine(x):.2f} of the fine detail is left"


@pytest.mark.parametrize("size", [(6, 8), (7, 9)], ids=str)
def test_mirrored_has_the_upper_left_on_all_sides(size):
    h, w = size
    x = torch.rand(1, 3, h, w)
    assert mirrored(x, 0) is x
    sides, quarters = mirrored(x, 1), mirrored(x, 2)
    assert torch.equal(sides, sides.flip(3)) and torch.equal(quarters, quarters.flip(2))
    assert torch.equal(quarters, quarters.flip(3)) and quarters.shape == x.shape
    assert torch.equal(sides[..., : (w + 1) // 2], x[..., : (w + 1) // 2])
    assert torch.equal(quarters[..., : (h + 1) // 2, :], sides[..., : (h + 1) // 2, :])
