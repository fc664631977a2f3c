"""Faders: every row has one, hands move it, and its colour tells who else moves it."""

from itertools import pairwise

import glfw
import numpy as np
import pytest
from imgui_bundle import imgui
from room import SIZE, amber, blue

from engine.mapping import Mapping
from engine.panel import controls
from engine.parameters import Store


def test_every_row_of_the_table_has_its_control(room):
    room.open()
    assert {row.id for row in room.store.rows()} <= room.places.keys()


def test_a_network_that_brings_other_layers_gets_other_faders(room):
    room.open()
    room.store.fill("dream.layer.", {"b8_conv0": 1.0})
    room.places.clear()
    room.draw()
    layers = {id for id in room.places if str(id).startswith("dream.layer.")}
    assert layers == {"dream.layer.b8_conv0"}


def test_a_row_that_a_network_takes_away_while_they_are_drawn_is_left_out(room, monkeypatch):
    room.open()
    rows = room.store.rows()
    room.store.fill("dream.layer.", {"b8_conv0": 1.0})
    monkeypatch.setattr(room.store, "rows", lambda: rows)
    room.places.clear()
    room.draw()
    assert {"motion.zoom", "mix.ab"} <= room.places.keys()
    assert "dream.layer.b16_conv1" not in room.places


@pytest.mark.parametrize(
    ("id", "plays"),
    [
        ("dream.rate", False),
        ("network.on_bar", False),
        ("output.blackout", True),
        ("output.black", True),
    ],
)
def test_a_signal_is_offered_for_what_is_played_and_not_for_what_is_set(room, id, plays):
    room.open()
    room.click(id, button=3)
    assert "Learn MIDI" in room.places
    assert ("Learn a signal" in room.places) == plays


@pytest.mark.parametrize("id", ["motion.zoom", "dream.strength", "latent.psi", "motion.rotation"])
def test_the_mouse_moves_a_fader_to_where_it_points(room, id):
    room.open()
    for part in (0.3, 0.8):
        room.click(id, part)
        travel = controls.travel(controls.scale_of(room.store.row(id)), room.store.get(id))
        assert travel == pytest.approx(part, abs=0.03)


def test_a_click_with_ctrl_types_a_number(room):
    room.open()
    room.xdotool("keydown", "ctrl")
    room.draw(4)
    room.click("motion.zoom")
    room.xdotool("keyup", "ctrl")
    room.draw(4)
    room.xdotool("type", "--delay", 30, "--", "-1.25")
    room.draw()
    room.xdotool("key", "Return")
    room.draw()
    assert room.store.get("motion.zoom") == -1.25


def test_a_double_click_into_a_number_that_is_typed_leaves_the_value(room):
    room.open()
    room.store.set("motion.zoom", 1.0)
    room.xdotool("keydown", "ctrl")
    room.draw(4)
    room.click("motion.zoom")
    room.xdotool("keyup", "ctrl")
    room.draw(30)
    io = imgui.get_io()
    io.mouse_single_click_delay, io.mouse_double_click_time = 21.0, 20.0  # on a slow machine too
    room.click("motion.zoom")
    room.click("motion.zoom")
    assert io.want_text_input
    assert room.store.get("motion.zoom") == 1.0


@pytest.mark.parametrize("said", [{}, {"motion.zoom": 0.25}])
def test_a_double_click_is_the_default_of_the_preset_that_plays_or_the_tables(room, said):
    room.open()
    room.panel._bank.said = lambda store: said
    room.store.set("motion.zoom", 1.0)
    io = imgui.get_io()
    io.mouse_single_click_delay, io.mouse_double_click_time = 21.0, 20.0  # on a slow machine too
    room.click("motion.zoom", 0.9)
    room.xdotool("mousedown", 1)
    room.draw(2)
    room.xdotool("mouseup", 1)
    room.draw(4)
    row = room.store.row("motion.zoom")
    assert room.store.get("motion.zoom") == said.get("motion.zoom", row.default)
    assert "motion.zoom" not in room.store.by_hand()


def test_the_default_in_the_menu_is_that_of_the_preset_that_plays(room):
    room.open()
    room.panel._bank.said = lambda store: {"tone.hold": 2.5}
    room.click("tone.hold", button=3)
    room.click("Default: 2.50 1/s")
    assert room.store.get("tone.hold") == 2.5


def test_no_handle_strikes_through_the_digits(room, tmp_path):
    room.open()
    row, rows = room.store.row("motion.zoom"), []
    left, top, right, bottom = map(round, room.places["motion.zoom"])
    for part in (0.6, 0.975):  # beside the number, in it
        room.store.set("motion.zoom", row.min + part * (row.max - row.min))
        room.draw()
        seen = room.screenshot(tmp_path / f"{part}.png")[top + 1 : bottom - 1, left:right]
        at = round((right - left) * part)
        handle = np.abs(seen[:, at - 6 : at + 7] - [128, 130, 135]).max(axis=-1) < 12
        rows.append(handle.sum(axis=0).max())
    assert rows[0] == bottom - top - 2
    assert 4 <= rows[1] <= 12


