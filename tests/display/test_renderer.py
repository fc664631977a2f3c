from itertools import pairwise

import numpy as np
import pytest
from frames import picture, pixels_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from engine.camera import CameraPath
from engine.display.grade import Grade, affine
from engine.display.renderer import Renderer
from engine.parameters import Store

STILL = {
    "motion.zoom": 0,
    "motion.rotation": 0,
    "motion.x": 0,
    "motion.y": 0,
    "motion.center_x": 0,
    "motion.center_y": 0,
    "motion.mirrors": 0,
}
MODES = {"mirror": "reflect", "wrap": "grid-wrap", "black": "grid-constant"}


def snapshot(**changes):
    store = Store()
    for id, value in {**STILL, **{k.replace("__", "."): v for k, v in changes.items()}}.items():
        store.set(id, value)
    return store.snapshot()


def shown(renderer, output, values, path=None, now=0.0):
    renderer.draw(output.framebuffer, values, path or CameraPath(), now)
    return pixels_of(output.framebuffer)[..., :3].astype(float)


def warped(pixels, since, mode):
    """What bilinear sampling shows of `pixels` seen through `since`, on a target of its size."""
    height, width = pixels.shape[:2]
    rows, columns = np.mgrid[:height, :width] + 0.5
    x, y = (columns - width / 2) / height, (rows - height / 2) / height
    x, y, _ = np.einsum("ij,jhw->ihw", since, np.stack([x, y, np.ones_like(x)]))
    at = [y * height + height / 2 - 0.5, x * height + width / 2 - 0.5]
    return np.stack(
        [map_coordinates(pixels[..., c].astype(float), at, order=1, mode=mode) for c in range(3)],
        axis=-1,
    )


@pytest.fixture
def square(offscreen):
    output, context = offscreen(96, 96)
    return output, Renderer(context, output.size)


def test_black_before_the_first_dream(square):
    output, renderer = square
    assert shown(renderer, output, snapshot()).max() == 0


def test_a_still_picture_is_shown_unchanged_top_row_first(square, dream):
    output, renderer = square
    pixels = dream(96, 96)
    renderer.upload(picture(pixels))
    assert np.abs(shown(renderer, output, snapshot()) - pixels[..., :3]).max() <= 1


@pytest.mark.parametrize("edge", MODES)
@pytest.mark.parametrize(
    "motion",
    [
        {"motion__zoom": 1.0},
        {"motion__zoom": -1.0},
        {"motion__rotation": 30},
        {"motion__x": 0.4, "motion__y": -0.25},
        {"motion__zoom": -0.5, "motion__rotation": -70, "motion__x": 1, "motion__center_x": 0.3},
    ],
)
def test_the_picture_is_carried_along_the_path_as_a_reference_carries_it(
    square, dream, motion, edge
):
    output, renderer = square
    values = snapshot(motion__edge=edge, **motion)
    path = CameraPath()
    pixels = dream(96, 96)
    renderer.upload(picture(pixels, path.mark()))
    path.advance(values, 0.7)
    seen = shown(renderer, output, values, path)
    difference = np.abs(seen - warped(pixels, path.since(1), MODES[edge]))
    assert difference.mean() < 0.7
    assert np.quantile(difference, 0.99) <= 3


def test_motion_goes_where_its_units_say(square, dream):
    """Half a height to the right; a positive quarter turn is counter-clockwise as seen."""
    output, renderer = square
    path = CameraPath()
    pixels = dream(96, 96)
    renderer.upload(picture(pixels, path.mark()))
    path.advance(snapshot(motion__x=0.5), 1.0)
    seen = shown(renderer, output, snapshot(), path)
    assert np.abs(seen[:, 48:] - pixels[:, :48, :3]).max() <= 2
    path.advance(snapshot(motion__x=-0.5), 1.0)
    path.advance(snapshot(motion__rotation=90), 1.0)
    seen = shown(renderer, output, snapshot(), path)
    assert np.abs(seen - np.rot90(pixels[..., :3])).max() <= 2


