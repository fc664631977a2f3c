"""The panel's desk, its keys and its windows, played by the mouse and keys of a virtual screen."""

import threading
import time
from types import SimpleNamespace

import glfw
import numpy as np
import pytest
from room import amber

from engine.display.output import Window
from engine.panel import desk


def test_the_desk_tells_what_a_controller_sends_and_what_it_is_sought_for(room, tmp_path):
    room.open()
    before = amber(room.screenshot(tmp_path / "before.png"))
    room.status.midi = ("nanoKONTROL2  1.cc.7 = 64",)
    room.draw()
    places = dict(room.places)
    room.status.learning = "tone.hold"
    room.draw()
    assert amber(room.screenshot(tmp_path / "learning.png")) > before + 100
    assert {name: room.places[name] for name in places} == places, "nothing moves"
    room.click("Stop learning")
    assert room.acts == [("midi.forget", "")]


def test_the_desk_tells_with_how_many_octaves_and_iterations_is_dreamed(room, monkeypatch):
    said = []
    monkeypatch.setattr(desk.imgui, "text_disabled", said.append)
    room.status.governed = {"dream.octaves": 3.0, "dream.iterations": 1.0}
    room.open()
    assert any("3\u00a0octaves  1\u00a0iteration" in text for text in said)
    assert not any("1\u00a0iterations" in text for text in said)


def test_frames_that_are_lost_are_told_in_the_record_button(room):
    room.open()
    room.store.set("recording.on", 1)
    room.draw()
    places = set(room.places.values())
    room.status.recording_seconds, room.status.dropped = 65.0, 3
    room.places.clear()
    room.draw()
    assert "RECORD   1:05\n3 frames dropped, 0 held###recording.on" in room.places
    assert set(room.places.values()) == places


@pytest.mark.parametrize("button", ["FREEZE###output.freeze", "RECORD###recording.on"])
def test_the_loud_buttons_switch_and_are_loud(room, button, tmp_path):
    room.open()
    before = room.screenshot(tmp_path / "off.png")
    room.click(button, 0.2)
    assert room.store.get(button.partition("###")[2]) == 1
    changed = np.abs(room.screenshot(tmp_path / "on.png") - before).max(axis=-1) > 90
    assert changed.sum() > 2000


def test_the_blackout_button_asks_for_it_and_is_loud_while_it_is_on(room, tmp_path):
    room.open()
    before = room.screenshot(tmp_path / "off.png")
    room.click("BLACKOUT###output.blackout")
    assert room.acts == [("output.dark", "")]
    room.store.set("output.blackout", 1)
    room.draw()
    changed = np.abs(room.screenshot(tmp_path / "on.png") - before).max(axis=-1) > 90
    assert changed.sum() > 2000


def test_keys_play_from_the_panel(room):
    room.open()
    for key in ("b", "space", "F1", "n"):
        room.xdotool("key", key)
        room.draw(4)
    assert [name for name, _ in room.acts] == [
        "output.dark", "beat.tap", "panel.help", "preset.next",
    ]  # fmt: skip


def test_while_text_is_typed_keys_are_letters(room):
    room.open()
    room.click("##name")
    room.xdotool("type", "--delay", 30, "bz r")
    room.draw()
    room.xdotool("key", "Return")
    room.draw()
    assert room.acts == [("preset.save", "bz r")]
    assert room.store.get("output.blackout") == room.store.get("output.freeze") == 0


def test_after_enter_in_the_box_for_files_keys_play_again(room, tmp_path):
    room.open()
    room.click("##file")
    room.xdotool("type", "--delay", 30, str(tmp_path))
    room.xdotool("key", "Return")
    room.draw(100)  # a letter a frame
    room.xdotool("key", "b")
    room.draw()
    assert room.acts[-1] == ("output.dark", "")


