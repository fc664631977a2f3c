"""Mappings by mouse, through a real window: made in two clicks, learned, bent, silenced, undone."""

import numpy as np
import pytest

from engine import presets
from engine.audio.features import SILENT
from engine.mapping import Mapping
from engine.panel import sources
from tests.panel.hands import Hands

BASS = Mapping("audio.bass", "motion.zoom", 0.5)
LFO = Mapping("lfo.1", "motion.rotation", -30.0)
TIDE = 'version = 1\n[[mapping]]\nsignal = "lfo.2"\nparameter = "motion.x"\namount = 0.25\n'
LIST = "###mappings"


@pytest.fixture
def hands(windows, monkeypatch, tmp_path):
    (tmp_path / "Tide.toml").write_text(TIDE)
    hands = Hands(monkeypatch, (1280, 860), tmp_path)
    hands.signals.publish(dict.fromkeys(SILENT, 0.0) | {"lfo.1": 0.5, "audio.bass": 0.4}, 0.0)
    yield hands
    hands.panel.close()


def show_list(hands):
    button = next(name for name in hands.places if name.endswith(LIST))
    hands.click(button)


def opened(hands, *mappings):
    """Play these mappings, and show the list with those of the first one's parameter open."""
    hands.mapper.replace(mappings)
    show_list(hands)
    hands.click(f"##{mappings[0].signal} {mappings[0].parameter}")


def learn(hands, id, *frames):
    """Ask for a signal for this row, and let these come by."""
    hands.click(id, button=3)
    hands.click("Learn a signal")
    for values in frames:
        hands.signals.publish(values, 0.0)
        hands.draw(2)
    for _ in range(400):
        if not hands.panel._mappings.learning:
            return
        hands.draw(2)
    pytest.fail("it went on learning")


def amber(picture):
    r, g, b = np.moveaxis(picture, -1, 0)
    return ((r > 120) & (r > g + 30) & (g > b + 30)).sum()


def test_two_clicks_make_a_mapping_and_open_it(hands):
    before = hands.places["motion.zoom"]
    hands.click("motion.zoom", button=3)
    hands.point("audio")
    hands.draw(20)
    hands.click("audio.bass")
    (made,) = hands.mapper.mappings
    assert (made.signal, made.parameter, made.amount > 0) == ("audio.bass", "motion.zoom", True)
    hands.draw()
    assert "amount" in hands.places
    assert hands.places["motion.zoom"] == before, "the list moves no fader"
    hands.key("ctrl+z")
    assert hands.mapper.mappings == ()


def test_a_mapping_is_learned_bent_undone_and_left_for_a_preset(hands, monkeypatch, tmp_path):
    monkeypatch.setattr(sources, "LISTEN", 0.5)
    swing = [{"midi.1.cc.7": n / 6, "audio.level": n % 2} for n in range(7)]
    learn(hands, "motion.zoom", *swing)
    (made,) = hands.mapper.mappings
    assert made.signal == "midi.1.cc.7"
    hands.draw()
    hands.drag("##curve", (0.5, 0.5), (0.6, 0.7), (0.7, 0.8))
    (bent,) = hands.mapper.mappings
    assert bent.curve == "power"
    assert bent.shaped(0.72) == pytest.approx(0.19, abs=0.04)
    hands.key("ctrl+z")
    assert hands.mapper.mappings == (made,)
    hands.click("Tide")
    assert [m.signal for m in hands.mapper.mappings] == ["lfo.2"]
    hands.key("ctrl+z")
    assert hands.mapper.mappings == (made,)


def test_where_nothing_moves_nothing_is_learned_and_a_line_says_so(hands, monkeypatch):
    monkeypatch.setattr(sources, "LISTEN", 0.1)
    learn(hands, "motion.zoom")
    assert hands.mapper.mappings == ()
    assert "no signal moved for motion.zoom" in hands.messages.lines[-1]