def mirrored(width, height, mirrors):
    """Where `mirrors` through the middle take each point of a target from, in heights from it."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    x, y = (columns - width / 2) / height, (rows - height / 2) / height
    apart = np.pi / mirrors
    angle = np.arctan2(-x, -y) % (2 * apart)  # from straight up
    angle = np.minimum(angle, 2 * apart - angle)
    return -np.hypot(x, y) * np.sin(angle), -np.hypot(x, y) * np.cos(angle)


@pytest.mark.parametrize("size", [(96, 96), (192, 96), (60, 96)], ids=str)
@pytest.mark.parametrize("mirrors", [1, 2, 3, 4, 7, 12])
def test_mirrors_show_the_picture_where_a_kaleidoscope_has_it(offscreen, dream, size, mirrors):
    output, context = offscreen(*size)
    renderer, (width, height) = Renderer(context, size), size
    path, values = CameraPath(), snapshot(motion__mirrors=mirrors, motion__rotation=25)
    pixels = dream(*size)
    renderer.upload(picture(pixels, path.mark()))
    path.advance(values, 0.7)
    seen = shown(renderer, output, values, path)
    x, y = mirrored(width, height, mirrors)
    x, y, _ = np.einsum("ij,jhw->ihw", path.since(1), np.stack([x, y, np.ones_like(x)]))
    at = [y * height + height / 2 - 0.5, x * height + width / 2 - 0.5]
    for c in range(3):
        reference = map_coordinates(pixels[..., c].astype(float), at, order=1, mode="reflect")
        assert np.abs(seen[..., c] - reference).mean() < 0.7
        assert np.quantile(np.abs(seen[..., c] - reference), 0.99) <= 3


def test_one_mirror_shows_the_left_half_twice_and_two_the_upper_left_quarter(square, dream):
    output, renderer = square
    pixels = dream(96, 96)[..., :3].astype(float)
    renderer.upload(picture(dream(96, 96)))
    left = np.concatenate([pixels[:, :48], pixels[:, 47::-1]], 1)
    assert np.abs(shown(renderer, output, snapshot(motion__mirrors=1)) - left).max() <= 1
    quarter = np.concatenate([left[:48], left[47::-1]])
    assert np.abs(shown(renderer, output, snapshot(motion__mirrors=2)) - quarter).max() <= 1


def test_half_way_through_a_dream_interval_the_mean_of_both_is_seen(square, dream):
    output, renderer = square
    first, second = dream(96, 96, 1), dream(96, 96, 2)
    renderer.upload(picture(first))
    shown(renderer, output, snapshot(), now=10.0)
    renderer.upload(picture(second, seconds=0.2))
    assert np.abs(shown(renderer, output, snapshot(), now=10.0) - first[..., :3]).max() <= 1
    for part in (0.25, 0.5, 0.75, 1.0):
        seen = shown(renderer, output, snapshot(), now=10.0 + 0.2 * part)
        mixed = (1 - part) * first[..., :3] + part * second[..., :3].astype(float)
        assert np.abs(seen - mixed).max() <= 2


def test_both_pictures_of_a_fade_are_carried_from_their_own_places(square, dream):
    output, renderer = square
    path, turning = CameraPath(), snapshot(motion__rotation=90)
    first, second = dream(96, 96, 1), dream(96, 96, 2)
    renderer.upload(picture(first, path.mark()))
    shown(renderer, output, turning, path, 0.0)
    path.advance(turning, 1.0)
    renderer.upload(picture(second, path.mark(), 0.5))
    shown(renderer, output, turning, path, 0.0)
    path.advance(turning, 1.0)
    seen = shown(renderer, output, turning, path, 0.25)
    mixed = (np.rot90(first, 2)[..., :3].astype(float) + np.rot90(second)[..., :3]) / 2
    assert np.abs(seen - mixed).max() <= 2


def test_a_picture_that_comes_early_makes_no_jump(square, dream):
    output, renderer = square
    frames, now = [], 0.0
    for number in range(60):
        if number % 4 == 0:  # every 4 frames, while each says it took 5
            renderer.upload(picture(dream(96, 96, number % 3), seconds=5 / 60))
        frames.append(shown(renderer, output, snapshot(), now=now))
        now += 1 / 60
    steps = [np.abs(b - a).mean() for a, b in pairwise(frames[8:])]
    assert max(steps) < 3 * np.median(steps)


@given(
    st.builds(
        Grade,
        brightness=st.floats(0, 2),
        black=st.floats(0, 0.9),
        saturation=st.floats(0, 2),
        hue=st.floats(-180, 180),
        tint=st.floats(0, 1),
        tint_hue=st.floats(-180, 180),
    )
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_grade_is_shown_as_it_is_by_formula(square, grade):
    output, renderer = square
    colours = np.random.default_rng(5).integers(60, 180, (96, 96, 4), np.uint8)
    for _ in range(2):
        renderer.upload(picture(colours, seconds=0.0))
        shown(renderer, output, snapshot())
    rows = {f"output__{name}": value for name, value in grade._asdict().items()}
    seen = shown(renderer, output, snapshot(**rows))
    matrix, offset = affine(grade)
    graded = np.clip(colours[..., :3] / 255 @ matrix.T + offset, 0, 1)
    steep = 1 + grade.brightness * np.abs(matrix).sum(1).max()  # by which half a level grows
    assert np.abs(seen - np.clip(255 * grade.brightness * graded, 0, 255)).max() <= steep


def test_brightness_dims_the_picture_to_black_and_gives_it_back(square, dream):
    output, renderer = square
    renderer.upload(picture(dream(96, 96)))
    before = shown(renderer, output, snapshot())
    assert (
        np.abs(shown(renderer, output, snapshot(output__brightness=0.25)) - before / 4).max() <= 1
    )
    assert shown(renderer, output, snapshot(output__brightness=0.0)).max() == 0
    assert (shown(renderer, output, snapshot()) == before).all()


def test_frozen_from_the_start_the_first_dream_is_held(square, dream):
    output, renderer = square
    frozen = snapshot(output__freeze=1)
    renderer.upload(picture(dream(96, 96, 1)))
    first = shown(renderer, output, frozen)
    assert first.max() > 0
    renderer.upload(picture(dream(96, 96, 2)))
    assert (shown(renderer, output, frozen, now=1.0) == first).all()


def test_freeze_holds_all_but_brightness(square, dream):
    output, renderer = square
    path = CameraPath()
    for number, moment in ((1, 0.0), (2, 1.0)):
        renderer.upload(picture(dream(96, 96, number), path.mark()))
        shown(renderer, output, snapshot(), path, moment)
    held = shown(renderer, output, snapshot(output__hue=20), path, 1.5)
    colours = {"output__hue": 90, "output__tint": 0.5, "output__black": 0.2}
    frozen = {
        "output__freeze": 1,
        "motion__edge": 2,
        "motion__zoom": 1,
        "motion__mirrors": 3,
        **colours,
    }
    for step in range(6):
        path.advance(snapshot(**frozen), 0.2)
        renderer.upload(picture(dream(96, 96, 3 + step), path.mark()))
        seen = shown(renderer, output, snapshot(**frozen), path, 2.0 + step)
        assert (seen == held).all()
    dim = shown(renderer, output, snapshot(**frozen, output__brightness=0.5), path, 9.0)
    assert np.abs(dim - held / 2).max() <= 1
    dark = {**frozen, "output__brightness": 0.0}
    assert shown(renderer, output, snapshot(**dark), path, 9.0).max() == 0
    assert not (shown(renderer, output, snapshot(), path, 9.5) == held).all()


@pytest.mark.parametrize("size", [(160, 64), (64, 96)])
def test_another_aspect_is_covered_and_cropped_about_the_middle(offscreen, dream, size):
    output, context = offscreen(*size)
    renderer = Renderer(context, size)
    pixels = dream(96, 96)
    renderer.upload(picture(pixels))
    seen = shown(renderer, output, snapshot())
    width, height = size
    scale = max(size) / 96
    rows = ((np.arange(height) + 0.5 - height / 2) / scale + 48 - 0.5).clip(0, 95)
    columns = ((np.arange(width) + 0.5 - width / 2) / scale + 48 - 0.5).clip(0, 95)
    at = np.meshgrid(rows, columns, indexing="ij")
    for c in range(3):
        reference = map_coordinates(pixels[..., c].astype(float), at, order=3, mode="nearest")
        assert np.abs(seen[..., c] - reference).mean() < 1.5


def test_a_dream_of_another_size_takes_over(square, dream):
    output, renderer = square
    renderer.upload(picture(dream(96, 96), seconds=0.1))
    shown(renderer, output, snapshot(), now=0.0)
    renderer.upload(picture(dream(48, 48), seconds=0.1))
    shown(renderer, output, snapshot(), now=0.0)
    seen = shown(renderer, output, snapshot(), now=0.2)
    assert np.abs(seen - dream(96, 96)[..., :3]).mean() < 2


def test_a_flash_is_white_as_far_as_there_is_brightness(square):
    output, renderer = square
    renderer.upload(picture(np.full((8, 8, 4), 90, np.uint8)))
    for brightness, grey in ((1, 255), (2, 255), (0.5, 128), (0, 0)):
        values = snapshot(output__brightness=brightness)
        renderer.draw(output.framebuffer, values, CameraPath(), 0.0, True)
        assert abs(pixels_of(output.framebuffer)[..., :3].astype(int) - grey).max() <= 1
    assert abs(shown(renderer, output, snapshot()) - 90).max() <= 1