@pytest.mark.parametrize("width", [140, 200, 400])
@pytest.mark.parametrize("effective", [False, True])
def test_no_text_of_a_fader_lies_over_another(room, width, effective):
    room.open()
    for row in room.store.rows():
        scale = controls.scale_of(row)
        laid = controls._laid(scale, row.min, row.max if effective else None, 0, width)
        ends = sorted((start, end) for start, end, _, _ in laid)
        texts = {text for *_, text, _ in laid}
        assert all(before[1] < after[0] for before, after in pairwise(ends))
        assert scale.number % (row.max if effective else row.min) in texts


def test_what_is_scrolled_out_of_sight_is_not_painted(room, monkeypatch):
    painted, paint = [], controls._paint
    monkeypatch.setattr(controls, "_paint", lambda *of: painted.append(of) or paint(*of))
    panel = room.open()
    counts = []
    for size in (SIZE, (800, 600)):
        glfw.set_window_size(panel.window, *size)
        for _ in range(200):
            room.draw(2)
            if glfw.get_framebuffer_size(panel.window) == size:
                break
        painted.clear()
        room.draw(1)
        counts.append(len(painted))
    assert 0 < counts[1] < counts[0] / 3


def test_a_layer_is_named_with_what_it_paints():
    store = Store()
    store.fill("dream.layer.", {"from_rgb": 0.0, "b64_conv0": 0.0, "b4_fc": 0.0})
    names = [controls.name_of(row) for row in store.rows() if row.id.startswith("dream.layer.")]
    assert names == ["from rgb   fields", "b64 conv0   skins", "b4 fc"]
    assert controls.name_of(store.row("motion.zoom")) == "zoom"


def test_a_right_click_offers_the_default(room):
    room.store.set("tone.hold", 5)
    room.open()
    room.click("tone.hold", button=3)
    room.click("Default: 0.00 1/s")
    assert room.store.get("tone.hold") == room.store.row("tone.hold").default


@pytest.mark.parametrize("id", ["tone.hold", "dream.unzoom", "motion.edge"])
def test_a_right_click_offers_to_learn_a_midi_control_and_to_forget_it(room, id):
    room.open()
    for text in ("Learn MIDI", "Forget MIDI"):
        room.click(id, 0.1, button=3)
        room.click(text)
    assert room.acts == [("midi.learn", id), ("midi.forget", id)]


BUTTONS = {
    "output.blackout": "output.dark", "output.freeze": "output.freeze",
    "output.flash": "output.flash", "output.strobe": "output.strobe",
    "recording.on": "recording.on", "Tap (Space)": "beat.tap", "tide": "preset.load tide",
}  # fmt: skip


@pytest.mark.parametrize("button, to", BUTTONS.items())
def test_a_right_click_offers_a_midi_control_for_each_button(room, button, to):
    room.open()
    room.click(next(name for name in room.places if name.endswith(button)), 0.2, button=3)
    assert room.acts == []
    room.click("Learn MIDI")
    assert room.acts == [("midi.learn", to)]


def test_whole_numbers_stay_whole(room):
    room.open()
    room.click("dream.octaves", 0.93)
    assert room.store.get("dream.octaves") == 6


def test_what_mappings_do_is_shown_in_amber_beside_the_hands_value(room, tmp_path):
    room.open()
    before = amber(room.screenshot(tmp_path / "still.png"))
    room.mapper.replace([Mapping("audio.bass", "motion.zoom", 1.0)])
    room.store.apply({"motion.zoom": 1.0})
    room.draw()
    assert amber(room.screenshot(tmp_path / "driven.png")) > before + 100
    assert room.store.get("motion.zoom") == room.store.row("motion.zoom").default


def test_what_the_governor_lowers_is_shown_in_amber_beside_the_hands_value(room, tmp_path):
    room.store.set("dream.iterations", 9)
    room.status.governed = {"dream.octaves": 3.0, "dream.iterations": 9.0}
    room.open()
    before = amber(room.screenshot(tmp_path / "full.png"))
    room.status.governed = {"dream.octaves": 3.0, "dream.iterations": 2.0}
    room.draw()
    assert amber(room.screenshot(tmp_path / "lowered.png")) > before + 100
    assert room.store.get("dream.iterations") == 9


def test_a_moved_fader_is_held_blue_and_its_default_lets_go(room, tmp_path):
    room.status.governed = {"dream.octaves": 3.0}
    room.open()
    before = blue(room.screenshot(tmp_path / "free.png"))
    room.click("dream.octaves", 0.6)
    room.status.governed = {"dream.octaves": room.store.get("dream.octaves")}
    room.draw()
    assert "dream.octaves" in room.store.held()
    assert blue(room.screenshot(tmp_path / "held.png")) > before + 20
    room.click("dream.octaves", button=3)
    room.click("Default: 3")
    assert "dream.octaves" not in room.store.held()


def test_a_fader_that_left_the_take_is_marked_and_goes_back_by_let_go(room, tmp_path):
    room.status.lanes = ("output.hue",)
    room.open()
    before = blue(room.screenshot(tmp_path / "lane.png"))
    room.click("output.hue", 0.55)
    room.status.lanes = ()
    room.draw()
    unmarked = blue(room.screenshot(tmp_path / "plain.png"))
    room.status.lanes = ("output.hue",)
    room.draw()
    assert blue(room.screenshot(tmp_path / "left.png")) > max(before, unmarked) + 20
    room.click("output.hue", button=3)
    room.click("Let go")
    assert room.acts[-1] == ("hand.release", "output.hue")
