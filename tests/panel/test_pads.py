"""Surfaces by mouse, through a real window: pads over macros, lanes drawn like a curve."""

import pytest

from engine.mapping import Mapping
from engine.panel import fader
from tests.panel.hands import Hands

STEPS = [f"lane.2.step.{number}" for number in range(1, 17)]


@pytest.fixture
def hands(windows, monkeypatch, tmp_path):
    hands = Hands(monkeypatch, (1880, 1040), tmp_path)
    yield hands
    hands.panel.close()


@pytest.fixture
def lanes(hands):
    """The hands, down where the lanes are."""
    hands.point("motion.zoom")
    hands.xdotool("click", "--repeat", 20, "--delay", 5, 5)
    hands.draw(25)
    return hands


def values(hands, ids):
    return [hands.store.get(id) for id in ids]


@pytest.mark.parametrize(("pad", "pair"), [(1, (1, 2)), (3, (3, 4))])
def test_a_pad_moves_its_two_macros_and_undo_brings_both_back(hands, pad, pair):
    ids = [f"macro.{number}" for number in pair]
    hands.drag(f"##macro.{pad}", (0.5, 0.5), (0.7, 0.4), (0.8, 0.1))
    assert values(hands, ids) == pytest.approx([0.8, 0.9], abs=0.02)
    hands.drag(f"##macro.{pad}", (0.5, 0.5), (-0.1, 0.5))
    assert values(hands, ids) == pytest.approx([0.0, 0.5], abs=0.02)
    hands.key("ctrl+z")
    assert values(hands, ids) == pytest.approx([0.8, 0.9], abs=0.02)


def test_a_macros_fader_says_what_it_moves(hands, monkeypatch):
    said = []
    slide = fader.slide
    monkeypatch.setattr(
        fader, "slide", lambda scale, *a: (said.append(scale.name), slide(scale, *a))[1]
    )
    hands.draw()
    assert {"1", "2"} <= set(said)
    plain = hands.store.snapshot()
    hands.mapper.replace(
        [Mapping("macro.1", "motion.zoom", 1.0), Mapping("macro.1", "output.tint_hue", 9.0)]
    )
    said.clear()
    hands.draw()
    assert {"1   zoom, tint hue", "2"} <= set(said)
    assert hands.store.snapshot() == plain


def test_one_stroke_draws_a_lane_skips_no_step_and_leaves_the_others(lanes):
    before, other = values(lanes, STEPS), lanes.store.get("lane.1.step.1")
    left, _, right, _ = lanes.places[STEPS[0]][0]
    steps_wide = (lanes.places[STEPS[9]][0][0] - left) / (right - left)
    lanes.drag(STEPS[0], (0.5, 0.3), (steps_wide + 0.5, 0.3), (steps_wide + 0.5, -0.5))
    drawn = values(lanes, STEPS)
    assert drawn[:9] == pytest.approx([0.73] * 9, abs=0.06)
    assert drawn[9] == 1.0, "above the lane is full"
    assert drawn[10:] == before[10:]
    assert lanes.store.get("lane.1.step.1") == other
    lanes.key("ctrl+z")
    assert values(lanes, STEPS) == before


def test_a_step_has_a_menu_as_every_row(lanes):
    lanes.click(STEPS[3], button=3)
    lanes.draw()
    assert {"Learn MIDI", "Learn a signal"} <= lanes.places.keys()


def test_the_step_that_plays_is_amber(lanes, tmp_path):
    lanes.store.set("lane.2.steps", 8)
    lanes.signals.publish({"beat.count": 2, "beat.phase": 0.6}, 0.0)  # quarters of a beat: the 11th
    lanes.draw()
    picture = lanes.screenshot(tmp_path / "lane.png")

    def foot(step):
        left, _, right, bottom = lanes.places[STEPS[step]][0]
        return picture[round(bottom) - 2, round((left + right) / 2)]

    playing, used, unused = foot(10 % 8), foot(5), foot(12)
    assert playing[0] > playing[2] + 100
    assert used.min() > unused.max() > 50
