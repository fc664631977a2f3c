"""A right click on a preset: ends of the crossfader, numbers, MIDI, another name, to delete.

In: the bank. Out: actions asked for. Main thread, right after the tile was drawn.
"""

from collections.abc import Callable

from imgui_bundle import imgui

from engine.panel import midi, theme

DIGITS = range(1, 10)  # that keys call

_ENTERED = imgui.InputTextFlags_.enter_returns_true


class PresetMenu:
    """The menu, of which one at a time is open, and the name that is typed in it."""

    def __init__(self, bank, act: Callable[..., None]):
        self._bank, self._act, self._typed = bank, act, ""

    def draw(self, name: str) -> None:
        """Draw the menu of this preset, if it is open."""
        if not imgui.begin_popup_context_item(f"offer {name}"):
            return
        for side in "AB":
            if imgui.menu_item_simple(f"Crossfader {side}"):
                self._act(f"mix.{side.lower()}", name)
        imgui.text_disabled("Number")
        for digit in DIGITS:
            imgui.same_line()
            if imgui.small_button(str(digit)):
                self._act("preset.slot", f"{digit} {name}")
                imgui.close_current_popup()
        midi.draw_offer(f"preset.load {name}", self._act)
        imgui.separator()
        if self._bank.owns(name):
            self._draw_name(name)
            self._draw_delete(name)
        else:
            imgui.text_disabled("came along with the program: stays")
        imgui.end_popup()

    def _draw_name(self, name: str) -> None:
        """Draw a field for another name, and below it why it cannot be; Enter renames."""
        if imgui.is_window_appearing():
            self._typed = name
        imgui.align_text_to_frame_padding()
        imgui.text_disabled("Name")
        imgui.same_line()
        imgui.push_style_color(imgui.Col_.frame_bg, theme.GROUND)
        flags = _ENTERED | imgui.InputTextFlags_.auto_select_all
        done, self._typed = imgui.input_text_with_hint("##rename", "rename", self._typed, flags)
        imgui.pop_style_color()
        new = self._typed.strip()
        refusal = self._bank.refusal(new, name)
        if done and refusal:
            imgui.set_keyboard_focus_here(-1)  # of the field: what is typed next is no key
        elif done:
            imgui.close_current_popup()
            if new != name:
                self._act("preset.rename", f"{name}/{new}")
        imgui.text_colored(*((theme.RED, refusal) if refusal else (theme.DIM, "Enter renames")))

    def _draw_delete(self, name: str) -> None:
        """Offer to delete in a further menu, so that it is asked twice."""
        if imgui.begin_menu("Delete"):
            if imgui.menu_item_simple(f"Put {name} aside, as {name}.deleted"):
                self._act("preset.delete", name)
            imgui.end_menu()
