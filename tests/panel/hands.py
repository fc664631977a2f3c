"""A panel on the virtual screen, with hands on it: where its controls lie, clicks and drags."""

import subprocess
import time

import glfw
from imgui_bundle import imgui
from screens import seen

from engine.bank import Bank
from engine.control.keyboard import Keyboard
from engine.history import REST, History
from engine.looks import Looks
from engine.mapping import Mapper, Signals
from engine.messages import Messages
from engine.panel import editor, faders
from engine.panel.panel import Panel
from engine.panel.status import Status
from engine.parameters import Store

NOTED = (
    "begin_menu", "menu_item_simple", "button", "selectable", "begin_combo", "checkbox",
    "input_text_with_hint", "text_disabled", "text_colored",
)  # fmt: skip
FRAME = 1 / 30  # seconds of the show for one frame of the panel


class Hands:
    """The panel on a store, presets of `folder` and a history; `places` are its controls'.

    Of one frame: name -> corners, as often as the name is there, in order.
    """

    def __init__(self, patch, size, folder):
        self.places, self.now = {}, 0.0
        for module, name in ((faders, "fader"), (editor, "slide"), (editor, "choose")):
            patch.setattr(module, name, self._noting(getattr(module, name)))
        for name in NOTED:
            patch.setattr(imgui, name, self._noting(getattr(imgui, name)))
        self.store, self.signals, self.mapper = Store(), Signals(), Mapper()
        self.messages, self.history = Messages(), History()
        say = self.messages.error
        self.bank = Bank([folder], *[lambda text: say("preset", text)] * 2)
        self.looks = Looks(
            self.store, self.signals, self.mapper, self.bank, lambda: None,
            lambda text: say("look", text),
        )  # fmt: skip
        keys = Keyboard(self.store, self.act, lambda text: None)
        self.panel = Panel(
            self.store, self.signals, self.mapper, self.bank, self.messages, Status(),
            self.act, keys.event,
        )  # fmt: skip
        glfw.set_window_pos(self.panel.window, 0, 0)
        self.resize(size)
        self.xdotool("search", "--sync", "--name", "^Other Half$", "windowfocus", "--sync")
        self.draw()

    def resize(self, size):
        glfw.set_window_size(self.panel.window, *size)
        for _ in range(200):
            self.draw(2)
            if glfw.get_framebuffer_size(self.panel.window) == size:
                return

    def act(self, name, argument=""):
        """Do as the show does."""
        if name == "preset.load":
            self.looks.load(argument)
        elif name == "preset.save":
            self.looks.save(argument)
        elif name in ("preset.rename", "preset.delete"):
            getattr(self.bank, name.removeprefix("preset."))(argument)
        elif name == "edit.undo":
            self.history.note(self.looks.state(), self.now)
            self.looks.put(self.history.undo())

    def _noting(self, draw):
        def noted(*arguments, **options):
            result = draw(*arguments, **options)
            low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            names = (getattr(a, "id", getattr(a, "name", a)) for a in arguments)
            name = next(name for name in names if isinstance(name, str))
            self.places.setdefault(name, []).append((low.x, low.y, high.x, high.y))
            return result

        return noted

    def draw(self, frames=4, dt=FRAME):
        """Draw some frames; mappings and history go on as in a show."""
        for _ in range(frames):
            glfw.poll_events()
            self.store.apply(self.mapper.step(self.signals, dt))
            self.places.clear()
            self.panel.draw()
            self.now += FRAME
            self.history.note(self.looks.state(), self.now)
            time.sleep(0.005)

    def xdotool(self, *words):
        subprocess.run(["xdotool", *map(str, words)], check=True, timeout=20, capture_output=True)

    def key(self, keys):
        self.xdotool("key", keys)
        self.draw()

    def type(self, text):
        self.xdotool("type", "--delay", 30, text)
        self.draw(10 + 2 * len(text))  # a letter a frame

    def point(self, name, x=0.5, y=0.5, nth=0):
        """Point into a control: `x` of its way to the right, `y` of its way down."""
        left, top, right, bottom = self.places[name][nth]
        at = round(left + x * (right - left)), round(top + y * (bottom - top))
        self.xdotool("mousemove", *at)
        self.draw()

    def click(self, name, x=0.5, y=0.5, button=1, nth=0):
        self.drag(name, (x, y), button=button, nth=nth)

    def drag(self, name, *points, button=1, nth=0):
        """Press at the first of these points of a control, go by the others, let go."""
        self.now += 2 * REST  # an act of its own
        self.point(name, *points[0], nth=nth)
        self.xdotool("mousedown", button)
        self.draw()
        for x, y in points[1:]:
            self.point(name, x, y, nth)
        self.xdotool("mouseup", button)
        self.draw()

    def screenshot(self, path):
        """Return what is seen of the panel, and keep it as a PNG."""
        return seen(self.panel.window, path).astype(int)
