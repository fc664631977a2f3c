"""The panel's crossfader: what A and B are, and the fader between them.

In: the names of both ends (status), the store. Out: mix.a and mix.b asked for, the fader set by
hand. Main thread.
"""

from collections.abc import Callable

from imgui_bundle import ImVec2, imgui

from engine.panel import theme, tip
from engine.panel.status import Status
from engine.panel.tiles import cut
from engine.parameters import Store

FADER = "mix.ab"


def draw_crossfader(store: Store, status: Status, act: Callable[..., None]) -> None:
    """Draw a button for each end, which takes the look of now; the fader, dim until both are."""
    imgui.separator_text("CROSSFADER")
    half = (imgui.get_content_region_avail().x - imgui.get_style().item_spacing.x) / 2
    pad = imgui.get_style().frame_padding.x
    for side, name in zip("ab", status.ends, strict=True):
        text = cut(f"{side.upper()}   {name or 'take'}", half - 2 * pad)
        if imgui.button(f"{text}###{side}", ImVec2(half, imgui.get_frame_height() * 1.3)):
            act(f"mix.{side}")
        tip.tell("Take the look of now; a preset by a right click on its picture")
        imgui.same_line()
    imgui.new_line()
    imgui.begin_disabled(not all(status.ends))
    _draw_fader(store)
    imgui.end_disabled()


def _draw_fader(store: Store) -> None:
    """A fader as wide as the column; amber where a mapping holds it elsewhere."""
    hand, now = store.get(FADER), store.effective(FADER)
    imgui.set_next_item_width(-1)
    imgui.push_style_var(imgui.StyleVar_.grab_min_size, imgui.get_font_size() * 1.5)
    moved, place = imgui.slider_float("##ab", hand, 0.0, 1.0, "")
    imgui.pop_style_var()
    if moved:
        store.set(FADER, place)
    if now != hand:
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        x, thick = low.x + now * (high.x - low.x), imgui.get_font_size() / 8
        pen = imgui.get_window_draw_list()
        pen.add_rect_filled(ImVec2(x - thick, low.y), ImVec2(x, high.y), theme.ink(theme.AMBER))
