"""The panel's set list: the next cue large, what comes after it, the buttons that call them.

In: the cues (cues, place, missing, bars). Out: actions asked for. Main thread.
"""

from collections.abc import Callable
from itertools import pairwise

from imgui_bundle import ImVec2, imgui

from engine.panel import midi, theme
from engine.panel.tiles import cut

AFTER = 2  # cues seen beyond the next one


def draw_cues(cues, act: Callable[..., None]) -> None:
    """Draw the set list; nothing where there is none."""
    if not cues.cues:
        return
    imgui.separator_text("SET LIST")
    coming = cues.cues[cues.place + 1 : cues.place + 2 + AFTER]
    there = not coming or coming[0].preset not in cues.missing
    _draw_name(
        *(coming[0].song, coming[0].preset) if coming else ("", "the last cue plays"), there, cues
    )
    _draw_buttons(act)  # above what comes and goes: GO must be where the hand left it
    if coming:
        _draw_about(coming[0], cues.bars, there)
    for before, cue in pairwise(coming):
        song = f"{cue.song}:  " if cue.song != before.song else ""
        there = cue.preset not in cues.missing
        note = cue.note if there else "no such preset"
        _write(f"then  {song}{cue.preset}   {note}", theme.DIM if there else theme.RED)


def _draw_name(song: str, preset: str, there: bool, cues) -> None:
    number = min(cues.place + 2, len(cues.cues))
    _write(f"{song}   {number}/{len(cues.cues)}", theme.DIM)
    imgui.push_font(None, theme.TYPE * theme.LARGE)
    _write(preset, theme.TEXT if there else theme.RED)
    imgui.pop_font()


def _draw_about(cue, bars: int | None, there: bool) -> None:
    if not there:
        _write("no such preset: the picture stays", theme.RED)
    if bars is not None:
        _write(f"by itself in {bars} bars" if bars != 1 else "by itself on the bar", theme.AMBER)
    if cue.note:
        _write(cue.note, theme.TEXT)


def _draw_buttons(act: Callable[..., None]) -> None:
    half = (imgui.get_content_region_avail().x - imgui.get_style().item_spacing.x) / 2
    height = imgui.get_frame_height()
    for row, tall in (
        ((("GO", "cue.go"), ("Back", "cue.back")), 1.5),
        ((("< Song", "song.previous"), ("Song >", "song.next")), 1.0),
    ):
        for place, (text, action) in enumerate(row):
            if place:
                imgui.same_line()
            if imgui.button(text, ImVec2(half, tall * height)):
                act(action)
            midi.offer(action, act)


def _write(text: str, colour) -> None:
    """Write a line that ends where the column does: its end must not break the eye's rhythm."""
    imgui.text_colored(colour, cut(text, imgui.get_content_region_avail().x))
