"""A panel on the virtual screen, with hands on it: where its controls lie, clicks and drags."""

import subprocess
import time

import glfw
import numpy as np
from imgui_bundle import imgui
from PIL import Image

from engine.history import History
from engine.mapping import Mapper, Signals
from engine.messages import Messages
from engine.panel import editor, faders
from engine.panel.panel import Panel
from engine.panel.status import Status
from engine.parameters import Store

NOTED = (
    "begin_menu", "menu_item_simple", "button", "slider_float", "selectable", "combo", "checkbox",
)  # fmt: skip


class Presets:
    """A bank without presets."""

    current = ""

    def names(self):
        return []


class Hands:
    """The panel, its rooms, and its controls' places: name -> corners, in order, of one frame."""

    def __init__(self, patch, size):
        self.places, self.size = {}, size
        for module, name in ((faders, "fader"), (editor, "slide")):
            patch.setattr(module, name, self._noting(getattr(module, name)))
        for name in NOTED:
            patch.setattr(imgui, name, self._noting(getattr(imgui, name)))
        self.store, self.signals, self.mapper = Store(), Signals(), Mapper()
        self.messages, self.history, self.now = Messages(), History(), 0.0
        self.panel = Panel(
            self.store, self.signals, self.mapper, Presets(), self.messages, Status(),
            lambda *asked: None, lambda *key: None,
        )  # fmt: skip
        glfw.set_window_pos(self.panel.window, 0, 0)
        glfw.set_window_size(self.panel.window, *size)
        for _ in range(200):
            self.draw(2)
            if glfw.get_framebuffer_size(self.panel.window) == size:
                break
        self.xdotool("search", "--sync", "--name", "^Other Half$", "windowfocus", "--sync")
        self.draw()

    def _noting(self, draw):
        def noted(*arguments, **options):
            result = draw(*arguments, **options)
            low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            name = next(
                getattr(a, "id", getattr(a, "name", a))
                for a in arguments
                if isinstance(a, str) or hasattr(a, "id") or hasattr(a, "name")
            )
            self.places.setdefault(name, []).append((low.x, low.y, high.x, high.y))
            return result

        return noted

    def draw(self, frames=4, dt=0.0):
        """Draw some frames, `dt` seconds of mappings each; the history looks on as in a show."""
        for _ in range(frames):
            glfw.poll_events()
            self.store.apply(self.mapper.step(self.signals, dt))
            self.places.clear()
            self.panel.draw()
            self.now += 1.0
            self.note()
            time.sleep(0.005)

    def note(self):
        self.history.note({**self.store.values(), "mappings": self.mapper.mappings}, self.now)

    def undo(self):
        self.note()
        act = self.history.undo()
        self.mapper.replace(act.pop("mappings", self.mapper.mappings))
        self.store.set_all(act)
        self.draw()

    def xdotool(self, *words):
        subprocess.run(["xdotool", *map(str, words)], check=True, timeout=20, capture_output=True)

    def point(self, name, x=0.5, y=0.5, nth=0):
        left, top, right, bottom = self.places[name][nth]
        at = round(left + x * (right - left)), round(top + y * (bottom - top))
        self.xdotool("mousemove", *at)
        self.draw()

    def click(self, name, x=0.5, y=0.5, button=1, nth=0):
        self.drag(name, (x, y), button=button, nth=nth)

    def drag(self, name, *points, button=1, nth=0):
        """Press at the first of these points of a control, go by the others, let go."""
        self.point(name, *points[0], nth=nth)
        self.xdotool("mousedown", button)
        self.draw()
        for x, y in points[1:]:
            self.point(name, x, y, nth)
        self.xdotool("mouseup", button)
        self.draw()

    def screenshot(self, path):
        subprocess.run(["import", "-window", "Other Half", str(path)], check=True, timeout=20)
        return np.asarray(Image.open(path).convert("RGB")).astype(int)
