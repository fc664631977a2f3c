"""The set list on the panel: read at a glance, its buttons ask for what they say."""

from types import SimpleNamespace

import glfw
import pytest
from imgui_bundle import imgui

from engine.cues import Cue
from engine.mapping import Mapper, Signals
from engine.messages import Messages
from engine.panel import theme
from engine.panel.panel import Panel
from engine.panel.status import Status
from engine.parameters import Store

CUES = (Cue("Opening", "Pearl"), Cue("Opening", "Reef", follow=16, note="drums come in"),
        Cue("Second song", "A preset whose name is longer than the column is wide"))  # fmt: skip


@pytest.fixture
def room(windows, monkeypatch):
    """A panel with a set list, the texts that it draws, its buttons, and what they ask for."""
    cues = SimpleNamespace(cues=CUES, place=-1, missing=(), bars=None, waits=False, plays=True)
    room = SimpleNamespace(cues=cues, acts=[], texts=[], pressed="")
    room.places, room.told = {}, lambda: [text for text in room.texts if text]
    draw, press = imgui.text_colored, imgui.button

    def noted(*words):
        pressed = press(*words)
        room.places[words[0]] = imgui.get_item_rect_min().y
        return pressed or words[0] == room.pressed

    monkeypatch.setattr(
        imgui, "text_colored", lambda colour, text: room.texts.append(text) or draw(colour, text)
    )
    monkeypatch.setattr(imgui, "button", noted)
    presets = SimpleNamespace(names=list, current="", said=lambda store: {})
    panel = Panel(
        Store(), Signals(), Mapper(), presets, Messages(), Status(),
        lambda *act: room.acts.append(act), lambda *event: None, cues=cues,
    )  # fmt: skip

    def draw_it():
        room.texts.clear()
        glfw.poll_events()
        panel.draw()

    room.draw = draw_it
    yield room
    panel.close()


def test_the_next_cue_and_what_comes_after_it_are_told(room):
    room.draw()
    assert room.told()[:3] == ["Opening", "1/3", "Pearl"]
    then, last = room.told()[3:5]
    assert then == "then  Reef   drums come in"
    assert last.startswith("then  Second song:  A preset") and last.endswith("…")
    room.cues.place, room.cues.bars = 0, 5
    room.draw()
    assert room.told()[:6] == [
        "now  Pearl", "Opening", "2/3", "Reef", "in 5 bars", "drums come in",
    ]  # fmt: skip
    room.cues.plays = False  # a preset was called that is no cue's
    room.draw()
    assert room.told()[0] == "before  Pearl"
    room.cues.waits = True
    room.draw()
    assert room.told()[0] == "on its beat  Pearl"


def test_at_the_end_of_the_list_what_was_played_stands_where_nothing_comes(room):
    room.cues.place, room.cues.cues = 1, (*CUES[:2], Cue("Opening", "Tide"))
    room.draw()
    assert room.told()[:5] == ["now  Reef", "Opening", "3/3", "Tide", "before  Pearl"]
    room.cues.place = 2
    room.draw()
    assert room.told()[:5] == [
        "now  Tide", "3/3", "no more cues",
        "before  Reef   drums come in", "before  Pearl",
    ]  # fmt: skip


def test_a_long_song_leaves_its_number_in_sight_and_no_button_moves(room):
    room.draw()
    before = dict(room.places)
    song = "A song whose name is much longer than the column is wide, and goes on"
    room.cues.cues = (*CUES[:2], Cue(song, "Tide"))
    for room.cues.place, room.cues.bars in ((0, 4), (1, None), (2, None)):
        room.draw()
        assert room.places == before
        assert f"{min(room.cues.place + 2, 3)}/3" in room.texts
    room.cues.place = 1
    room.draw()
    assert room.texts[1].startswith("A song") and room.texts[1].endswith("…")


def test_a_cue_without_its_preset_is_red_before_go(room, monkeypatch):
    red, draw = [], imgui.text_colored

    def note(colour, text):
        draw(colour, text)
        red.extend([text] * (colour == theme.RED))

    monkeypatch.setattr(imgui, "text_colored", note)
    room.draw()
    assert red == []
    room.cues.missing = ("Pearl", "Reef")
    room.draw()
    assert red == ["Pearl", "no such preset: the picture stays", "then  Reef   no such preset"]


@pytest.mark.parametrize(
    ("button", "action"),
    [("GO", "cue.go"), ("Back", "cue.back"), ("< Song", "song.previous"), ("Song >", "song.next")],
)
def test_its_buttons_ask_for_cues_and_songs(room, button, action):
    room.pressed = button
    room.draw()
    assert room.acts == [(action,)]


def test_without_a_set_list_nothing_of_it_is_there(room):
    room.cues.cues, room.pressed = (), "GO"
    room.draw()
    assert room.acts == []
