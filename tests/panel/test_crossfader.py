"""The crossfader on the panel: its buttons take the look of now, its fader is there with both."""

from types import SimpleNamespace

import glfw
import pytest
from imgui_bundle import imgui

from engine.mapping import Mapper, Signals
from engine.messages import Messages
from engine.panel.panel import Panel
from engine.panel.status import Status
from engine.parameters import Store


@pytest.fixture
def room(windows, monkeypatch):
    """A panel, the button that is pressed on it, where its fader is moved to, what it asks for."""
    room = SimpleNamespace(store=Store(), status=Status(), acts=[], pressed="", place=None)
    slide = imgui.slider_float

    def slid(name, *arguments):
        moved, value = slide(name, *arguments)
        mine = name == "##ab" and room.place is not None
        return (True, room.place) if mine else (moved, value)

    monkeypatch.setattr(imgui, "slider_float", slid)
    monkeypatch.setattr(imgui, "button", lambda text, *rest: text == room.pressed)
    bank = SimpleNamespace(names=list, current="")
    panel = Panel(
        room.store, Signals(), Mapper(), bank, Messages(), room.status,
        lambda *act: room.acts.append(act), lambda *event: None,
    )  # fmt: skip

    def draw():
        glfw.poll_events()
        panel.draw()

    room.draw = draw
    yield room
    panel.close()


def test_its_buttons_take_the_look_of_now_and_show_what_was_taken(room):
    room.pressed = "A   take###a"
    room.draw()
    room.status.ends, room.pressed = ("Pearl", ""), "A   Pearl###a"
    room.draw()
    assert room.acts == [("mix.a",), ("mix.a",)]


def test_its_fader_is_there_once_both_ends_are(room):
    room.place = 0.75
    room.draw()
    assert room.store.get("mix.ab") == 0
    room.status.ends = ("Pearl", "Reef")
    room.draw()
    assert room.store.get("mix.ab") == 0.75
