"""What is wrong and still is stays in sight; what was said is there to be read back."""

import numpy as np
from imgui_bundle import imgui
from room import SIZE, red

from engine.panel import log
from engine.panel.log import LINES


def test_a_fault_is_seen_however_much_is_said_until_it_has_passed(room, tmp_path):
    room.open()
    places = dict(room.places)
    room.messages.stand("osc", "OSC cannot listen on 127.0.0.1:9000")
    for number in range(100):
        room.messages.say("midi", f"line {number}")
    room.draw()
    assert red(room.screenshot(tmp_path / "stands.png")) > 5000
    assert room.places == places, "nothing makes room for it"
    room.messages.stand("osc")
    room.draw()
    assert red(room.screenshot(tmp_path / "passed.png")) < 100


def test_many_faults_leave_room_for_what_is_said_and_none_is_told_twice(room, monkeypatch):
    bars, said = [], []
    monkeypatch.setattr(log, "_draw_bar", lambda line, colour: bars.append(line))
    room.open()
    draw = imgui.text_colored
    monkeypatch.setattr(
        imgui, "text_colored", lambda colour, text: said.append(text) or draw(colour, text)
    )
    for name in ("osc", "audio", "midi", "cues", "stage"):
        room.messages.stand(name, "it is wrong")
    room.messages.say("preset", "all is well")
    bars.clear()
    said.clear()
    room.draw(1)
    assert bars == ["also wrong: osc, audio, midi", "cues: it is wrong", "stage: it is wrong"]
    assert [text for text in said if ": " in text] == ["preset: all is well"]


def test_the_log_ends_with_the_newest_line_and_the_wheel_goes_back(room, monkeypatch):
    seen, draw = [], imgui.text_colored

    def note(colour, text):
        draw(colour, text)
        if imgui.is_item_visible():
            seen.append(text)

    room.open()
    for number in range(40):
        room.messages.say("midi", f"line {number}")
    monkeypatch.setattr(imgui, "text_colored", note)

    def lines():
        room.draw()
        seen.clear()
        room.draw(1)
        return [int(text.split()[-1]) for text in seen if text.startswith("midi: ")]

    assert lines()[-1] == 39
    assert LINES <= len(lines()) <= LINES + 2
    room.xdotool("mousemove", 300, 1010)
    room.draw()
    room.xdotool("click", 4)
    newest = lines()[-1]
    assert newest < 39
    room.messages.say("midi", "line 40")
    assert lines()[-1] == newest  # whoever reads is not disturbed


def test_the_name_to_save_under_is_in_sight_below_any_number_of_presets(room, monkeypatch):
    names = [f"preset {number}" for number in range(60)]
    room.open()
    monkeypatch.setattr(type(room.panel._presets._bank), "names", lambda bank: names)
    room.draw()
    assert room.places["##name"][3] <= room.places["Save"][3] < 1040
    room.click("##name")
    room.xdotool("type", "--delay", 30, "mine")
    room.xdotool("key", "Return")
    room.draw(30)
    assert ("preset.save", "mine") in room.acts


def test_nothing_is_written_over_the_list_of_keys(room, tmp_path):
    room.open()
    left, top, _, bottom = room.places["motion.zoom"]
    room.xdotool("mousemove", round(left + 20), round((top + bottom) / 2))
    room.panel.toggle_help()
    room.draw()
    before = room.screenshot(tmp_path / "keys.png")
    room.draw(60)  # longer than a tooltip waits
    after = room.screenshot(tmp_path / "later.png")
    assert (np.abs(after - before).max(axis=-1) > 60).mean() < 0.001
    room.click("motion.zoom")
    assert not room.panel.keys.helping  # a click closes it


def test_words_about_a_fader_lie_over_the_log_and_hide_no_other(room, tmp_path):
    room.open()
    left, top, _, bottom = map(round, room.places["motion.zoom"])
    before = room.screenshot(tmp_path / "before.png")
    room.xdotool("mousemove", left + 20, (top + bottom) // 2)
    for _ in range(100):
        room.draw(4)
        changed = np.abs(room.screenshot(tmp_path / "rests.png") - before).max(axis=-1) > 40
        if changed[-100:].sum() > 1000:
            break
    assert changed[-100:].sum() > 1000
    changed[top:bottom] = False  # the fader itself is lit
    assert changed[:-130].sum() == 0


def test_a_line_that_is_too_long_is_told_whole_where_the_mouse_rests_on_it(room, monkeypatch):
    room.open()
    line = "network: " + "a folder with a long name/" * 20 + "is no network"
    for number in range(4):
        room.messages.say("midi", f"line {number}")
    room.messages.error(*line.split(": "))
    told, draw = [], imgui.text

    def note(text):
        draw(text)
        told.append((text, imgui.get_item_rect_min(), imgui.get_item_rect_max()))

    monkeypatch.setattr(imgui, "text", note)
    room.xdotool("mousemove", 300, SIZE[1] - 24)
    for _ in range(200):
        room.draw()
        if any(text == line for text, *_ in told):
            break
    low, high = next((low, high) for text, low, high in reversed(told) if text == line)
    assert 0 <= low.x < high.x <= SIZE[0]
    assert 0 <= low.y < high.y <= SIZE[1]
