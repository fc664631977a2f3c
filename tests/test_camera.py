"""The camera path in closed form: growth, turning, drift, fixed points, composition, an hour."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.camera import FOLLOWED, KEPT, SETTLE, CameraPath, step

STILL = {f"motion.{name}": 0.0 for name in ("zoom", "rotation", "x", "y", "center_x", "center_y")}
SMALL = st.floats(-1, 1)
MOTIONS = st.fixed_dictionaries(
    {
        "motion.zoom": st.floats(-2, 2),
        "motion.rotation": st.floats(-180, 180),
        "motion.x": SMALL,
        "motion.y": SMALL,
        "motion.center_x": SMALL,
        "motion.center_y": st.floats(-0.5, 0.5),
    }
)


def motion(**values):
    return STILL | {f"motion.{name}": value for name, value in values.items()}


def moved(seconds, steps=60, **values):
    """Return where the view's points lay, `seconds` of this motion ago."""
    path = CameraPath()
    place = path.mark()
    for _ in range(steps):
        path.advance(motion(**values), seconds / steps)
    return path.since(place)


def at(matrix, x, y):
    return (matrix @ [x, y, 1])[:2]


def test_stillness_is_the_identity():
    assert np.array_equal(moved(1.0), np.eye(3))


@pytest.mark.parametrize("steps", [1, 6, 60, 500])
@pytest.mark.parametrize("zoom", [0.7, -0.7])
def test_zoom_grows_by_its_exponential_at_any_rate(zoom, steps):
    """A positive zoom flies in: what is shown now lay nearer to the middle before."""
    matrix = moved(2.0, steps, zoom=zoom)
    assert matrix[:2, :2] == pytest.approx(np.eye(2) * math.exp(-2 * zoom))
    assert at(matrix, 0.3, -0.2) == pytest.approx(np.array([0.3, -0.2]) * math.exp(-2 * zoom))


@given(MOTIONS, st.integers(2, 48), st.floats(0.001, 1))
def test_many_short_steps_come_to_where_one_long_one_does(motion, steps, seconds):
    short = np.linalg.matrix_power(step(motion, seconds / steps), steps)
    assert short == pytest.approx(step(motion, seconds), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("interval", [0.0, FOLLOWED, 2 * FOLLOWED, 5 * FOLLOWED])
def test_the_view_moves_as_slowly_as_dreams_that_cannot_follow(interval):
    path = CameraPath()
    for _ in range(600):
        path.advance(motion(zoom=0.1), 20 * SETTLE / 600, interval)
    place = path.mark()
    for _ in range(60):
        path.advance(motion(zoom=0.1), 1 / 60, interval)
    share = FOLLOWED / max(interval, FOLLOWED)
    assert path.since(place)[0, 0] == pytest.approx(math.exp(-0.1 * share), rel=1e-6)


@pytest.mark.parametrize("steps", [1, 9, 90])
def test_a_quarter_turn_is_counter_clockwise_as_seen(steps):
    """With y down: what is on top now came from the right."""
    matrix = moved(1.0, steps, rotation=90)
    assert at(matrix, 0.0, -0.5) == pytest.approx([0.5, 0.0], abs=1e-12)
    assert at(matrix, -0.5, 0.0) == pytest.approx([0.0, -0.5], abs=1e-12)


@pytest.mark.parametrize("steps", [1, 7, 70])
def test_drift_is_to_the_right_and_down(steps):
    """What is in the middle now came from the left and from above."""
    assert at(moved(2.0, steps, x=0.1, y=0.2), 0, 0) == pytest.approx([-0.2, -0.4])


@given(x=SMALL, y=st.floats(-0.5, 0.5), zoom=st.floats(-2, 2), rotation=st.floats(-180, 180))
def test_the_centre_stays_where_it_is(x, y, zoom, rotation):
    matrix = step(motion(zoom=zoom, rotation=rotation, center_x=x, center_y=y), 0.5)
    assert at(matrix, x, y) == pytest.approx([x, y], abs=1e-12)


@given(motion=MOTIONS, dt=st.floats(1e-4, 0.2))
def test_a_step_keeps_shapes(motion, dt):
    """Turned and scaled alike in both directions, never mirrored."""
    matrix = step(motion, dt)
    linear, size = matrix[:2, :2], math.exp(-motion["motion.zoom"] * dt)
    assert linear @ linear.T == pytest.approx(np.eye(2) * size**2)
    assert np.linalg.det(linear) > 0
    assert matrix[2].tolist() == [0, 0, 1]


@given(motions=st.lists(MOTIONS, min_size=3, max_size=3))
def test_the_way_between_two_places_joins_what_is_since_them(motions):
    path = CameraPath()
    old = path.mark()
    path.advance(motions[0], 0.1)
    new = path.mark()
    path.advance(motions[1], 0.1)
    path.advance(motions[2], 0.05)
    way = path.between(old, new)
    assert way == pytest.approx(step(motions[0], 0.1))
    assert way @ path.since(new) == pytest.approx(path.since(old))
    later = step(motions[1], 0.1) @ step(motions[2], 0.05)
    assert path.since(new) == pytest.approx(later)


def test_a_place_that_was_just_marked_is_here():
    path = CameraPath()
    path.advance(motion(zoom=1), 0.1)
    place = path.mark()
    assert np.array_equal(path.since(place), np.eye(3))
    assert path.between(place, place) == pytest.approx(np.eye(3))


def test_only_the_newest_places_are_kept_and_an_older_one_is_the_oldest():
    path, places = CameraPath(), []
    for _ in range(KEPT + 6):
        places.append(path.mark())
        path.advance(motion(zoom=0.5), 0.01)
    kept = places[-KEPT:]
    assert path.since(kept[0]) == pytest.approx(path.since(places[0]))
    sizes = [path.since(place)[0, 0] for place in kept]
    assert sizes == pytest.approx([math.exp(-0.005 * n) for n in range(KEPT, 0, -1)])
    assert np.isfinite(path.between(places[0], places[-1])).all()


def test_an_hour_of_zoom_stays_finite():
    """60 frames and 8 dreams a second of the fastest zoom and turning."""
    path, moving = CameraPath(), motion(zoom=2, rotation=180, x=1, y=-1, center_x=0.5)
    last = path.mark()
    for frame in range(3600 * 60):
        if frame % 480 == 0:
            for _ in range(3):
                path.advance(moving, 1 / 8)
                place = path.mark()
                assert np.isfinite(path.between(last, place)).all()
                last = place
    assert abs(path.since(last)).max() <= 1


def test_an_hour_without_a_dream_stays_finite():
    """A dream that stands still for long is not seen, but must not break the display."""
    path = CameraPath()
    place = path.mark()
    for _ in range(3600):
        path.advance(motion(zoom=-2), 1.0)
    assert np.isfinite(path.since(place)).all()
    assert np.isfinite(path.between(place, path.mark())).all()
