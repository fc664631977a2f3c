"""A control for each row of the table, in groups, and these in as many columns as have room.

In: the store's rows and values, the mappings, the status. Out: store.set() by hand, actions asked
for with act(name, argument). Main thread.
"""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Table
from dataclasses import replace

from imgui_bundle import imgui

from engine.lane import Lanes
from engine.mapping import Mapping, Signals
from engine.panel import locks, pads
from engine.panel.fader import Now, fader
from engine.panel.mappings import Mappings
from engine.panel.status import Status
from engine.parameters import MACROS, Parameter, Store

COLUMN = 18  # least width of a column of groups, in letters' heights
MANY = 16  # rows: longer groups, as all layers of a network, come last
STEP = ".step"  # of a lane: rows that stand upright
SURFACE = 5  # rows, as high as the steps of a lane or the pad are


def draw_groups(
    store: Store,
    mappings: Mappings,
    status: Status,
    said: Table[str, float],
    act: Callable[..., None],
) -> None:
    """Draw every group of rows; `said` are the values that the preset that plays names."""
    rows, moment = store.rows(), store.moment()
    groups = _grouped([row for row in rows if row.id in moment[0]])  # a network may change them
    moves = mappings.mapper.moves(MACROS)
    now_of = _reader(store, moment, mappings.mapper.mappings, status, said)

    def draw(row: Parameter, step: pads.Step | None = None) -> None:
        now = replace(now_of(row), step=step, moves=moves.get(row.id, ""))
        fader(store, row, now, mappings, act)

    for column in _columns(groups):
        for group in column:
            name = group.upper().replace(".", " ")
            is_open = imgui.collapsing_header(name, imgui.TreeNodeFlags_.default_open)
            locks.group(store, group, act)
            if is_open:
                if groups[group][0].id == MACROS[0]:
                    pads.draw_pads(store, moves)
                _draw_group(store, groups[group], mappings.signals, draw)
                imgui.spacing()
        imgui.next_column()
    imgui.columns(1)


def _grouped(rows: Sequence[Parameter]) -> dict[str, list[Parameter]]:
    """Return the rows by their group; long ones come last."""
    groups: dict[str, list[Parameter]] = {}
    for row in rows:
        groups.setdefault(row.id.rpartition(".")[0].removesuffix(STEP), []).append(row)
    return dict(sorted(groups.items(), key=lambda group: _height(group[1]) > MANY))


def _reader(
    store: Store,
    moment: tuple[Table[str, float], Table[str, float]],
    mappings: Sequence[Mapping],
    status: Status,
    said: Table[str, float],
) -> Callable[[Parameter], Now]:
    """Return what tells of a row what it is now, and why."""
    driven: dict[str, list[Mapping]] = {}
    for mapping in mappings:
        driven.setdefault(mapping.parameter, []).append(mapping)
    governed, lanes = status.governed, status.lanes
    hand, effective = moment[0], {**moment[1], **governed}
    held = (store.held() & governed.keys()) | (store.by_hand() & set(lanes))
    movers = dict.fromkeys(lanes, "take") | dict.fromkeys(governed, "governor")

    def now_of(row: Parameter) -> Now:
        id, default = row.id, said.get(row.id, row.default)
        by, mover = driven.get(id, ()), movers.get(id, "")
        return Now(hand[id], effective[id], default, by, mover, id in held)

    return now_of


def _draw_group(
    store: Store, rows: Sequence[Parameter], signals: Signals, draw: Callable[..., None]
) -> None:
    """Draw the rows one below the other; those that are a lane's steps side by side."""
    steps = [row for row in rows if _is_step(row)]
    for row in rows:
        if not _is_step(row):
            draw(row)
    if steps:
        _draw_steps(store, rows[0].id.rpartition(".")[0], steps, signals, draw)


def _draw_steps(store: Store, lane: str, steps: Sequence[Parameter], signals: Signals, draw):
    """Draw a lane's steps side by side."""
    beats = signals.read("beat.count") + signals.read("beat.phase")
    plays, used = Lanes(store.effective).place(lane, beats), store.effective(f"{lane}.steps")
    painted, width = pads.is_painted(steps), imgui.get_content_region_avail().x / len(steps)
    for place, row in enumerate(steps):
        if place:
            imgui.same_line(0, 0)
        draw(row, pads.Step(width, painted, place < used, place == plays))


def _is_step(row: Parameter) -> bool:
    return row.id.rpartition(".")[0].endswith(STEP)


def _height(rows: Sequence[Parameter]) -> int:
    """Return how high a group is, in rows."""
    plain = sum(not _is_step(row) for row in rows)
    return plain + SURFACE * (plain < len(rows) or rows[0].id == MACROS[0])


def _columns(groups: dict[str, list[Parameter]]) -> list[list[str]]:
    """Start imgui's columns and share the groups out among them, in order, evenly high."""
    width = imgui.get_content_region_avail().x
    count = max(1, int(width / (COLUMN * imgui.get_font_size())))
    imgui.columns(count, "groups", False)
    shares: list[list[str]] = [[] for _ in range(count)]
    heights = [0] * count
    for group, rows in groups.items():
        place = heights.index(min(heights))
        shares[place].append(group)
        heights[place] += _height(rows) + 2
    return shares
