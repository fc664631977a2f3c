"""The panel's presets: a picture of each, the number that calls it, a search, a field to save.

In: the bank, its numbered slots, the bars until the next preset comes by itself. Out: actions asked
for. Main thread, with the panel's OpenGL current.
"""

from collections.abc import Callable, Mapping

from imgui_bundle import ImVec2, ImVec4, imgui

from engine.panel import theme, tip
from engine.panel.preset_menu import DIGITS, PresetMenu
from engine.panel.tiles import SHAPE, Textures, cut

ROWS, ACROSS = 2, 12  # tiles in sight, where there is room
SMALLEST, LARGEST = 4.25, 6.5  # widths of a tile, in letters' heights
SIDE = 9  # width of what stands beside the tiles
HIDDEN = ImVec4(0, 0, 0, 0)

_REPLACED = {  # by saving under a name that is taken: whether it is an own one
    True: "replaces yours; the one before is kept",
    False: "covers the one that came along",
}
_ENTERED = imgui.InputTextFlags_.enter_returns_true
_PADDED = imgui.ChildFlags_.always_use_window_padding


class PresetTiles:
    """The presets of `bank`; what is being typed and not yet asked for."""

    def __init__(self, bank, act: Callable[..., None]):
        self._bank, self._act = bank, act
        self._textures, self._menu = Textures(), PresetMenu(bank, act)
        self._typed, self._sought = "", ""
        self._waiting = self._saved = self._followed = ""

    def draw(self, slots: Mapping[int, str], bars: int | None = None, waiting: str = "") -> None:
        """Draw all, the one that plays lit, the one that waits for its beat framed in amber.

        `slots` are the favourites' numbers; `bars` are left until the next one comes by itself,
        None: it does not.
        """
        self._waiting = waiting
        tile, side = _tile(), -SIDE * imgui.get_font_size()
        names = self._bank.names()  # once a frame: it looks at the disk
        hidden = len(names) > ROWS * _across(tile)
        sought = self._sought.strip().lower() * hidden
        found = [name for name in names if sought in name.lower()]
        imgui.begin_child("presets", ImVec2(0, height()), _PADDED)
        imgui.begin_child("tiles", ImVec2(side, 0), 0, imgui.WindowFlags_.no_background)
        if sought and not found:
            imgui.text_disabled(f"no preset matches “{cut(sought, tile.x * 3)}”")
        self._draw_tiles(names, found, tile, slots)
        imgui.end_child()
        imgui.same_line()
        imgui.begin_group()
        _draw_next(bars)
        self._draw_side(names)
        if hidden:
            self._draw_search(found)
        imgui.end_group()
        imgui.end_child()

    def _draw_tiles(
        self, names: list[str], found: list[str], tile: ImVec2, slots: Mapping[int, str]
    ) -> None:
        pictures = {name: self._bank.picture(name) for name in names}
        self._textures.refresh(filter(None, pictures.values()))
        called, across = numbers(names, slots), _across(tile)
        for place, name in enumerate(found):
            if place % across:
                imgui.same_line()
            texture = self._textures.get(pictures[name][0], 0) if pictures[name] else 0
            self._draw_one(name, tile, texture, called.get(name, 0), name in slots.values())
            self._menu.draw(name)

    def _draw_one(self, name: str, tile: ImVec2, texture: int, number: int, kept: bool) -> None:
        """Draw one preset: its picture, its number in the corner, its name below."""
        playing = name == self._bank.current
        imgui.push_style_color(imgui.Col_.text, HIDDEN)  # of the selectable's own text
        corner, width = imgui.get_cursor_screen_pos(), tile.x
        clicked = imgui.selectable(name, playing, imgui.SelectableFlags_.none, tile)[0]
        imgui.pop_style_color()
        end, pen = ImVec2(corner.x + width, corner.y + width * SHAPE), imgui.get_window_draw_list()
        if texture:
            pen.add_image(imgui.ImTextureRef(texture), corner, end)
        else:
            pen.add_rect_filled(corner, end, theme.ink(theme.FIELD), 3.0)
        lit = theme.TEXT if playing else theme.AMBER if name == self._waiting else None
        if lit or imgui.is_item_hovered():
            pen.add_rect(corner, end, theme.ink(lit or theme.GRAB), 0, 2)
        if number:
            _write_number(pen, corner, number, theme.TEXT if kept else theme.DIM)
        pen.add_text(ImVec2(corner.x, end.y), theme.ink(lit or theme.DIM), cut(name, width))
        tip.tell(name)
        self._follow(name, playing)
        if clicked:
            self._act("preset.load", name)

    def _follow(self, name: str, playing: bool) -> None:
        """Bring in sight what was saved, and what begins to play while it is out of sight."""
        begins = playing and name != self._followed
        if name == self._saved or (begins and not imgui.is_item_visible()):
            imgui.set_scroll_here_y()
        if name == self._saved:
            self._saved = ""
        if playing:
            self._followed = name

    def _draw_side(self, names: list[str]) -> None:
        """Draw what plays, a field and a button to save it; before that, what it would replace."""
        imgui.text(cut(self._bank.current, imgui.get_content_region_avail().x))
        imgui.set_next_item_width(-1)
        done, self._typed = imgui.input_text_with_hint("##name", "save as", self._typed, _ENTERED)
        name = self._typed.strip()
        refusal = self._bank.refusal(name) if name else ""
        if (imgui.button("Save", ImVec2(-1, 0)) or done) and name and not refusal:
            self._act("preset.save", name)
            self._saved, self._typed = name, ""
        elif refusal or name in names:
            own = self._bank.owns(name)
            with tip.window():
                imgui.text_colored(theme.RED if refusal else theme.TEXT, refusal or _REPLACED[own])

    def _draw_search(self, found: list[str]) -> None:
        """Draw the field that seeks among the tiles; Enter loads the first, Esc clears it."""
        imgui.set_next_item_width(-1)
        flags = _ENTERED | imgui.InputTextFlags_.escape_clears_all
        done, self._sought = imgui.input_text_with_hint("##search", "search", self._sought, flags)
        if done and found and self._sought:
            self._act("preset.load", found[0])
            self._sought = ""
        elif done:
            imgui.set_keyboard_focus_here(-1)

    def close(self) -> None:
        """Free the textures."""
        self._textures.close()


def _draw_next(bars: int | None) -> None:
    if bars is None:
        imgui.text_disabled("PRESETS")
    else:
        imgui.text_colored(theme.AMBER, f"next in {bars} bars" if bars > 1 else "next on the bar")


def height() -> float:
    """Return how high the presets are, whatever their number."""
    style = imgui.get_style()
    gaps = (ROWS - 1) * style.item_spacing.y
    return ROWS * _tile().y + gaps + 2 * style.window_padding.y


def _tile() -> ImVec2:
    """Return the size of a tile, name and all: it depends on the window's width alone."""
    letter, gap = imgui.get_font_size(), imgui.get_style().item_spacing.x
    width = (_room() + gap) / ACROSS - gap
    width = int(min(max(width, SMALLEST * letter), LARGEST * letter))
    return ImVec2(width, width * SHAPE + imgui.get_text_line_height())


def _across(tile: ImVec2) -> int:
    gap = imgui.get_style().item_spacing.x
    return max(1, int((_room() + gap) / (tile.x + gap)))


def _room() -> float:
    """Return the width for tiles, beside a scrollbar that may be there."""
    style, window = imgui.get_style(), imgui.get_main_viewport().size.x
    beside = SIDE * imgui.get_font_size() + style.item_spacing.x + style.scrollbar_size
    return window - 4 * style.window_padding.x - beside


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
