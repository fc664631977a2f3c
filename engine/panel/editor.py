"""A mapping's face: its curve with the signal's dot and the answer's, and a control for each field.

In: the mapping, its signal's value, its level, its parameter's row. Out: the mapping as the hand
made it. Main thread.
"""

import math
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import replace

from imgui_bundle import ImVec2, imgui

from engine.mapping import CURVES, HOLDS, LONGEST, SHAPES, Mapping, MappingError
from engine.panel import sources, theme, tip
from engine.panel.controls import Scale, choose, slide
from engine.parameters import Parameter

POINTS = 48  # of a curve that is drawn
LINE = 2.0  # pixels
PLOT = 6.0  # letters' heights, the side of its square
TIMES = ("attack", "release", "delay")
SCALES = {  # of what bends a curve
    "power": Scale("exponent", 0.1, 8.0),
    "threshold": Scale("level", 0.01, 1.0),
    "steps": Scale("steps", 2.0, 16.0, whole=True),
}


def draw_editor(
    m: Mapping, row: Parameter | None, values: Table[str, float], level: float
) -> Mapping:
    """Draw the mapping's face; return it, changed where the hand changed something.

    `values` are all signals; `level` is how far it moves its parameter now, 0..1 of the amount.
    """
    fields: dict[str, object] = _draw_curve(m, values.get(m.signal, 0.0), level)
    imgui.same_line()
    imgui.begin_group()
    fields |= _draw_source(m, values) | _draw_shape(m)
    imgui.end_group()
    fields |= (
        _draw_amount(m, row) | _draw_range(m) | _draw_times(m) | _choose("hold", HOLDS, m.hold, -1)
    )
    try:
        return replace(m, **fields) if fields else m
    except MappingError:  # an empty range, on the way from one to another
        return m


def _draw_curve(m: Mapping, value: float, level: float) -> dict[str, object]:
    """Draw the curve; a drag on it bends it. White is the signal, amber what comes of it."""
    side, corner = imgui.get_font_size() * PLOT, imgui.get_cursor_screen_pos()
    imgui.button("##curve", ImVec2(side, side))
    tip.tell("drag to bend; white is the signal, amber what comes of it")
    pen, inset = imgui.get_window_draw_list(), 4.0

    def at(x: float, y: float) -> ImVec2:
        room = side - 2 * inset
        return ImVec2(corner.x + inset + x * room, corner.y + side - inset - y * room)

    def answer(x: float) -> float:
        return m.shaped(m.low + x * (m.high - m.low))

    end = ImVec2(corner.x + side, corner.y + side)
    pen.add_rect_filled(corner, end, theme.ink(theme.FIELD), 3.0)
    line = [at(n / (POINTS - 1), answer(n / (POINTS - 1))) for n in range(POINTS)]
    pen.add_polyline(line, theme.ink(theme.GRAB), LINE, 0)
    x = min(max((value - m.low) / (m.high - m.low), 0.0), 1.0)
    pen.add_line(at(0, level), at(1, level), theme.ink(theme.with_alpha(theme.AMBER, 0.5)))
    pen.add_circle_filled(at(x, answer(x)), 2 * LINE, theme.ink(theme.TEXT))
    pen.add_circle_filled(at(1, level), 2.5 * LINE, theme.ink(theme.AMBER))
    if not imgui.is_item_active():
        return {}
    mouse = imgui.get_mouse_pos()
    x = (mouse.x - corner.x - inset) / (side - 2 * inset)
    y = (corner.y + side - inset - mouse.y) / (side - 2 * inset)
    return bent(m, min(max(x, 0.02), 0.98), min(max(y, 0.02), 0.98))


def bent(m: Mapping, x: float, y: float) -> dict[str, object]:
    """Return the fields of the mapping whose curve is pulled to this point, both 0..1.

    A line or a power goes through it as a power, a threshold lies there, steps grow with it.
    """
    x = 1 - x if m.invert else x
    if m.curve == "threshold":
        return {"shape": round(x, 3)}
    if m.curve == "steps":
        low, high = SCALES["steps"].low, SCALES["steps"].high
        return {"shape": float(round(low + (high - low) * y))}
    if m.curve == "s":
        return {}
    low, high = SCALES["power"].low, SCALES["power"].high
    exponent = min(max(math.log(y) / math.log(x), low), high)
    return {"curve": "power", "shape": round(exponent, 3)}


def _draw_source(m: Mapping, values: Table[str, float]) -> dict[str, object]:
    """Draw the signal's name, which offers all others, and whether it is turned round."""
    fields: dict[str, object] = {}
    if imgui.button(f"{m.signal}###signal", ImVec2(-1, 0)):
        imgui.open_popup("signals")
    if imgui.begin_popup("signals"):
        if signal := sources.draw_menu(values):
            low, high = sources.RANGES.get(signal, (0.0, 1.0))
            fields = {"signal": signal, "low": low, "high": high}
        imgui.end_popup()
    moved, invert = imgui.checkbox("invert", m.invert)
    return fields | ({"invert": invert} if moved else {})


def _draw_shape(m: Mapping) -> dict[str, object]:
    """Draw the choice of the curve, and what bends it."""
    if curve := _choose("curve", CURVES, m.curve, -1):
        return curve | {"shape": 0.0}
    if m.curve not in SCALES:
        return {}
    return _slide("shape", SCALES[m.curve], m.shape or SHAPES[m.curve], -1)


def _draw_amount(m: Mapping, row: Parameter | None) -> dict[str, object]:
    span = row.max - row.min if row else max(2 * abs(m.amount), 1.0)
    return _slide("amount", Scale("amount", -span, span, row.unit if row else ""), m.amount, -1)


def _draw_range(m: Mapping) -> dict[str, object]:
    """Draw from where to where the signal counts."""
    ends = (*sources.RANGES.get(m.signal, (0.0, 1.0)), m.low, m.high)
    low, high = (Scale(name, min(ends), max(ends)) for name in ("from", "to"))
    width = _share(2)
    fields = _slide("low", low, m.low, width)
    imgui.same_line()
    return fields | _slide("high", high, m.high, width)


def _draw_times(m: Mapping) -> dict[str, object]:
    """Draw how fast and how late it answers, and how often at all, two in a line."""
    fields, width = {}, _share(2)
    for place, name in enumerate(TIMES):
        if place % 2:
            imgui.same_line()
        value = getattr(m, name)
        fields |= _slide(name, Scale(name, 0.0, max(LONGEST, value), fine=True), value, width)
    imgui.same_line()
    return fields | _slide("probability", Scale("chance", 0.0, 1.0), m.probability, width)


def _share(count: int) -> float:
    """Return how wide each of so many controls in a line is."""
    gap, room = imgui.get_style().item_spacing.x, imgui.get_content_region_avail().x
    return (room - (count - 1) * gap) / count


def _choose(field: str, choices: Sequence[str], value: str, width: float) -> dict[str, object]:
    imgui.push_id(field)
    imgui.set_next_item_width(width)
    words = [choice or "none" for choice in choices]
    moved, place = choose(field, words, choices.index(value))
    imgui.pop_id()
    return {field: choices[place]} if moved else {}


def _slide(field: str, scale: Scale, value: float, width: float) -> dict[str, object]:
    """Draw a slider of a field; return what it was moved to, no finer than it can be read."""
    imgui.push_id(field)
    imgui.set_next_item_width(width)
    moved, value = slide(scale, value)
    imgui.pop_id()
    return {field: float(f"{value:.4g}")} if moved else {}
