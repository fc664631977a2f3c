"""The system's own window to choose a file in, where there is one.

In: a press of its button. Out: what was chosen, asked for as if it were dropped. Main thread, which
looks each frame whether the answer has come, and never waits for it.
"""

import shutil
import sys
from collections.abc import Callable

from imgui_bundle import imgui
from imgui_bundle import portable_file_dialogs as dialogs

from engine.panel.dropped import open_files

WORD = "Open…"
PROGRAMS = ("zenity", "kdialog", "matedialog", "qarma")  # on Linux one of them draws it


class Chooser:
    """Its button, and the window while that is open."""

    def __init__(self):
        self.there = sys.platform != "linux" or any(map(shutil.which, PROGRAMS))
        self._open: dialogs.open_file | None = None

    @property
    def width(self) -> float:
        """How much of the line its button takes, with the gap before it."""
        style = imgui.get_style()
        word = imgui.calc_text_size(WORD).x + 2 * style.frame_padding.x + style.item_spacing.x
        return word if self.there else 0.0

    def draw(self, act: Callable[..., None]) -> None:
        """Draw the button at the end of the line; ask for what was chosen meanwhile."""
        if not self.there:
            return
        imgui.same_line()
        if imgui.button(WORD) and self._open is None:
            self._open = dialogs.open_file("Sound, network or picture")
        if self._open and self._open.ready(0):
            chosen, self._open = self._open.result(), None
            open_files(chosen, act)

    def close(self) -> None:
        """Close the window, if it is open."""
        if self._open:
            self._open.kill()
