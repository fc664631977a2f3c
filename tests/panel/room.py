"""A panel on the virtual screen, the hands that play it, and the colours that are seen."""

import subprocess
import time
from types import SimpleNamespace

import glfw
import numpy as np
from imgui_bundle import imgui
from screens import seen

from engine.control.keyboard import Keyboard
from engine.mapping import Mapper, Signals
from engine.messages import Messages
from engine.panel import desk, faders
from engine.panel.panel import Panel
from engine.panel.status import Status
from engine.parameters import Store

SIZE = (1880, 1040)  # so that every row is in sight
LAYERS = {f"b{size}_conv{number}": 0.5 for size in (256, 64, 16) for number in (0, 1)}


class Presets:
    current = "ember"

    def names(self):
        return ["ember", "tide"]

    def picture(self, name):
        return None

    def owns(self, name):
        return False

    def said(self, store):
        return {}

    def refusal(self, name, before=""):
        return ""


class Room:
    """A panel on the virtual screen, what it was given, and where its controls lie."""

    def __init__(self, patch):
        self.places, self.acts = {}, []
        for module, name in ((faders, "fader"), (desk, "_loud"), (imgui, "collapsing_header")):
            patch.setattr(module, name, self._noting(getattr(module, name)))
        drawn = ("input_text_with_hint", "selectable", "begin_combo", "button", "slider_float")
        for name in (*drawn, "menu_item_simple", "small_button"):
            patch.setattr(imgui, name, self._noting(getattr(imgui, name)))
        self.store, self.signals, self.mapper = Store(), Signals(), Mapper()
        self.store.fill("dream.layer.", LAYERS)
        self.messages, self.status = Messages(), Status(source="demo")
        self.keyboard = Keyboard(self.store, self.act, lambda line: None)
        self.devices = ["Loopback"]
        self.networks = []

    def open(self, **others):
        self.panel = Panel(
            self.store,
            self.signals,
            self.mapper,
            Presets(),
            self.messages,
            self.status,
            self.act,
            self.keyboard.event,
            lambda: self.devices,
            networks=SimpleNamespace(look=lambda: self.networks),
            **others,
        )
        glfw.set_window_pos(self.panel.window, 0, 0)
        glfw.set_window_size(self.panel.window, *SIZE)
        for _ in range(200):
            self.draw(4)
            if glfw.get_framebuffer_size(self.panel.window) == SIZE:
                break
        self.xdotool("search", "--sync", "--name", "^Other Half$", "windowfocus", "--sync")
        self.draw(4)
        return self.panel

    def act(self, name, argument=""):
        self.acts.append((name, argument))

    def _noting(self, draw):
        def noted(*arguments, **options):
            result = draw(*arguments, **options)
            low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            name = next(
                getattr(a, "id", a) for a in arguments if isinstance(a, str) or hasattr(a, "id")
            )
            self.places[name] = (low.x, low.y, high.x, high.y)
            return result

        return noted

    def draw(self, frames=8):
        for _ in range(frames):
            glfw.poll_events()
            self.panel.draw()
            time.sleep(0.005)

    def xdotool(self, *words):
        subprocess.run(["xdotool", *map(str, words)], check=True, timeout=20, capture_output=True)

    def click(self, name, part=0.5, button=1):
        left, top, right, bottom = self.places[name]
        self.xdotool("mousemove", round(left + part * (right - left)), round((top + bottom) / 2))
        self.draw(4)
        self.xdotool("mousedown", button)
        self.draw(4)
        self.xdotool("mouseup", button)
        self.draw(4)

    def screenshot(self, path):
        """Return what is seen of the panel, and keep it as a PNG."""
        return seen(self.panel.window, path).astype(int)


def amber(picture):
    r, g, b = np.moveaxis(picture, -1, 0)
    return ((r > 120) & (r > g + 30) & (g > b + 30)).sum()


def blue(picture):
    r, g, b = np.moveaxis(picture, -1, 0)
    return ((b > 180) & (b > g + 60) & (g > r + 30)).sum()


def red(picture):
    r, g, b = np.moveaxis(picture, -1, 0)
    return ((r > 110) & (r > 2 * g) & (r > 2 * b)).sum()
