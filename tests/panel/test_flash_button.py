"""The flash is on as long as key or mouse holds it, whatever happens meanwhile on the panel."""

import subprocess
import time
from types import SimpleNamespace

import glfw
import pytest
from imgui_bundle import imgui

from engine.control.keyboard import Keyboard
from engine.mapping import Mapper, Signals
from engine.messages import Messages
from engine.panel import log, theme
from engine.panel.panel import Panel
from engine.panel.status import Status
from engine.parameters import Store


@pytest.fixture
def room(windows, monkeypatch):
    """A panel with the keyboard's focus, where its controls lie, and the red bars over its log."""
    room = SimpleNamespace(store=Store(), status=Status(), places={}, red=[])
    for name in ("button", "input_text_with_hint"):
        monkeypatch.setattr(imgui, name, noting(room.places, getattr(imgui, name)))
    draw_bar = log._draw_bar

    def noted(text, colour):
        if colour is theme.RED:
            room.red.append(text)
        draw_bar(text, colour)

    monkeypatch.setattr(log, "_draw_bar", noted)
    keyboard = Keyboard(room.store, lambda *act: None, lambda line: None)
    says = {"said": lambda store: {}, "refusal": lambda name: ""}
    bank = SimpleNamespace(names=list, current="", **says)
    panel = Panel(
        room.store, Signals(), Mapper(), bank, Messages(), room.status,
        lambda *act: None, keyboard.event,
    )  # fmt: skip

    def draw(frames=4):
        for _ in range(frames):
            room.red.clear()
            glfw.poll_events()
            panel.draw()
            time.sleep(0.005)

    room.panel, room.draw = panel, draw
    glfw.set_window_pos(panel.window, 0, 0)
    draw()
    xdotool("search", "--sync", "--name", "^Other Half$", "windowfocus", "--sync")
    draw()
    yield room
    panel.close()


def noting(places, draw):
    def noted(text, *arguments, **options):
        result = draw(text, *arguments, **options)
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        places[text] = round((low.x + high.x) / 2), round((low.y + high.y) / 2)
        return result

    return noted


def xdotool(*words):
    subprocess.run(["xdotool", *map(str, words)], check=True, timeout=20, capture_output=True)


def becomes(room, value):
    """Draw until the flash is that."""
    for _ in range(200):
        room.draw(1)
        if room.store.get("output.flash") == value:
            return True
    return False


def test_the_mouse_holds_it(room):
    xdotool("mousemove", *room.places["FLASH###output.flash"])
    room.draw()
    xdotool("mousedown", 1)
    assert becomes(room, 1)
    room.draw()
    xdotool("mouseup", 1)
    assert becomes(room, 0)


def test_a_key_holds_it_even_if_a_text_begins_before_it_is_let_go(room):
    xdotool("keydown", "x")
    assert becomes(room, 1)
    xdotool("mousemove", *room.places["##name"])
    room.draw()
    xdotool("click", 1)
    room.draw(8)
    assert imgui.get_io().want_text_input
    assert room.store.get("output.flash") == 1
    xdotool("keyup", "x")
    assert becomes(room, 0)


def test_what_flashes_says_what_may_come_of_it_and_moves_no_button(room):
    room.draw()
    assert room.red == []
    places = dict(room.places)
    room.store.set("output.strobe", 1)
    room.draw()
    assert room.red == ["flashing light can cause seizures"]
    room.store.set("output.strobe", 0)
    room.status.flashes = 10.0
    room.draw()
    assert room.red == ["up to 10 flashes a second:  flashing light can cause seizures"]
    assert room.places == places
