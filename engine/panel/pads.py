"""Surfaces to play with the mouse: XY pads, each over two macros, a lane's steps side by side.

In: rows and their values. Out: what the hand made of them. Main thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from imgui_bundle import ImVec2, imgui

from engine.panel import theme, tip
from engine.parameters import MACROS, Parameter, Store

PAIRS = (MACROS[0:2], MACROS[2:4])  # of the pads: right, up
PAD = 8.0  # letters' heights of the pad
STEP = 4.0  # letters' heights of a step
DOT, EDGE = 5.0, 3.0  # pixels; the edge of a step is all or nothing


@dataclass(frozen=True)
class Step:
    """How a lane's step is drawn: how wide, whether the hand draws in the lane, if it plays now."""

    width: float
    painted: bool
    used: bool  # whether the lane comes so far
    plays: bool


def draw_pads(store: Store, moves: Mapping[str, str]) -> None:
    """Draw the pads side by side: right is more of a pair's first macro, up of its second.

    moves: the names of what a macro moves, which stand at the pad's edges.
    """
    gap = imgui.get_style().item_spacing.x
    width = (imgui.get_content_region_avail().x + gap) / len(PAIRS) - gap
    for place, pair in enumerate(PAIRS):
        if place:
            imgui.same_line(0, gap)
        _draw_pad(store, pair, moves, ImVec2(width, imgui.get_font_size() * PAD))


def _draw_pad(store: Store, pair: tuple[str, str], moves: Mapping[str, str], size: ImVec2) -> None:
    corner, pen = imgui.get_cursor_screen_pos(), imgui.get_window_draw_list()
    imgui.button(f"##{pair[0]}", size)
    tip.tell(f"{pair[0]} to the right, {pair[1]} up")
    if imgui.is_item_active():
        mouse = imgui.get_mouse_pos()
        store.set(pair[0], (mouse.x - corner.x) / size.x)
        store.set(pair[1], 1 - (mouse.y - corner.y) / size.y)
    end = ImVec2(corner.x + size.x, corner.y + size.y)
    pen.add_rect_filled(corner, end, theme.ink(theme.FIELD), 3.0)
    _name_edges(corner, end, *(moves.get(macro, "") for macro in pair))
    hand, place = (tuple(map(read, pair)) for read in (store.get, store.effective))
    for (right, up), colour in ((hand, theme.GRAB), (place, theme.AMBER))[: 1 + (place != hand)]:
        x, y = corner.x + size.x * right, end.y - size.y * up
        pen.add_line(ImVec2(x, corner.y), ImVec2(x, end.y), theme.ink(theme.FILL))
        pen.add_line(ImVec2(corner.x, y), ImVec2(end.x, y), theme.ink(theme.FILL))
        pen.add_circle_filled(ImVec2(x, y), DOT, theme.ink(colour))


def _name_edges(corner: ImVec2, end: ImVec2, right: str, up: str) -> None:
    """Write what more to the right moves at the right edge, below, and what more up does above."""
    pen, ink = imgui.get_window_draw_list(), theme.ink(theme.DIM)
    size = imgui.calc_text_size(right)
    left = max(end.x - size.x - EDGE, corner.x + EDGE)
    pen.push_clip_rect(corner, end, True)
    pen.add_text(ImVec2(corner.x + EDGE, corner.y), ink, up)
    pen.add_text(ImVec2(left, end.y - size.y), ink, right)
    pen.pop_clip_rect()


def is_painted(rows: list[Parameter]) -> bool:
    """Return whether the hand draws in a lane's steps: it began in one, and is not let go."""
    active = imgui.internal.get_active_id()
    for row in rows if active else ():
        imgui.push_id(row.id)
        is_there = imgui.get_id("##value") == active
        imgui.pop_id()
        if is_there:
            return True
    return False


def draw_step(value: float, effective: float, step: Step) -> tuple[bool, float]:
    """Draw one step of a lane as an upright bar; return whether it was moved, and to what."""
    size, corner = ImVec2(step.width, imgui.get_font_size() * STEP), imgui.get_cursor_screen_pos()
    imgui.button("##value", size)
    mouse, moved = imgui.get_mouse_pos(), False
    left, right = sorted((mouse.x, imgui.get_io().mouse_pos_prev.x))  # a fast hand skips none
    if step.painted and corner.x <= right and left < corner.x + size.x:
        share = (corner.y + size.y - mouse.y) / (size.y - 2 * EDGE)
        moved, value = True, min(max(round(share, 2), 0.0), 1.0)
    end, pen = ImVec2(corner.x + size.x, corner.y + size.y), imgui.get_window_draw_list()
    ground, bar = theme.FIELD, theme.GRAB if step.used else theme.FILL
    if step.plays:
        ground, bar = theme.FIELD_LIT, theme.AMBER
    pen.add_rect_filled(corner, end, theme.ink(ground), 2.0)
    top = ImVec2(corner.x, end.y - size.y * (value if moved else effective))
    pen.add_rect_filled(top, end, theme.ink(bar), 2.0)
    return moved, value
