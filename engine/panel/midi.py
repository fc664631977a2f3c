"""MIDI on the panel: a right click offers to learn a control; what came last.

In: the status. Out: actions asked for. Main thread.
"""

from collections.abc import Callable

from imgui_bundle import imgui

from engine.panel.status import Status
from engine.panel.tiles import cut

OFFERED = (("Learn MIDI", "midi.learn"), ("Forget MIDI", "midi.forget"))


def offer(to: str, act: Callable[..., None]) -> None:
    """Let a right click on what was drawn last offer controls for `to`, a parameter or action."""
    if imgui.begin_popup_context_item(f"midi {to}"):
        draw_offer(to, act)
        imgui.end_popup()


def draw_offer(to: str, act: Callable[..., None]) -> None:
    """Draw the same as a part of a menu that is open."""
    for text, action in OFFERED:
        if imgui.menu_item_simple(text):
            act(action, to)


def draw(status: Status) -> None:
    """Show what came last, the newest first."""
    if status.midi:
        imgui.separator_text("MIDI")
    for line in reversed(status.midi):
        imgui.text_disabled(cut(line, imgui.get_content_region_avail().x))
