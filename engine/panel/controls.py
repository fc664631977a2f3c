"""A slider and a menu: imgui's, for its ways with mouse and keys, with our own face.

In: a slider's scale or a menu's choices, the hand's value, what it is now. Out: what the hand made
of it. Main thread.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from imgui_bundle import ImVec2, ImVec4, imgui

from engine.panel import theme
from engine.panel.tiles import cut
from engine.parameters import LAYER_FAMILY, Parameter

HIDDEN = ImVec4(0, 0, 0, 0)
_EVEN = imgui.SliderFlags_.always_clamp
_FINE = _EVEN | imgui.SliderFlags_.logarithmic
PAINTS = {  # of the layers of a resolution, what they paint
    "from": "fields",
    "b256": "folds",
    "b128": "stripes",
    "b64": "skins",
    "b32": "weaves",
    "b16": "cells",
    "b8": "feathers",
}


@dataclass(frozen=True)
class Scale:
    """What a slider shows: its name, from where to where it goes; a fine one has zero far left."""

    name: str
    low: float
    high: float
    unit: str = ""
    fine: bool = False
    whole: bool = False

    @property
    def number(self) -> str:
        """The format of a value: as many digits as can be told apart."""
        span = self.high - self.low
        return "%.0f" if self.whole or span >= 300 else "%.1f" if span >= 30 else "%.2f"

    def written(self, value: float) -> str:
        """Return a value as it is read, with its unit."""
        return f"{self.number % value} {self.unit}".rstrip()


def scale_of(row: Parameter, moves: str = "") -> Scale:
    """Return the scale of a row of the table; a macro's name stands beside what it moves."""
    name = f"{name_of(row)}   {moves}" if moves else name_of(row)
    return Scale(name, row.min, row.max, row.unit, row.curve == "power", row.whole)


def name_of(row: Parameter) -> str:
    """Return the name that stands on a row's control; a layer's with what it paints."""
    name = row.id.rpartition(".")[2].replace("_", " ")
    paints = PAINTS.get(name.partition(" ")[0]) if row.id.startswith(LAYER_FAMILY) else None
    return f"{name}   {paints}" if paints else name


def choose(name: str, choices: Sequence[str], value: int) -> tuple[bool, int]:
    """Draw the menu; return whether the hand chose, and which place in `choices`."""
    moved = False
    if imgui.begin_combo("##value", f"{name}:  {choices[value]}"):
        for place, choice in enumerate(choices):
            if imgui.selectable(choice, place == value)[0]:
                moved, value = True, place
        imgui.end_combo()
    return moved, value


def slide(
    scale: Scale, value: float, effective: float | None = None, held: bool = False
) -> tuple[bool, float]:
    """Draw the slider; return whether the hand moved it, and to what.

    `effective` is what the value is now, if something else moves it.
    """
    typing = imgui.internal.temp_input_is_active(imgui.get_id("##value"))
    flags, text = _FINE if scale.fine else _EVEN, f"{scale.number} {scale.unit}".rstrip()
    for part in (imgui.Col_.slider_grab, imgui.Col_.slider_grab_active):
        imgui.push_style_color(part, HIDDEN)
    imgui.push_style_color(imgui.Col_.text, theme.TEXT if typing else HIDDEN)
    moved, value = imgui.slider_float("##value", value, scale.low, scale.high, text, flags)
    imgui.pop_style_color(3)
    if not typing and imgui.is_item_visible():
        _paint(scale, value, effective, held)
    return moved, value


def _paint(scale: Scale, value: float, effective: float | None, held: bool) -> None:
    """Fill the slider from zero to the hand's value, blue if that is held; amber is where it is.

    A handle that would cross a text is seen above and below it.
    """
    draw = imgui.get_window_draw_list()
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    thick, tick = max(2.0, imgui.get_font_size() / 8), imgui.get_style().frame_padding.y + 1
    texts = _laid(scale, value, effective, low.x, high.x)

    def place(number: float) -> float:
        inset = 2 + imgui.get_style().grab_min_size / 2  # where imgui's own grab stops
        return low.x + inset + (high.x - low.x - 2 * inset) * travel(scale, number)

    def bar(from_x: float, to_x: float, top: float, bottom: float, colour: ImVec4) -> None:
        left, right = min(from_x, to_x), max(from_x, to_x)
        draw.add_rect_filled(ImVec2(left, top), ImVec2(right, bottom), theme.ink(colour))

    def handle(x: float, colour: ImVec4) -> None:
        left, right = x - thick / 2, x + thick / 2
        crossed = any(start < right + 3 and left - 3 < end for start, end, _, _ in texts)
        bar(left, right, low.y, low.y + tick if crossed else high.y, colour)
        if crossed:
            bar(left, right, high.y - tick, high.y, colour)

    hand, zero = place(value), place(min(max(0.0, scale.low), scale.high))
    bar(zero, hand, low.y, high.y, theme.FILL)
    handle(hand, theme.BLUE if held else theme.GRAB)
    if effective is not None:
        now = place(effective)
        bar(hand, now, high.y - thick, high.y, theme.AMBER)
        handle(now, theme.AMBER)
    for start, _, text, colour in texts:
        at = ImVec2(start, low.y + imgui.get_style().frame_padding.y)
        draw.add_text(at, theme.ink(colour), text)


def _laid(
    scale: Scale, value: float, effective: float | None, left: float, right: float
) -> list[tuple[float, float, str, ImVec4]]:
    """Return where each text of a slider begins and ends, itself and its colour.

    The name stands on the left, on the right the hand's value and the one it is now; where these
    would meet, the unit is left out, then the hand's value, then the name's end.
    """
    pad, name, colour = 2 * imgui.get_style().frame_padding.x, scale.name, theme.TEXT
    numbers = [(scale.number % value, theme.TEXT)]
    if effective is not None:
        colour = theme.AMBER
        numbers = [(scale.number % effective, theme.AMBER), (scale.number % value, theme.DIM)]
    end = left + pad + imgui.calc_text_size(name).x
    unit = [(scale.unit, theme.DIM)] if scale.unit else []
    for texts in (unit + numbers, numbers, numbers[:1]):
        placed = _from_right(texts, right - pad, pad)
        if placed[-1][0] > end:
            break
    else:
        name, end = cut(name, placed[-1][0] - pad - left - 1), placed[-1][0] - 1
    return [(left + pad, end, name, colour), *placed]


def _from_right(
    texts: Sequence[tuple[str, ImVec4]], end: float, gap: float
) -> list[tuple[float, float, str, ImVec4]]:
    """Return where these texts begin and end, one to the left of the other."""
    placed = []
    for text, colour in texts:
        start = end - imgui.calc_text_size(text).x
        placed.append((start, end, text, colour))
        end = start - gap
    return placed


def travel(scale: Scale, value: float) -> float:
    """Return where on its slider a value lies, 0..1, as imgui's slider has it."""
    if not scale.fine:
        return (value - scale.low) / (scale.high - scale.low)
    digits = int(scale.number[2])
    least = max(scale.low, 0.1**digits)  # imgui's zero of a logarithmic slider
    return math.log(max(value, least) / least) / math.log(scale.high / least)
