"""Surfaces by mouse, through a real window: pads over macros, lanes drawn like a curve."""

import pytest

from tests.panel.hands import Hands

STEPS = [f"lane.2.step.{number}" for number in range(1, 17)]


@pytest.fixture
def hands(windows, monkeypatch, tmp_path):
    hands = Hands(monkeypatch, (1880, 1040), tmp_path)
    hands.point("motion.zoom")
    hands.xdotool("click", "--repeat", 20, "--delay", 5, 5)  # down to where macros and lanes are
    hands.draw(25)
    yield hands
    hands.panel.close()


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


def test_one_stroke_draws_a_lane_skips_no_step_and_leaves_the_others(hands):
    before, other = values(hands, STEPS), hands.store.get("lane.1.step.1")
    left, _, right, _ = hands.places[STEPS[0]][0]
    steps_wide = (hands.places[STEPS[9]][0][0] - left) / (right - left)
    hands.drag(STEPS[0], (0.5, 0.3), (steps_wide + 0.5, 0.3), (steps_wide + 0.5, -0.5))
    drawn = values(hands, STEPS)
    assert drawn[:9] == pytest.approx([0.73] * 9, abs=0.06)
    assert drawn[9] == 1.0, "above the lane is full"
    assert drawn[10:] == before[10:]
    assert hands.store.get("lane.1.step.1") == other
    hands.key("ctrl+z")
    assert values(hands, STEPS) == before


def test_a_step_has_a_menu_as_every_row(hands):
    hands.click(STEPS[3], button=3)
    hands.draw()
    assert {"Learn MIDI", "Learn a signal"} <= hands.places.keys()


def test_the_step_that_plays_is_amber(hands, tmp_path):
    hands.store.set("lane.2.steps", 8)
    hands.signals.publish({"beat.count": 2, "beat.phase": 0.6}, 0.0)  # quarters of a beat: the 11th
    hands.draw()
    picture = hands.screenshot(tmp_path / "lane.png")

    def foot(step):
        left, _, right, bottom = hands.places[STEPS[step]][0]
        return picture[round(bottom) - 2, round((left + right) / 2)]

    playing, used, unused = foot(10 % 8), foot(5), foot(12)
    assert playing[0] > playing[2] + 100
    assert used.min() > unused.max() > 50
