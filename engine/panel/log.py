"""The panel's lines, in a place that never grows: what stands lies over what was said.

In: messages (lines, errors, faults), what a control is sought for, a warning. Out: midi.forget.
Main thread.
"""

from collections.abc import Callable

from imgui_bundle import ImVec2, ImVec4, imgui

from engine.panel import theme, tip
from engine.panel.tiles import cut

LINES = 4  # seen at once, of which the last is always what was said; the wheel shows those before

_PADDED = imgui.ChildFlags_.always_use_window_padding


def height() -> float:
    """Return how high the lines are, whatever stands."""
    style = imgui.get_style()
    room = LINES * imgui.get_text_line_height_with_spacing() - style.item_spacing.y
    return room + 2 * style.window_padding.y


def draw_log(messages, learning: str, warning: str, act: Callable[..., None]) -> None:
    """Draw what is sought, the warning and what is wrong as bars, and below them what was said."""
    imgui.begin_child("messages", ImVec2(0, 0), _PADDED)
    if learning:
        _draw_sought(learning, act)
    if warning:
        _draw_bar(warning, theme.RED)
    faults = list(messages.faults.values())
    for line in _few(faults, LINES - 1 - bool(learning) - bool(warning)):
        _draw_bar(line, theme.RED)
    _draw_said(messages, faults)
    imgui.end_child()


def _few(lines: list[str], room: int) -> list[str]:
    """Return the newest of these lines, as many as there is room for; the others in one."""
    if len(lines) <= room:
        return lines
    others = [line.partition(":")[0] for line in lines[: len(lines) - room + 1]]
    return [f"also wrong: {', '.join(others)}", *lines[len(others) :]]


def _draw_said(messages, faults: list[str]) -> None:
    """Draw what was said and does not stand above, errors red, the newest in sight."""
    errors = set(messages.errors)
    imgui.begin_child("said", ImVec2(0, 0))
    room = imgui.get_content_region_avail().x
    for line in list(messages.lines):
        if not any(fault.startswith(line) for fault in faults):
            seen = cut(line, room)
            imgui.text_colored(theme.RED if line in errors else theme.DIM, seen)
            if seen != line:
                tip.tell(line)
    if imgui.get_scroll_y() >= imgui.get_scroll_max_y():  # nobody has turned back
        imgui.set_scroll_here_y(1.0)
    imgui.end_child()


def _draw_sought(learning: str, act: Callable[..., None]) -> None:
    if imgui.small_button("Stop learning"):
        act("midi.forget")
    imgui.same_line()
    _draw_bar(f"move a control for {learning}", theme.AMBER)


def _draw_bar(line: str, colour: ImVec4) -> None:
    corner, room = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
    size = ImVec2(room, imgui.get_text_line_height())
    pad, pen = imgui.get_style().frame_padding.x, imgui.get_window_draw_list()
    end = ImVec2(corner.x + size.x, corner.y + size.y)
    pen.add_rect_filled(corner, end, theme.ink(theme.with_alpha(colour, 0.55)), 2.0)
    at = ImVec2(corner.x + pad, corner.y)
    pen.add_text(at, theme.ink(theme.TEXT), cut(line, room - 2 * pad))
    imgui.dummy(size)
    tip.tell(line)
