"""MIDI on the panel: a right click offers to learn a control; what is sought, and what came last.

In: the status. Out: actions asked for. Main thread.
"""

from collections.abc import Callable

from imgui_bundle import imgui

from engine.panel import theme
from engine.panel.status import Status

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


def draw(status: Status, act: Callable[..., None]) -> None:
    """Show what a controller sent last; while a control is sought, for what, and how to stop."""
    if status.learning:
        imgui.separator_text("MIDI")
        imgui.text_colored(theme.AMBER, f"move a control for {status.learning}")
        if imgui.button("Stop learning"):
            act("midi.forget")
    elif status.midi:
        imgui.separator_text("MIDI")
        imgui.text_disabled(status.midi)
