"""Bars for all signals, the sound's first. In: signals.all(). Main thread."""

from imgui_bundle import ImVec2, imgui

from engine.mapping import Signals
from engine.panel import theme

FIRST = ("audio", "beat", "bar", "tempo")  # groups in the order in which they are drawn
DECIBELS = 60.0  # below full scale where a bar of dBFS is empty
NUMBERS = ("tempo.bpm", "beat.count")  # counted, not between 0 and 1


def draw_meters(signals: Signals) -> None:
    """Draw a bar for each signal under its group's name."""
    group = ""
    for name, value in sorted(signals.all().items(), key=lambda item: _order(item[0])):
        if name.partition(".")[0] != group:
            group = name.partition(".")[0]
            imgui.text_disabled(group.upper())
        _bar(name, value)


def _order(name: str) -> int:
    group = name.partition(".")[0]
    return FIRST.index(group) if group in FIRST else len(FIRST)


def _bar(name: str, value: float) -> None:
    height, width = imgui.get_font_size() * 1.25, imgui.get_content_region_avail().x
    corner, draw = imgui.get_cursor_screen_pos(), imgui.get_window_draw_list()
    end = ImVec2(corner.x + width, corner.y + height)
    draw.add_rect_filled(corner, end, theme.ink(theme.FIELD), 2.0)
    full = ImVec2(corner.x + width * _part(name, value), end.y)
    draw.add_rect_filled(corner, full, theme.ink(theme.with_alpha(theme.AMBER, 0.55)), 2.0)
    pad = height * 0.1
    text = f"{value:.0f}" if name in NUMBERS or name.endswith("dbfs") else f"{value:.2f}"
    label = name.partition(".")[2] or name
    draw.add_text(ImVec2(corner.x + 3 * pad, corner.y + pad), theme.ink(theme.TEXT), label)
    left = end.x - imgui.calc_text_size(text).x - 3 * pad
    draw.add_text(ImVec2(left, corner.y + pad), theme.ink(theme.TEXT), text)
    imgui.dummy(ImVec2(width, height))


def _part(name: str, value: float) -> float:
    if name in NUMBERS:
        return 0.0
    if name.endswith("dbfs"):
        value = 1 + value / DECIBELS
    return min(max(value, 0.0), 1.0)
