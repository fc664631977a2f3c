"""The panel's set list: what plays, the next cue large, what comes after, the buttons for them.

In: the cues (cues, place, waits, missing, bars). Out: actions asked for. Main thread. Each line has
its place, whether there is something to say or not: GO must be where the hand left it.
"""

from collections.abc import Callable

from imgui_bundle import ImVec2, imgui

from engine.panel import midi, theme
from engine.panel.tiles import cut

AFTER = 2  # cues seen beyond the next one


def draw_cues(cues, act: Callable[..., None]) -> None:
    """Draw the set list; nothing where there is none."""
    if not cues.cues:
        return
    imgui.separator_text("SET LIST")
    coming = list(cues.cues[cues.place + 1 : cues.place + 2 + AFTER])
    before = cues.cues[cues.place] if cues.place >= 0 else None
    waits = before and cues.waits
    text = f"{'on its beat' if waits else 'now'}  {before.preset}" if before else ""
    _write(text, theme.AMBER if waits else theme.DIM)
    _draw_next(coming[0] if coming else None, cues)
    _draw_buttons(act)
    _draw_about(coming[0] if coming else None, cues)
    for place in range(1, 1 + AFTER):
        _draw_after(coming[place - 1 : place + 1], cues.missing)


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
    _write(cue.preset if cue else "the last cue plays", theme.RED if missing else theme.TEXT)
    imgui.pop_font()


def _draw_about(cue, cues) -> None:
    """Draw in one line when the next cue comes by itself, and its note."""
    if cue and cue.preset in cues.missing:
        _write("no such preset: the picture stays", theme.RED)
        return
    if cue and cues.bars is not None:
        text = f"in {cues.bars} bars" if cues.bars != 1 else "on the bar"
        imgui.text_colored(theme.AMBER, text)
        imgui.same_line()
    _write(cue.note if cue else "", theme.TEXT)


def _draw_after(pair, missing) -> None:
    """Draw the second of these cues, with its song where that is another one."""
    if len(pair) < 2:
        _write("", theme.DIM)
        return
    before, cue = pair
    song = f"{cue.song}:  " if cue.song != before.song else ""
    there = cue.preset not in missing
    note = cue.note if there else "no such preset"
    _write(f"then  {song}{cue.preset}   {note}", theme.DIM if there else theme.RED)


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
