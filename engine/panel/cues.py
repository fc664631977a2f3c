"""The panel's set list: what plays, the next cue large, what comes after, the buttons for them.

In: the cues (cues, place, waits, missing, bars). Out: actions asked for. Main thread. Each line has
its place, whether there is something to say or not: GO must be where the hand left it.
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
    called = cues.cues[cues.place] if cues.place >= 0 else None
    when = "on its beat" if cues.waits else "now" if cues.plays else "before"
    text = f"{when}  {called.preset}" if called else ""
    _write(text, theme.AMBER if cues.waits else theme.DIM)
    _draw_next(coming[0] if coming else None, cues)
    _draw_buttons(act)
    if coming:
        _draw_about(coming[0], cues)
    for pair in pairwise(coming):
        _draw_after(*pair, cues.missing)
    _draw_gone(cues.cues[: max(cues.place, 0)], 1 + AFTER - len(coming))


def _draw_next(cue, cues) -> None:
    """Draw the next cue's song, how far the night is, and its preset, large."""
    number = f"{min(cues.place + 2, len(cues.cues))}/{len(cues.cues)}"
    left, room = imgui.get_cursor_pos_x(), imgui.get_content_region_avail().x
    room -= imgui.calc_text_size(number).x + imgui.get_style().item_spacing.x
    imgui.text_colored(theme.DIM, cut(cue.song if cue else "", room))
    imgui.same_line(left + room + imgui.get_style().item_spacing.x)
    imgui.text_colored(theme.DIM, number)
    imgui.push_font(None, theme.TYPE * theme.LARGE)
    missing = cue and cue.preset in cues.missing
    _write(cue.preset if cue else "no more cues", theme.RED if missing else theme.TEXT)
    imgui.pop_font()


def _draw_about(cue, cues) -> None:
    """Draw in one line when the next cue comes by itself, and its note."""
    if cue.preset in cues.missing:
        _write("no such preset: the picture stays", theme.RED)
        return
    if cues.bars is not None:
        text = f"in {cues.bars} bars" if cues.bars != 1 else "on the bar"
        imgui.text_colored(theme.AMBER, text)
        imgui.same_line()
    _write(cue.note, theme.TEXT)


def _draw_after(before, cue, missing) -> None:
    """Draw a cue that comes after the one `before`, with its song where that is another one."""
    song = f"{cue.song}:  " if cue.song != before.song else ""
    there = cue.preset not in missing
    note = cue.note if there else "no such preset"
    _write(f"then  {song}{cue.preset}   {note}", theme.DIM if there else theme.RED)


def _draw_gone(cues, lines: int) -> None:
    """Draw in the lines that are left over what was played, the last of it first."""
    gone = cues[::-1][:lines]
    for cue in gone:
        _write(f"before  {cue.preset}   {cue.note}".rstrip(), theme.DIM)
    for _ in range(lines - len(gone)):
        _write("", theme.DIM)


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
