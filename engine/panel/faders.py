"""One control for each row of the table, in its group; what mappings do is shown on it.

In: the store's rows and values, the mappings. Out: store.set() by hand, actions asked for with
act(name, argument). Main thread.
"""

import math
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Table

from imgui_bundle import ImVec2, ImVec4, imgui

from engine.mapping import Mapping
from engine.panel import locks, theme
from engine.parameters import Parameter, Store

COLUMN = 19.5  # least width of a column of groups, in letters' heights
MANY = 16  # rows: longer groups, as all layers of a network, come last
HIDDEN = ImVec4(0, 0, 0, 0)
_GOVERNED = {
    False: "the governor may lower it; moving it holds it",
    True: "held, the governor leaves it; its default or a preset lets go",
}


def draw_groups(
    store: Store,
    mappings: Iterable[Mapping],
    governed: Table[str, float],
    act: Callable[..., None],
) -> None:
    """Draw every group of rows, in as many columns as there is room for.

    `governed` is what the governor makes of the rows that it may move.
    """
    groups: dict[str, list[Parameter]] = {}
    for row in store.rows():
        groups.setdefault(row.id.rpartition(".")[0], []).append(row)
    groups = dict(sorted(groups.items(), key=lambda group: len(group[1]) > MANY))
    driven: dict[str, list[Mapping]] = {}
    for mapping in mappings:
        driven.setdefault(mapping.parameter, []).append(mapping)
    effective, held = {**store.snapshot(), **governed}, store.held() & governed.keys()
    for column in _columns(groups):
        for group in column:
            is_open = imgui.collapsing_header(
                group.upper().replace(".", " "), imgui.TreeNodeFlags_.default_open
            )
            locks.group(store, group, act)
            if is_open:
                for row in groups[group]:
                    now, by = effective.get(row.id, 0.0), driven.get(row.id, ())
                    fader(store, row, now, by, act, row.id in governed, row.id in held)
                imgui.spacing()
        imgui.next_column()
    imgui.columns(1)


def _columns(groups: dict[str, list[Parameter]]) -> list[list[str]]:
    """Start imgui's columns and share the groups out among them, in order, evenly high."""
    width = imgui.get_content_region_avail().x
    count = max(1, int(width / (COLUMN * imgui.get_font_size())))
    imgui.columns(count, "groups", False)
    shares: list[list[str]] = [[] for _ in range(count)]
    heights = [0] * count
    for group, rows in groups.items():
        place = heights.index(min(heights))
        shares[place].append(group)
        heights[place] += len(rows) + 2
    return shares


def fader(
    store: Store,
    row: Parameter,
    effective: float,
    driven: Iterable[Mapping],
    act: Callable[..., None],
    governed: bool = False,
    held: bool = False,
) -> None:
    """Draw one row: its control with name and value in it, what moves it, whether it is held."""
    value = store.get(row.id)
    moves = bool(driven) or effective != value
    imgui.push_id(row.id)
    imgui.set_next_item_width(-1)
    if row.curve == "toggle":
        moved, value = imgui.checkbox(_name(row), value > 0)
    elif row.curve == "menu":
        moved, value = _choose(row, int(value))
    else:
        moved, value = _slide(row, value, effective if moves else None, held)
    if moved:
        store.set(row.id, float(value))
    locks.mark(store, row.id)
    _offer(store, row, act)
    _tell(row, driven, _GOVERNED[held] if governed else "")
    imgui.pop_id()


def _name(row: Parameter) -> str:
    return row.id.rpartition(".")[2].replace("_", " ")


def _choose(row: Parameter, value: int) -> tuple[bool, int]:
    moved = False
    if imgui.begin_combo("##value", f"{_name(row)}:  {row.choices[value]}"):
        for place, choice in enumerate(row.choices):
            if imgui.selectable(choice, place == value)[0]:
                moved, value = True, place
        imgui.end_combo()
    return moved, value


def _slide(row: Parameter, value: float, effective: float | None, held: bool) -> tuple[bool, float]:
    """A slider of imgui's, for its ways with mouse and keys, painted over with our own face."""
    typing = imgui.internal.temp_input_is_active(imgui.get_id("##value"))
    flags = imgui.SliderFlags_.always_clamp
    if row.curve == "power":
        flags |= imgui.SliderFlags_.logarithmic
    for part in (imgui.Col_.slider_grab, imgui.Col_.slider_grab_active):
        imgui.push_style_color(part, HIDDEN)
    imgui.push_style_color(imgui.Col_.text, theme.TEXT if typing else HIDDEN)
    moved, value = imgui.slider_float("##value", value, row.min, row.max, _format(row), flags)
    imgui.pop_style_color(3)
    if not typing:
        _paint(row, value, effective, held)
    return moved, value


