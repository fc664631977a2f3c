"""The panel's lines: what is wrong and still is, in sight as long as that; below it what was said.

In: messages (lines, errors, faults). Out: nothing. Main thread.
"""

from imgui_bundle import ImVec2, imgui

from engine.panel import theme
from engine.panel.tiles import cut

LINES = 4  # seen at once; the wheel shows those before
STANDING = 5  # faults seen at once

_PADDED = imgui.ChildFlags_.always_use_window_padding


def height(messages) -> float:
    """Return how high the lines are: higher while something stands."""
    lines = LINES + min(len(messages.faults), STANDING)
    room = lines * imgui.get_text_line_height_with_spacing()
    return room + 2 * imgui.get_style().window_padding.y


def draw_log(messages) -> None:
    """Draw what stands on red, then what was said, errors red, the newest in sight."""
    errors = set(messages.errors)
    imgui.begin_child("messages", ImVec2(0, 0), _PADDED)
    for line in list(messages.faults.values())[-STANDING:]:
        _draw_standing(line)
    imgui.begin_child("said", ImVec2(0, 0))
    for line in list(messages.lines):
        imgui.text_colored(theme.RED if line in errors else theme.DIM, line)
    if imgui.get_scroll_y() >= imgui.get_scroll_max_y():  # nobody has turned back
        imgui.set_scroll_here_y(1.0)
    imgui.end_child()
    imgui.end_child()


def _draw_standing(line: str) -> None:
    corner, room = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
    size = ImVec2(room, imgui.get_text_line_height())
    pad, pen = imgui.get_style().frame_padding.x, imgui.get_window_draw_list()
    end = ImVec2(corner.x + size.x, corner.y + size.y)
    pen.add_rect_filled(corner, end, theme.ink(theme.with_alpha(theme.RED, 0.55)), 2.0)
    at = ImVec2(corner.x + pad, corner.y)
    pen.add_text(at, theme.ink(theme.TEXT), cut(line, room - 2 * pad))
    imgui.dummy(size)
    imgui.set_item_tooltip(line)