@pytest.mark.parametrize(
    ("control", "field", "part", "value"),
    [
        ("amount", "amount", 0.75, 2.0),
        ("from", "low", 0.25, 0.25),
        ("to", "high", 0.75, 0.75),
        ("exponent", "shape", 0.5, 4.05),
        ("chance", "probability", 0.3, 0.3),
        ("attack", "attack", 0.5, 0.32),
        ("release", "release", 0.98, 10.0),
        ("delay", "delay", 0.5, 0.32),
    ],
)
def test_each_number_has_a_slider_and_a_drag_is_one_act(hands, control, field, part, value):
    before = Mapping("audio.bass", "motion.zoom", 0.5, curve="power")
    opened(hands, before)
    hands.drag(control, (0.5, 0.5), ((0.5 + part) / 2, 0.5), (part, 0.5))
    (after,) = hands.mapper.mappings
    assert getattr(after, field) == pytest.approx(value, rel=0.15)
    hands.key("ctrl+z")
    assert hands.mapper.mappings == (before,)


def test_curve_hold_and_inversion_are_chosen(hands):
    opened(hands, BASS)
    hands.click("invert", x=0.1)
    for control, choice in (("curve", "steps"), ("hold", "bar")):
        hands.click(control)
        hands.click(choice)
    (after,) = hands.mapper.mappings
    assert (after.invert, after.curve, after.hold) == (True, "steps", "bar")


def test_another_signal_is_chosen_with_its_own_range(hands):
    opened(hands, BASS)
    hands.click("audio.bass###signal")
    hands.point("audio")
    hands.draw(20)
    hands.click("audio.dbfs")
    (after,) = hands.mapper.mappings
    assert (after.signal, after.low, after.high) == ("audio.dbfs", -60.0, 0.0)


def test_mute_silences_solo_plays_alone_and_undo_unmutes(hands):
    hands.mapper.replace((BASS, LFO))
    show_list(hands)
    hands.click("M")
    assert [m.mute for m in hands.mapper.mappings] == [True, False]
    assert hands.store.effective("motion.zoom") == hands.store.get("motion.zoom")
    hands.key("ctrl+z")
    assert hands.mapper.mappings == (BASS, LFO)
    hands.click("S", nth=1)
    assert hands.mapper.solo == LFO
    assert hands.store.effective("motion.zoom") == hands.store.get("motion.zoom")
    assert hands.store.effective("motion.rotation") != hands.store.get("motion.rotation")
    hands.click("S", nth=1)
    assert hands.mapper.solo is None


def test_one_is_doubled_and_deleted(hands):
    hands.resize((1280, 1040))
    opened(hands, BASS, LFO)
    hands.click("Duplicate")
    assert hands.mapper.mappings == (BASS, BASS, LFO)
    hands.click("Delete", nth=1)
    hands.click("Delete")
    assert hands.mapper.mappings == (LFO,)
    hands.key("ctrl+z")
    assert hands.mapper.mappings == (BASS, LFO)


def test_there_are_no_more_than_a_preset_takes(hands):
    opened(hands, *[BASS] * presets.MOST)
    hands.click("Duplicate")
    assert len(hands.mapper.mappings) == presets.MOST
    assert "256 mappings are the most" in hands.messages.lines[-1]


def test_in_a_small_window_the_meters_give_way_to_the_list(hands):
    hands.resize((900, 600))
    opened(hands, BASS)
    for name in ("motion.zoom", "amount", "Delete"):
        left, _, right, _ = hands.places[name][0]
        assert 0 <= left <= right - 100
        assert right <= 900


def test_the_list_shows_how_far_each_is_moved_and_the_curve_its_dots(hands, tmp_path):
    opened(hands, BASS)
    pictures = []
    for bass in (0.0, 0.9):
        hands.signals.publish({"audio.bass": bass}, 0.0)
        hands.draw(8)
        left, top, right, bottom = map(round, hands.places["##curve"][0])
        picture = hands.screenshot(tmp_path / "curve.png")[top - 30 : bottom, left : left + 400]
        pictures.append(picture)
    assert amber(pictures[1]) > amber(pictures[0]) + 500
    white = [(picture[30:, : right - left].min(-1) > 210).nonzero() for picture in pictures]
    assert white[1][1].mean() > white[0][1].mean() + 40, "the signal's dot goes right"
    assert white[1][0].mean() < white[0][0].mean() - 40, "and up with the curve"


def test_what_was_made_by_hand_comes_back_with_its_preset(hands, tmp_path):
    opened(hands, BASS)
    hands.click("invert", x=0.1)
    hands.drag("chance", (0.9, 0.5), (0.4, 0.5))
    made = hands.mapper.mappings
    hands.act("preset.save", "Mine")
    hands.click("Tide")
    hands.draw()
    hands.click("Mine")
    assert hands.mapper.mappings == made