def test_escape_closes_a_menu_before_it_ends_the_show(room):
    room.open()
    room.click("tone.hold", button=3)
    room.places.clear()
    room.xdotool("key", "Escape")
    room.draw()
    room.places.clear()
    room.draw()
    assert "Learn MIDI" not in room.places
    room.panel.keys._closed -= 60  # a minute later
    for acts in ([], [("show.quit", "")]):
        room.xdotool("key", "Escape")
        room.draw()
        assert room.acts == acts


@pytest.mark.parametrize("what", ["menu", "chosen", "list", "text", "help"])
def test_escape_pressed_again_and_again_for_what_is_open_does_not_end_the_show(room, what):
    room.open()
    if what in ("menu", "chosen"):
        room.click("tone.hold", button=3)
    if what == "chosen":
        room.click("Learn MIDI")
    if what == "list":
        room.click("##source")
    if what == "text":
        room.click("##file")
    if what == "help":
        room.panel.toggle_help()
    room.draw()
    for _ in range(4):
        room.xdotool("key", "Escape")
        room.draw(2)
    assert not room.panel.keys.helping
    assert ("show.quit", "") not in room.acts


def test_a_click_loads_a_preset(room):
    room.open()
    room.click("tide", 0.1)
    assert room.acts == [("preset.load", "tide")]


def test_sources_are_asked_for_when_the_list_opens_and_a_click_listens(room):
    room.open()
    assert "Loopback" not in room.places
    room.click("##source")
    room.draw()
    room.click("Loopback", 0.3)
    assert room.acts == [("audio.open", "Loopback")]


def test_a_driver_that_hangs_does_not_stop_the_panel(room):
    answer = threading.Event()
    room.open()
    room.panel._devices._ask = lambda: answer.wait(20) and []
    room.click("##source")
    room.draw(4)
    assert not answer.is_set()  # and yet four frames were drawn
    answer.set()


def test_help_lays_the_keys_over_the_panel(room, tmp_path):
    room.open()
    before = room.screenshot(tmp_path / "before.png")
    room.panel.toggle_help()
    room.draw()
    middle = np.abs(room.screenshot(tmp_path / "help.png") - before)[380:660, 700:1180]
    assert (middle.max(axis=-1) > 5).mean() > 0.25


def test_one_window_fills_the_monitor_and_goes_back(room):
    panel = room.open()
    before = glfw.get_window_size(panel.window)
    for size in ((1920, 1080), before):
        panel.fullscreen(glfw.get_primary_monitor())
        for _ in range(100):
            room.draw(1)
            if glfw.get_window_size(panel.window) == size:
                break
        assert glfw.get_window_size(panel.window) == size


def test_after_tab_keys_still_play(room):
    room.open()
    room.xdotool("key", "Tab")
    room.draw(4)
    room.xdotool("key", "b")
    room.draw(4)
    assert room.acts == [("panel.toggle", ""), ("output.dark", "")]


def test_tab_hides_the_window_and_shows_it_again(room):
    panel = room.open()
    panel.toggle()
    assert not glfw.get_window_attrib(panel.window, glfw.VISIBLE)
    panel.toggle()
    assert glfw.get_window_attrib(panel.window, glfw.VISIBLE)


def green_picture(output, stop):
    output.open_context()
    while not stop.is_set():
        output.framebuffer.clear(0.0, 0.8, 0.0, 1.0)
        output.present()
    output.close_context()


@pytest.mark.parametrize("single", [False, True])
def test_the_picture_on_the_wall_is_seen_in_the_panel(room, tmp_path, single):
    output = Window((320, 180), "wall", visible=not single)
    room.open(output=output, single=single)
    if single:
        room.panel.toggle()  # the picture alone
    stop = threading.Event()
    stage = threading.Thread(target=green_picture, args=(output, stop))
    stage.start()
    time.sleep(0.3)
    room.draw()
    seen = room.screenshot(tmp_path / "panel.png")
    stop.set()
    stage.join()
    green = ((seen[..., 1] > 150) & (seen[..., 0] < 60) & (seen[..., 2] < 60)).mean()
    assert green > (0.99 if single else 0.02)
    room.draw(2)
    room.panel.close()
    output.close()
    room.panel = SimpleNamespace(close=lambda: None)
