"""What may move a parameter: the menu of signals, the one that is learned, a mapping to begin with.

In: the board of signals, a parameter's row. Out: the chosen signal's name, a mapping. Main thread.
"""

import math
from collections.abc import Mapping as Table

from imgui_bundle import ImVec2, imgui

from engine.mapping import Mapping
from engine.panel import theme
from engine.parameters import Parameter

FIRST = ("audio", "beat", "bar", "phrase", "lfo", "macro", "lane", "note", "midi")  # groups
BY_HAND = ("macro", "note", "midi")  # groups that move only when somebody moves them
BY_MUSIC = ("audio",)
RANGES = {  # of the signals that do not go from 0 to 1
    "audio.dbfs": (-60.0, 0.0),
    "audio.key": (1.0, 24.0),
    "audio.pitch.note": (36.0, 96.0),
    "tempo.bpm": (60.0, 180.0),
}
TRAVEL = 0.3  # of its fader, by which a new mapping moves a parameter
LISTEN = 2.0  # seconds in which a signal is learned
MOVED = 0.05  # of its range, the least that counts as a move
ATTACK, RELEASE = 0.02, 0.25  # seconds, of a new mapping from the sound


def part(name: str, value: float) -> float:
    """Return where in the signal's range `value` lies, 0..1."""
    low, high = RANGES.get(name, (0.0, 1.0))
    return min(max((value - low) / (high - low), 0.0), 1.0)


def grouped(values: Table[str, float]) -> dict[str, list[str]]:
    """Return the signals that may move something by their groups, the sound's first."""
    groups: dict[str, list[str]] = {}
    for name in sorted(values, key=_order):
        if not name.endswith(".count"):
            groups.setdefault(name.rpartition(".")[0] or name, []).append(name)
    return groups


def _order(name: str) -> tuple[int, str, list[tuple[int, str]]]:
    group, parts = name.rpartition(".")[0], name.split(".")
    place = FIRST.index(parts[0]) if parts[0] in FIRST else len(FIRST)
    return place, group, [(int(each), "") if each.isdecimal() else (0, each) for each in parts]


def draw_menu(values: Table[str, float]) -> str | None:
    """Draw a menu of all signals with what they are now; return the one that was clicked."""
    chosen = None
    for group, names in grouped(values).items():
        if imgui.begin_menu(group):
            for name in names:
                if imgui.menu_item_simple(name, f"{values[name]:6.2f}"):
                    chosen = name
                _draw_bar(part(name, values[name]))
            imgui.end_menu()
    return chosen


def _draw_bar(share: float) -> None:
    """Draw a line as long as the signal is high below the entry that was drawn last."""
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    end = ImVec2(low.x + (high.x - low.x) * share, high.y)
    ink = theme.ink(theme.with_alpha(theme.AMBER, 0.7))
    imgui.get_window_draw_list().add_rect_filled(ImVec2(low.x, high.y - 2), end, ink)


def beginning(row: Parameter, value: float, signal: str) -> Mapping:
    """Return a mapping that moves the row, at `value` by hand, by a third of its fader or so."""
    share = row.norm(value)
    there = share + TRAVEL if share <= 1 - TRAVEL else share - TRAVEL
    amount = row.from_norm(there) - value
    if row.whole and abs(amount) < 1:
        amount = 1.0 if value < row.max else -1.0
    low, high = RANGES.get(signal, (0.0, 1.0))
    smooth = {"attack": ATTACK, "release": RELEASE} if signal.startswith("audio.") else {}
    return Mapping(signal, row.id, float(f"{amount:.3g}"), low, high, **smooth)


class Learning:
    """Listens for LISTEN seconds which signal moves; beat and waves do always, and do not count.

    What a hand moves goes before what the music does.
    """

    def __init__(self, row: Parameter, moment: float):
        self.row, self.end = row, moment + LISTEN
        self._seen: dict[str, list[float]] = {}

    def hear(self, values: Table[str, float]) -> None:
        """Take all signals of now."""
        for name, value in values.items():
            if name.partition(".")[0] in BY_HAND + BY_MUSIC:
                self._seen.setdefault(name, []).append(part(name, value))

    def best(self) -> str | None:
        """Return the signal that moved most; None if none did."""
        for groups in (BY_HAND, BY_MUSIC):
            moves = {n: _motion(v) for n, v in self._seen.items() if n.partition(".")[0] in groups}
            if moves and moves[name := max(moves, key=moves.get)] > MOVED:
                return name
        return None


def _motion(values: list[float]) -> float:
    """Return how far these lie apart (twice the deviation): a full swing is 1."""
    mean = sum(values) / len(values)
    return 2 * math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
