"""Meters for all signals, the sound's first and close together. In: signals.all(). Main thread."""

from imgui_bundle import ImVec2, imgui

from engine.mapping import Signals
from engine.panel import theme, tip
from engine.panel.tiles import cut

FIRST = ("audio", "beat", "bar", "phrase", "tempo")  # groups in the order in which they are drawn
NOTES = ("c", "c#", "d", "d#", "e", "f", "f#", "g", "g#", "a", "a#", "b")
ROWS = tuple(
    tuple(f"audio.{name}" for name in row)
    for row in (
        ("level", "dbfs"),
        ("peak", "clip"),
        ("bass", "mid"),
        ("treble", "air"),
        ("kick", "snare", "hat"),
        ("onset", "flux"),
        tuple(f"mel.{number}" for number in range(1, 9)),
        ("centroid", "flatness"),
        tuple(f"chroma.{note}" for note in NOTES),
        ("key", "key.fifths", "key.sure"),
        ("pitch.note", "pitch", "pitch.sure"),
        ("loudness", "trend"),
        ("build", "drop"),
        ("silence",),
    )
)  # signals that stand side by side; all others have a row of their own
PLACES = {name: place for place, row in enumerate(ROWS) for name in row}
SHORT = {
    "loudness": "loud",
    "key.fifths": "fifths",
    "key.sure": "sure",
    "pitch.note": "note",
    "pitch.sure": "sure",
}
DECIBELS = 60.0  # below full scale where a bar of dBFS is empty
NUMBERS = ("tempo.bpm", "audio.key", "audio.pitch.note")  # not between 0 and 1; so are all counts
STANDING = 4  # more than so many in a row stand upright
ALARM = "audio.clip"


def draw_meters(signals: Signals) -> None:
    """Draw a meter for each signal under its group's name."""
    group = ""
    for row in _rows(signals.all()):
        if row[0][0].partition(".")[0] != group:
            group = row[0][0].partition(".")[0]
            imgui.text_disabled(group.upper())
        gap = imgui.get_style().item_spacing.x / 4
        width = (imgui.get_content_region_avail().x + gap) / len(row) - gap
        for place, (name, value) in enumerate(row):
            if place:
                imgui.same_line(0, gap)
            _bar(name, value, width, len(row))


def _rows(values: dict[str, float]) -> list[list[tuple[str, float]]]:
    """Return the signals in the order in which they are drawn, those side by side together."""
    rows: list[list[tuple[str, float]]] = []
    before = None
    for name, value in sorted(values.items(), key=lambda item: _order(item[0])):
        place = PLACES.get(name)
        if place is None or place != before:
            rows.append([])
        rows[-1].append((name, value))
        before = place
    return rows


def _order(name: str) -> tuple[int, int, int]:
    group = name.partition(".")[0]
    place = PLACES.get(name, len(ROWS))
    within = ROWS[place].index(name) if place < len(ROWS) else 0
    return FIRST.index(group) if group in FIRST else len(FIRST), place, within


def _bar(name: str, value: float, width: float, beside: int) -> None:
    """Draw one meter; upright, or with its number, where there is room for that."""
    upright = beside > STANDING
    height = imgui.get_font_size() * (2.0 if upright else 1.25)
    corner, draw = imgui.get_cursor_screen_pos(), imgui.get_window_draw_list()
    end = ImVec2(corner.x + width, corner.y + height)
    draw.add_rect_filled(corner, end, theme.ink(theme.FIELD), 2.0)
    part = _part(name, value)
    full = ImVec2(end.x, end.y) if upright else ImVec2(corner.x + width * part, end.y)
    start = ImVec2(corner.x, end.y - height * part) if upright else corner
    colour = theme.RED if name == ALARM else theme.AMBER
    draw.add_rect_filled(start, full, theme.ink(theme.with_alpha(colour, 0.55)), 2.0)
    _write(name, value, corner, end, beside)
    imgui.dummy(ImVec2(width, height))
    if beside > 1:
        tip.tell(f"{name}  {_number(name, value)}")


def _write(name: str, value: float, corner: ImVec2, end: ImVec2, beside: int) -> None:
    """Write a meter's name, and its number where not more than two share the row."""
    draw, ink = imgui.get_window_draw_list(), theme.ink(theme.TEXT)
    label = name.partition(".")[2] or name
    if beside > STANDING:
        label = label.rpartition(".")[2]
        x = (corner.x + end.x - imgui.calc_text_size(label).x) / 2
        draw.add_text(ImVec2(x, end.y - imgui.get_font_size() * 1.1), ink, label)
        return
    pad = imgui.get_font_size() * 0.125
    number = _number(name, value)
    if beside > 1:
        label, number = SHORT.get(label, label), number.removeprefix("0")  # .86: room for the name
    if beside > 2:
        label, number = (name in NUMBERS and number) or label, ""
    left = end.x - imgui.calc_text_size(number).x - 3 * pad
    at = ImVec2(corner.x + 3 * pad, corner.y + pad)
    draw.add_text(at, ink, cut(label, left - at.x - 2 * pad if number else end.x - at.x))
    draw.add_text(ImVec2(left, at.y), ink, number)


def _number(name: str, value: float) -> str:
    """Return a value as it is written: a key and a note by their names."""
    if name == "audio.key":
        mode = "minor" if value > 12 else "major"
        return f"{NOTES[round(value - 1) % 12].upper()} {mode}" if value else ""
    if name == "audio.pitch.note":
        note = round(value)
        return f"{NOTES[note % 12].upper()}{note // 12 - 1}" if value else ""
    if name in NUMBERS or name.endswith((".count", "dbfs")):
        return f"{value:.0f}"
    return f"{value:.2f}"


def _part(name: str, value: float) -> float:
    if name in NUMBERS or name.endswith(".count"):
        return 0.0
    if name.endswith("dbfs"):
        value = 1 + value / DECIBELS
    return min(max(value, 0.0), 1.0)
