"""The panel's set list: the next cue large, what comes after it, the buttons that call them.

In: the cues (cues, place, next, bars). Out: actions asked for. Main thread.
"""

from collections.abc import Callable
from itertools import pairwise

from imgui_bundle import ImVec2, imgui

from engine.panel import theme

AFTER = 2  # cues seen beyond the next one


def draw_cues(cues, act: Callable[..., None]) -> None:
    """Draw the set list; nothing where there is none."""
    if not cues.cues:
        return
    imgui.separator_text("SET LIST")
    coming = cues.cues[cues.place + 1 : cues.place + 2 + AFTER]
    if coming:
        _draw_next(coming[0], f"{cues.place + 2}/{len(cues.cues)}", cues.bars)
    else:
        imgui.text_disabled("the last cue plays")
    for before, cue in pairwise(coming):
        song = f"{cue.song}:  " if cue.song != before.song else ""
        _write(f"then  {song}{cue.preset}   {cue.note}", theme.DIM)
    _draw_buttons(act)


def _draw_next(cue, place: str, bars: int | None) -> None:
    _write(f"{cue.song}   {place}", theme.DIM)
    imgui.push_font(None, theme.TYPE * theme.LARGE)
    _write(cue.preset, theme.TEXT)
    imgui.pop_font()
    if bars is not None:
        _write(f"by itself in {bars} bars" if bars != 1 else "by itself on the bar", theme.AMBER)
    if cue.note:
        _write(cue.note, theme.TEXT)


def _draw_buttons(act: Callable[..., None]) -> None:
    style, height = imgui.get_style(), imgui.get_frame_height()
    quarter = (imgui.get_content_region_avail().x - 3 * style.item_spacing.x) / 5
    buttons = (
        ("GO", "cue.go", 2), ("Back", "cue.back", 1),
        ("< Song", "song.previous", 1), ("Song >", "song.next", 1),
    )  # fmt: skip
    for place, (text, action, share) in enumerate(buttons):
        if place:
            imgui.same_line()
        if imgui.button(text, ImVec2(share * quarter, 1.5 * height)):
            act(action)


def _write(text: str, colour) -> None:
    """Write a line that ends where the column does: its end must not break the eye's rhythm."""
    room = imgui.get_content_region_avail().x
    while text and imgui.calc_text_size(text).x > room:
        text = text[:-2].rstrip("…") + "…"
    imgui.text_colored(colour, text)
