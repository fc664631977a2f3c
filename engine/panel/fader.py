"""One row of the table: its control, and the menu and the words about it.

In: the row, what it is now, the mappings. Out: store.set() by hand, actions asked for with
act(name, argument). Main thread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imgui_bundle import imgui

from engine.mapping import Mapping
from engine.panel import locks, midi, pads, theme, tip
from engine.panel.controls import choose, name_of, scale_of, slide
from engine.panel.mappings import Mappings
from engine.parameters import Parameter, Store

_MOVED = {  # by whom else, and whether a hand holds it
    ("governor", False): "the governor may lower it; moving it holds it",
    ("governor", True): "held, by you or a mapping: the governor leaves it",
    ("take", False): "the take may move it; moving it holds it",
    ("take", True): "held, it has left the take; let go of it by a right click",
}


@dataclass(frozen=True)
class Now:
    """What a row is now, and why."""

    hand: float
    effective: float
    default: float  # of the preset that plays, else the row's own
    driven: Sequence[Mapping] = ()
    mover: str = ""  # "governor" or "take", where it moves this row unless a hand holds it
    held: bool = False
    step: pads.Step | None = None  # of a lane's step, how it is drawn
    moves: str = ""  # what a macro moves


def fader(
    store: Store, row: Parameter, now: Now, mappings: Mappings, act: Callable[..., None]
) -> None:
    """Draw one row: its control with name and value in it, what moves it, whether it is held."""
    imgui.push_id(row.id)
    imgui.set_next_item_width(-1)
    blue = now.held and row.curve in ("toggle", "menu")  # a slider tells by its handle
    if blue:
        imgui.push_style_color(imgui.Col_.text, theme.BLUE)
    moved, value = _control(row, now)
    if blue:
        imgui.pop_style_color()
    if _slides(row, now) and _is_double_clicked():
        imgui.internal.clear_active_id()  # else it goes to the mouse in the next frame
        _reset(store, row, now)
    elif moved:
        store.set(row.id, float(value))
    locks.mark(store, row.id)
    if mappings.learning == row.id:
        imgui.get_window_draw_list().add_rect(
            imgui.get_item_rect_min(), imgui.get_item_rect_max(), theme.ink(theme.AMBER), 3.0, 2.0
        )
    _offer(store, row, now, mappings, act)
    if tip.rests():
        with tip.window():
            _tell(row, now, [m for m in mappings.mapper.mappings if m.signal == row.id])
    imgui.pop_id()


def _control(row: Parameter, now: Now) -> tuple[bool, float]:
    """Draw what the hand moves; return whether it did, and to what."""
    value = now.hand
    if now.step:
        return pads.draw_step(value, now.effective, now.step)
    if row.curve == "toggle":
        return imgui.checkbox(name_of(row), value > 0)
    if row.curve == "menu":
        return choose(name_of(row), row.choices, int(value))
    is_moved = bool(now.driven) or now.effective != value
    shown = now.effective if is_moved else None
    return slide(scale_of(row, now.moves), value, shown, now.held)


def _slides(row: Parameter, now: Now) -> bool:
    return row.curve not in ("toggle", "menu") and not now.step


def _is_double_clicked() -> bool:
    """Return whether the last item is; in a number that is typed it selects the number."""
    double = imgui.is_item_hovered() and imgui.is_mouse_double_clicked(0)
    return double and not imgui.get_io().want_text_input


def _reset(store: Store, row: Parameter, now: Now) -> None:
    """Set the default and let go, but not in a replay: the take would move the row away again."""
    store.set(row.id, now.default)
    if now.mover != "take":
        store.release(row.id)


def _offer(
    store: Store, row: Parameter, now: Now, mappings: Mappings, act: Callable[..., None]
) -> None:
    """A right click offers the default, to let go, MIDI controls, signals."""
    if not imgui.begin_popup_context_item("offer"):
        return
    if imgui.menu_item_simple(f"Default: {scale_of(row).written(now.default)}"):
        _reset(store, row, now)
    if now.held and row.id in store.by_hand() and imgui.menu_item_simple("Let go"):
        act("hand.release", row.id)
    midi.draw_offer(row.id, act)
    mappings.offer(row)
    locks.offer(store, row.id, act)
    imgui.end_popup()


def _tell(row: Parameter, now: Now, moved: Sequence[Mapping]) -> None:
    """Tell what the row is, what moves it, and which mappings it moves as their signal."""
    imgui.text(row.help)
    hand = f"{'double click: default; ' * _slides(row, now)}right click: MIDI, signals, …"
    imgui.text_disabled(f"{row.id}   {row.span}   {hand}")
    if now.mover:
        imgui.text_colored(theme.BLUE, _MOVED[now.mover, now.held])
    for mapping in now.driven:
        imgui.text_colored(theme.AMBER, f"{mapping.signal}  {mapping.amount:+g} {row.unit}")
    for mapping in moved:
        imgui.text(f"moves {mapping.parameter}  {mapping.amount:+g}")
