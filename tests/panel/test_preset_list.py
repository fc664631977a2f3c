"""Presets are seen by their pictures; numbers call them, and a right click gives numbers."""

from pathlib import Path
from types import SimpleNamespace

import glfw
import numpy as np
import pytest
from imgui_bundle import imgui
from OpenGL import GL
from PIL import Image

from engine.mapping import Mapper, Signals
from engine.messages import Messages
from engine.panel.panel import Panel
from engine.panel.presets import numbers
from engine.panel.status import Status
from engine.parameters import Store

NAMES = ["Silk", "Tide", "Reef"]


@pytest.fixture
def room(windows, monkeypatch):
    """A panel with three presets, of which some have a picture, and what is asked for."""
    room = SimpleNamespace(acts=[], pictures={}, pressed="")
    bank = SimpleNamespace(
        names=lambda: NAMES, current="Tide", picture=room.pictures.get,
        owns=lambda name: False, said=lambda store: {},
    )  # fmt: skip
    room.status = Status()
    panel = Panel(
        Store(), Signals(), Mapper(), bank, Messages(), room.status,
        lambda *act: room.acts.append(act), lambda *event: None,
    )  # fmt: skip
    for name in ("menu_item_simple", "small_button"):
        monkeypatch.setattr(imgui, name, lambda text: text == room.pressed)

    swap = glfw.swap_buffers

    def read_and_swap(window):
        width, height = glfw.get_framebuffer_size(window)
        data = GL.glReadPixels(0, 0, width, height, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE)
        room.seen = np.frombuffer(data, np.uint8).reshape(height, width, 4).astype(int)
        swap(window)

    monkeypatch.setattr(glfw, "swap_buffers", read_and_swap)

    def pink():
        for _ in range(4):
            glfw.poll_events()
            panel.draw()
        red, green, blue = np.moveaxis(room.seen[..., :3], 2, 0)
        return ((red > 200) & (green < 60) & (blue > 200)).sum()

    room.pink = pink
    yield room
    panel.close()


def save(path: Path, colour):
    Image.new("RGB", (192, 108), colour).save(path)
    return path


def test_a_preset_is_seen_by_its_picture_and_by_the_new_one_once_it_is_saved_again(room, tmp_path):
    assert room.pink() == 0
    room.pictures["Reef"] = save(tmp_path / "Reef.png", (250, 10, 250)), 1
    one = room.pink()
    assert one > 2000
    room.pictures["Silk"] = save(tmp_path / "Silk.png", (250, 10, 250)), 1
    assert room.pink() == pytest.approx(2 * one, rel=0.2)
    room.pictures["Reef"] = save(tmp_path / "Reef.png", (10, 10, 10)), 2
    assert room.pink() == pytest.approx(one, rel=0.2)
    (tmp_path / "Silk.png").write_bytes(b"no picture")
    room.pictures["Silk"] = tmp_path / "Silk.png", 2
    assert room.pink() == 0


@pytest.mark.parametrize(
    ("words", "act"),
    [("Crossfader B", ("mix.b", "Reef")), ("7", ("preset.slot", "7 Reef"))],
)
def test_a_right_click_gives_a_number_or_an_end_of_the_crossfader(room, monkeypatch, words, act):
    monkeypatch.setattr(imgui, "begin_popup_context_item", lambda id=None: id == "offer Reef")
    for name in ("end_popup", "close_current_popup"):
        monkeypatch.setattr(imgui, name, lambda: None)
    room.pressed = words
    room.pink()
    assert set(room.acts) == {act}


def test_a_number_is_a_favourites_before_it_is_a_place_in_the_list():
    assert numbers(NAMES, {}) == {"Silk": 1, "Tide": 2, "Reef": 3}
    assert numbers(NAMES, {1: "Reef", 12: "Tide", 5: "gone"}) == {"Reef": 1, "Tide": 2}
    assert numbers([f"{n:02}" for n in range(20)], {15: "19"})["19"] == 15
