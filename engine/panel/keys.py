"""The panel's keys: passed on unless they are for a text, a menu or a list; F1's list of them.

In: GLFW's key events and their moments. Out: what is to be played, once a frame. Main thread.
"""

from collections.abc import Callable, Mapping

import glfw
from imgui_bundle import ImVec2, imgui

from engine.clock import now
from engine.control.keyboard import KEYS, TWICE, key_help
from engine.panel import theme
from engine.parameters import Store

STILL = (
    imgui.WindowFlags_.no_decoration
    | imgui.WindowFlags_.no_move
    | imgui.WindowFlags_.no_saved_settings
)
_ANY_POPUP = imgui.PopupFlags_.any_popup


class Keys:
    """The events that wait for the frame; `helping` is whether the list of keys is in sight."""

    def __init__(self, store: Store, play: Callable[..., None], keys: Mapping[str, str] = KEYS):
        self._store, self._play = store, play
        self._waiting: list[tuple] = []
        self._closed = -TWICE  # when Esc last had, or could have had, something to close
        self.helping = False
        self.list(keys)

    def list(self, keys: Mapping[str, str]) -> None:
        """Let the list be of these keys."""
        self.listed = key_help(self._store, keys)

    def note(self, window, code: int, scancode: int, action: int, mods: int) -> None:
        """Take an event; a letter of a text is none, a key that is let go of always is."""
        if action == glfw.RELEASE or not imgui.get_io().want_text_input:
            self._waiting.append((window, code, scancode, action, mods, now()))

    def play(self) -> None:
        """Pass on what came since the last frame, if no click has begun a text by now.

        Esc closes what is open. Pressed again at once, for it seemed slow, it does nothing.
        """
        waiting, self._waiting = self._waiting, []
        typing, is_open = imgui.get_io().want_text_input, imgui.is_popup_open("", _ANY_POPUP)
        if typing or is_open or self.helping:
            self._closed = now()
        for event in waiting:
            _, code, _, action, _, moment = event
            pressed = action != glfw.RELEASE
            if pressed and code == glfw.KEY_ESCAPE and moment - self._closed < TWICE:
                self._close()
            elif not (pressed and typing):
                self._play(*event)

    def _close(self) -> None:
        self.helping = False
        if imgui.is_popup_open("", _ANY_POPUP):
            imgui.internal.close_popup_to_level(0, True)

    def draw(self) -> None:
        """Lay the list over everything, until a click."""
        if not self.helping:
            return
        middle = imgui.get_main_viewport().get_center()
        imgui.set_next_window_pos(middle, imgui.Cond_.always, ImVec2(0.5, 0.5))
        imgui.push_style_color(imgui.Col_.window_bg, theme.with_alpha(theme.FIELD, 1.0))
        imgui.push_style_var(imgui.StyleVar_.window_border_size, 1.0)  # of all that it lies over
        imgui.begin("keys", None, STILL | imgui.WindowFlags_.always_auto_resize)
        imgui.set_window_focus()
        imgui.dummy(ImVec2(imgui.get_font_size() * 26, 0))
        for key, text in self.listed:
            imgui.text_colored(theme.AMBER, key)
            imgui.same_line(imgui.get_font_size() * 6)
            imgui.text(text)
        imgui.text_disabled("Esc or a click closes this list")
        imgui.end()
        imgui.pop_style_var()
        imgui.pop_style_color()
        self.helping = not imgui.is_mouse_clicked(0)
