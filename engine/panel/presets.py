"""The panel's presets: a picture of each, the number that calls it, a field to save under a name.

In: the bank (names(), current, picture(name)), its numbered slots. Out: actions asked for. Main
thread, with the panel's OpenGL current.
"""

from collections.abc import Callable, Mapping

from imgui_bundle import ImVec2, ImVec4, imgui

from engine.panel import midi, theme
from engine.panel.tiles import SHAPE, Textures, cut

ACROSS = 3
DIGITS = range(1, 10)  # that keys call
HIDDEN = ImVec4(0, 0, 0, 0)


class PresetTiles:
    """The presets of `bank`; what is being typed and not yet asked for."""

    def __init__(self, bank, act: Callable[..., None]):
        self._bank, self._act = bank, act
        self._textures, self._typed = Textures(), ""

    def draw(self, slots: Mapping[int, str]) -> None:
        """Draw all, the one that plays lit; `slots` are the favourites' numbers."""
        imgui.separator_text(f"PRESETS   {self._bank.current}")
        names, gap = self._bank.names(), imgui.get_style().item_spacing.x
        pictures = {name: self._bank.picture(name) for name in names}
        self._textures.refresh(filter(None, pictures.values()))
        width = (imgui.get_content_region_avail().x - (ACROSS - 1) * gap) / ACROSS
        called = numbers(names, slots)
        for place, name in enumerate(names):
            if place % ACROSS:
                imgui.same_line()
            texture = self._textures.get(pictures[name][0], 0) if pictures[name] else 0
            self._draw_one(name, width, texture, called.get(name, 0), name in slots.values())

    def _draw_one(self, name: str, width: float, texture: int, number: int, kept: bool) -> None:
        """Draw a tile over imgui's own selectable, for its ways with the mouse."""
        line, playing = imgui.get_text_line_height(), name == self._bank.current
        imgui.push_style_color(imgui.Col_.text, HIDDEN)
        corner, size = imgui.get_cursor_screen_pos(), ImVec2(width, width * SHAPE + line)
        clicked = imgui.selectable(name, playing, imgui.SelectableFlags_.none, size)[0]
        imgui.pop_style_color()
        end, pen = ImVec2(corner.x + width, corner.y + width * SHAPE), imgui.get_window_draw_list()
        if texture:
            pen.add_image(imgui.ImTextureRef(texture), corner, end)
        else:
            pen.add_rect_filled(corner, end, theme.ink(theme.FIELD), 3.0)
        if playing or imgui.is_item_hovered():
            pen.add_rect(corner, end, theme.ink(theme.TEXT if playing else theme.GRAB), 0, 2)
        if number:
            _write_number(pen, corner, number, theme.TEXT if kept else theme.DIM)
        colour = theme.TEXT if playing else theme.DIM
        pen.add_text(ImVec2(corner.x, end.y), theme.ink(colour), cut(name, width))
        self._offer(name)
        if clicked:
            self._act("preset.load", name)

    def _offer(self, name: str) -> None:
        """Resting the mouse tells the whole name; a right click offers numbers, and A and B."""
        imgui.set_item_tooltip(name)
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
        imgui.end_popup()

    def draw_save(self) -> None:
        """Draw the field for a name, and the button that saves what plays under it."""
        style = imgui.get_style()
        save = imgui.calc_text_size("Save").x + 2 * style.frame_padding.x + style.item_spacing.x
        imgui.set_next_item_width(-save)
        entered = imgui.InputTextFlags_.enter_returns_true
        done, self._typed = imgui.input_text_with_hint("##name", "save as", self._typed, entered)
        imgui.same_line()
        if (imgui.button("Save") or done) and self._typed.strip():
            self._act("preset.save", self._typed.strip())
            self._typed = ""

    def close(self) -> None:
        """Free the textures."""
        self._textures.close()


def numbers(names: list[str], slots: Mapping[int, str]) -> dict[str, int]:
    """Return the lowest number that calls each preset: its slot, else its place in the list."""
    places = {digit: names[digit - 1] for digit in DIGITS if digit <= len(names)}
    called = {**places, **{n: name for n, name in slots.items() if name in names}}
    return {name: number for number, name in sorted(called.items(), reverse=True)}


def _write_number(pen: imgui.ImDrawList, corner: ImVec2, number: int, colour: ImVec4) -> None:
    """Write the number into the picture's corner, on a ground that any picture leaves readable."""
    text, pad = str(number), imgui.get_font_size() / 4
    size = imgui.calc_text_size(text)
    end = ImVec2(corner.x + size.x + 2 * pad, corner.y + size.y)
    pen.add_rect_filled(corner, end, theme.ink(theme.with_alpha(theme.GROUND, 0.8)))
    pen.add_text(ImVec2(corner.x + pad, corner.y), theme.ink(colour), text)