def _paint(row: Parameter, value: float, effective: float | None, held: bool) -> None:
    """Fill the slider from zero to the hand's value, blue if that is held; amber is where it is."""
    low, high, draw = imgui.get_item_rect_min(), imgui.get_item_rect_max(), _draw_list()
    thick = max(2.0, imgui.get_font_size() / 8)

    def place(number: float) -> float:
        inset = 2 + imgui.get_style().grab_min_size / 2  # where imgui's own grab stops
        return low.x + inset + (high.x - low.x - 2 * inset) * travel(row, number)

    def bar(from_x: float, to_x: float, top: float, colour: ImVec4) -> None:
        left, right = min(from_x, to_x), max(from_x, to_x)
        draw.add_rect_filled(ImVec2(left, top), ImVec2(right, high.y), theme.ink(colour))

    hand, zero = place(value), place(min(max(0.0, row.min), row.max))
    bar(zero, hand, low.y, theme.FILL)
    bar(hand - thick / 2, hand + thick / 2, low.y, theme.BLUE if held else theme.GRAB)
    if effective is not None:
        now = place(effective)
        bar(hand, now, high.y - thick, theme.AMBER)
        bar(now - thick / 2, now + thick / 2, low.y, theme.AMBER)
    _write(row, value, effective, low, high)


def _write(row: Parameter, value: float, effective: float | None, low: ImVec2, high: ImVec2):
    """Write the name on the left, on the right the hand's value and the one it is now."""
    draw, pad = _draw_list(), imgui.get_style().frame_padding
    colour = theme.TEXT if effective is None else theme.AMBER
    draw.add_text(ImVec2(low.x + 2 * pad.x, low.y + pad.y), theme.ink(colour), _name(row))
    texts = [(row.unit, theme.DIM), (_number(row) % value, theme.TEXT)]
    if effective is not None:
        texts[1:] = [(_number(row) % effective, theme.AMBER), (_number(row) % value, theme.DIM)]
    right = high.x - 2 * pad.x
    for text, colour in texts:
        if text:
            right -= imgui.calc_text_size(text).x
            draw.add_text(ImVec2(right, low.y + pad.y), theme.ink(colour), text)
            right -= 2 * pad.x


def _draw_list() -> imgui.ImDrawList:
    return imgui.get_window_draw_list()


def _number(row: Parameter) -> str:
    span = row.max - row.min
    return "%.0f" if row.whole or span >= 300 else "%.1f" if span >= 30 else "%.2f"


def _format(row: Parameter) -> str:
    return f"{_number(row)} {row.unit}".rstrip()


def _offer(store: Store, row: Parameter, act: Callable[..., None]) -> None:
    """A right click offers the default, which lets go of the row too, and MIDI controls."""
    if not imgui.begin_popup_context_item("offer"):
        return
    if imgui.menu_item_simple(f"Default: {_format(row) % row.default}"):
        store.set(row.id, row.default)
        store.release(row.id)
    for text, action in (("Learn MIDI", "midi.learn"), ("Forget MIDI", "midi.forget")):
        if imgui.menu_item_simple(text):
            act(action, row.id)
    locks.offer(store, row.id, act)
    imgui.end_popup()


def _tell(row: Parameter, driven: Iterable[Mapping], governed: str) -> None:
    """Resting the mouse on a row tells what it is and what moves it."""
    if not imgui.is_item_hovered(imgui.HoveredFlags_.for_tooltip):
        return
    imgui.begin_tooltip()
    imgui.text(row.help)
    span = " / ".join(row.choices) or f"{row.min:g} to {row.max:g} {row.unit}"
    imgui.text_disabled(f"{row.id}   {span}   right click: default, MIDI")
    if governed:
        imgui.text_colored(theme.BLUE, governed)
    for mapping in driven:
        imgui.text_colored(theme.AMBER, f"{mapping.signal}  {mapping.amount:+g} {row.unit}")
    imgui.end_tooltip()


def travel(row: Parameter, value: float) -> float:
    """Return where on its fader a value lies, 0..1, as imgui's slider has it."""
    if row.curve != "power":
        return (value - row.min) / (row.max - row.min)
    digits = int(_number(row)[2])
    least = max(row.min, 0.1**digits)  # imgui's zero of a logarithmic slider
    return math.log(max(value, least) / least) / math.log(row.max / least)
