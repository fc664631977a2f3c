"""One control for each row of the table, in its group; what mappings do is shown on it.

In: the store's rows and values, the mappings. Out: store.set() by hand, actions asked for with
act(name, argument). Main thread.
"""

from collections.abc import Callable, Collection, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass

from imgui_bundle import imgui

from engine.lane import Lanes
from engine.mapping import Mapping, Signals
from engine.panel import locks, midi, pads, theme, tip
from engine.panel.controls import choose, name_of, scale_of, slide
from engine.panel.mappings import Mappings
from engine.parameters import MACROS, Parameter, Store

COLUMN = 18  # least width of a column of groups, in letters' heights
MANY = 16  # rows: longer groups, as all layers of a network, come last
STEP = ".step"  # of a lane: rows that stand upright
SURFACE = 5  # rows, as high as the steps of a lane or the pad are
Default = Callable[[Parameter], float]
_MOVED = {  # by whom else, and whether a hand holds it
    ("governor", False): "the governor may lower it; moving it holds it",
    ("governor", True): "held, by you or a mapping: the governor leaves it",
    ("take", False): "the take may move it; moving it holds it",
    ("take", True): "held, it has left the take; let go of it by a right click",
}


@dataclass(frozen=True)
class Now:
    """What a row is now, beside the hand's value, and why."""

    effective: float
    driven: Sequence[Mapping] = ()
    mover: str = ""  # "governor" or "take", where it moves this row unless a hand holds it
    held: bool = False


def draw_groups(
    store: Store,
    mappings: Mappings,
    governed: Table[str, float],
    lanes: Collection[str],
    act: Callable[..., None],
    default: Default,
) -> None:
    """Draw every group of rows, in as many columns as there is room for.

    `governed` is what the governor makes of the rows that it may move; `lanes` are those that a
    take moves, which is replayed; default(row) is where a double click puts it.
    """
    groups: dict[str, list[Parameter]] = {}
    for row in store.rows():
        groups.setdefault(row.id.rpartition(".")[0].removesuffix(STEP), []).append(row)
    groups = dict(sorted(groups.items(), key=lambda group: _height(group[1]) > MANY))
    driven: dict[str, list[Mapping]] = {}
    for mapping in mappings.mapper.mappings:
        driven.setdefault(mapping.parameter, []).append(mapping)
    effective = {**store.snapshot(), **governed}
    held = (store.held() & governed.keys()) | (store.by_hand() & set(lanes))
    movers = dict.fromkeys(lanes, "take") | dict.fromkeys(governed, "governor")

    def draw(row: Parameter, step: pads.Step | None = None) -> None:
        by = driven.get(row.id, ())
        mover = movers.get(row.id, "")
        now = Now(effective.get(row.id, 0.0), by, mover, row.id in held)
        fader(store, row, now, mappings, act, default, step)

    for column in _columns(groups):
        for group in column:
            name = group.upper().replace(".", " ")
            is_open = imgui.collapsing_header(name, imgui.TreeNodeFlags_.default_open)
            locks.group(store, group, act)
            if is_open:
                _draw_group(store, groups[group], mappings.signals, draw)
                imgui.spacing()
        imgui.next_column()
    imgui.columns(1)


def _draw_group(
    store: Store, rows: Sequence[Parameter], signals: Signals, draw: Callable[..., None]
) -> None:
    """Draw the rows one below the other; those that are a lane's steps side by side."""
    if rows[0].id == MACROS[0]:
        pads.draw_pads(store)
    steps = [row for row in rows if _is_step(row)]
    for row in rows:
        if row not in steps:
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


def fader(
    store: Store,
    row: Parameter,
    now: Now,
    mappings: Mappings,
    act: Callable[..., None],
    default: Default,
    step: pads.Step | None = None,
) -> None:
    """Draw one row: its control with name and value in it, what moves it, whether it is held."""
    value = store.get(row.id)
    moves = bool(now.driven) or now.effective != value
    imgui.push_id(row.id)
    imgui.set_next_item_width(-1)
    blue = now.held and row.curve in ("toggle", "menu")  # a slider tells by its handle
    if blue:
        imgui.push_style_color(imgui.Col_.text, theme.BLUE)
    if step:
        moved, value = pads.draw_step(value, now.effective, step)
    elif row.curve == "toggle":
        moved, value = imgui.checkbox(name_of(row), value > 0)
    elif row.curve == "menu":
        moved, value = choose(name_of(row), row.choices, int(value))
    else:
        moved, value = slide(scale_of(row), value, now.effective if moves else None, now.held)
        if imgui.is_item_hovered() and imgui.is_mouse_double_clicked(0):
            imgui.internal.clear_active_id()  # else it goes to the mouse in the next frame
            _reset(store, row, now, default)
            moved = False
    if blue:
        imgui.pop_style_color()
    if moved:
        store.set(row.id, float(value))
    locks.mark(store, row.id)
    if mappings.learning == row.id:
        imgui.get_window_draw_list().add_rect(
            imgui.get_item_rect_min(), imgui.get_item_rect_max(), theme.ink(theme.AMBER), 3.0, 2.0
        )
    _offer(store, row, now, mappings, act, default)
    _tell(row, now, [m for m in mappings.mapper.mappings if m.signal == row.id])
    imgui.pop_id()


def _reset(store: Store, row: Parameter, now: Now, default: Default) -> None:
    """Set the default and let go, but not in a replay: the take would move the row away again."""
    store.set(row.id, default(row))
    if now.mover != "take":
        store.release(row.id)


def _offer(
    store: Store,
    row: Parameter,
    now: Now,
    mappings: Mappings,
    act: Callable[..., None],
    default: Default,
) -> None:
    """A right click offers the default, to let go, MIDI controls, signals."""
    if not imgui.begin_popup_context_item("offer"):
        return
    if imgui.menu_item_simple(f"Default: {scale_of(row).written(default(row))}"):
        _reset(store, row, now, default)
    if now.held and row.id in store.by_hand() and imgui.menu_item_simple("Let go"):
        act("hand.release", row.id)
    midi.draw_offer(row.id, act)
    mappings.offer(row)
    locks.offer(store, row.id, act)
    imgui.end_popup()


def _tell(row: Parameter, now: Now, moved: Sequence[Mapping]) -> None:
    """Resting the mouse on a row tells what it is, what moves it, and what it moves as a signal."""
    if not tip.rests():
        return
    with tip.window():
        imgui.text(row.help)
        slider = row.curve not in ("toggle", "menu") and not _is_step(row)
        hand = f"{'double click: default; ' * slider}right click: MIDI, signals, …"
        imgui.text_disabled(f"{row.id}   {row.span}   {hand}")
        if now.mover:
            imgui.text_colored(theme.BLUE, _MOVED[now.mover, now.held])
        for mapping in now.driven:
            imgui.text_colored(theme.AMBER, f"{mapping.signal}  {mapping.amount:+g} {row.unit}")
        for mapping in moved:
            imgui.text(f"moves {mapping.parameter}  {mapping.amount:+g}")
