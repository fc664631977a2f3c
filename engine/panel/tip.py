"""Words about what the mouse rests on: at the right of the log, so that they hide
nothing that one presses, and no line's beginning.

In: the last item. Out: a tooltip. Main thread.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from imgui_bundle import ImVec2, imgui

WIDE = 45  # letters' heights, at most
RESTS = imgui.HoveredFlags_.for_tooltip


def rests(how: int = RESTS) -> bool:
    """Return whether the mouse rests on the last item."""
    return imgui.is_item_hovered(how)


@contextmanager
def window() -> Iterator[None]:
    """Let what is drawn inside stand at the panel's foot, on the right."""
    view = imgui.get_main_viewport()
    foot = ImVec2(view.pos.x + view.size.x, view.pos.y + view.size.y)
    imgui.set_next_window_pos(foot, imgui.Cond_.always, ImVec2(1, 1))
    imgui.begin_tooltip()
    imgui.push_text_wrap_pos(min(WIDE * imgui.get_font_size(), 0.9 * view.size.x))
    yield
    imgui.pop_text_wrap_pos()
    imgui.end_tooltip()


def tell(text: str) -> None:
    """Say this while the mouse rests on the last item."""
    if rests():
        with window():
            imgui.text(text)
