"""The panel's mappings: all in a list, what each does now, and those of one parameter to edit.

In: the mapper, the signals, the store's rows. Out: mappings exchanged in the mapper, where the
show's history sees them like any move. Main thread.
"""

from collections.abc import Callable
from dataclasses import replace

from imgui_bundle import ImVec2, imgui

from engine.clock import now
from engine.mapping import Mapper, Mapping, Signals
from engine.panel import sources, theme, tip
from engine.panel.editor import draw_editor
from engine.parameters import Parameter, Store
from engine.presets import MOST, SETTINGS

Edit = tuple[Mapping, ...] | None  # what comes in a mapping's place, if anything has to


class Mappings:
    """The list, whether it is shown, and the parameter whose mappings are open in it."""

    def __init__(self, store: Store, signals: Signals, mapper: Mapper, say: Callable[[str], None]):
        self.mapper, self.signals, self.shown, self.chosen = mapper, signals, False, ""
        self._store, self._say = store, say
        self._learning: sources.Learning | None = None
        self._scroll = False  # whether the chosen ones have to come in sight

    # What a fader's menu asks for.

    def offer(self, row: Parameter) -> None:
        """Draw the entries of a fader's menu: learn a signal, edit, choose what moves the row."""
        if row.id.startswith(SETTINGS):
            return
        imgui.separator()
        if imgui.menu_item_simple("Learn a signal"):
            self._learning = sources.Learning(row, now())
        count = sum(m.parameter == row.id for m in self.mapper.mappings)
        if count and imgui.menu_item_simple(f"Mappings: {count}"):
            self.choose(row.id)
        imgui.separator()
        if signal := sources.draw_menu(self.signals.all()):
            self.add(row, signal)

    def choose(self, id: str) -> None:
        """Open the mappings of this parameter."""
        self.shown, self.chosen, self._scroll = True, id, True

    def add(self, row: Parameter, signal: str) -> None:
        """Let the signal move the row from now on, and show how."""
        if self._is_full():
            return
        new = sources.beginning(row, self._store.get(row.id), signal)
        self.mapper.replace((*self.mapper.mappings, new))
        self.choose(row.id)

    def _is_full(self) -> bool:
        """Whether there are as many as a preset takes; says so."""
        full = len(self.mapper.mappings) >= MOST
        if full:
            self._say(f"{MOST} mappings are the most")
        return full

    @property
    def learning(self) -> str:
        """The parameter for which a signal is sought."""
        return self._learning.row.id if self._learning else ""

    def listen(self) -> None:
        """Hear the signals of now for the parameter that learns; once a frame of the panel."""
        learning = self._learning
        if learning is None:
            return
        learning.hear(self.signals.all())
        if now() < learning.end:
            return
        self._learning = None
        if signal := learning.best():
            self.add(learning.row, signal)
        else:
            self._say(f"no signal moved for {learning.row.id}")

    # The list.

    def draw_button(self) -> None:
        """Draw the button that shows the list or hides it; it tells what is silent or alone."""
        mappings, alone = self.mapper.mappings, self.mapper.solo is not None
        muted = sum(m.mute for m in mappings)
        words = (f"MAPPINGS  {len(mappings)}", f"{muted} muted" * bool(muted), "SOLO" * alone)
        text = "   ".join(filter(None, words))
        if self.learning:
            text = f"{self.learning}: move something"
        imgui.push_style_color(
            imgui.Col_.text, theme.AMBER if alone or self.learning else theme.TEXT
        )
        if imgui.button(f"{text}###mappings", ImVec2(-1, 0)):
            self.shown = not self.shown
        imgui.pop_style_color()

    def draw(self) -> None:
        """Draw every mapping in the parameters' order, the chosen parameter's with their faces."""
        mappings, playing = self.mapper.mappings, self.mapper.levels()
        if not mappings:
            imgui.text_wrapped("Right-click a fader and choose what moves it.")
        rows = {row.id: row for row in self._store.rows()}
        places = {id: place for place, id in enumerate(rows)}
        values, edits = self.signals.all(), {}
        order = sorted(
            range(len(playing)), key=lambda n: places.get(playing[n][0].parameter, len(places))
        )
        for place in order:
            mapping, level = playing[place]
            imgui.push_id(place)
            edits[place] = self._draw_one(mapping, level, rows.get(mapping.parameter), values)
            imgui.pop_id()
        for place, new in edits.items():
            if new is not None and self.mapper.mappings is mappings:  # else a preset came
                self.mapper.edit(place, *new)
                break

    def _draw_one(self, m: Mapping, level: float, row: Parameter | None, values) -> Edit:
        edit = self._draw_line(m, level, row)
        if m.parameter != self.chosen:
            return edit
        if self._scroll:
            self._scroll = False
            imgui.set_scroll_here_y(0.0)
        changed = draw_editor(m, row, values, level)
        half = (imgui.get_content_region_avail().x - imgui.get_style().item_spacing.x) / 2
        if imgui.button("Duplicate", ImVec2(half, 0)) and not self._is_full():
            edit = (m, m)
        imgui.same_line()
        if imgui.button("Delete", ImVec2(half, 0)):
            edit = ()
        imgui.spacing()
        return (changed,) if changed != m else edit

    def _draw_line(self, m: Mapping, level: float, row: Parameter | None) -> Edit:
        """Draw mute, solo and what moves what, over a bar as long as the parameter is moved."""
        edit, solo = None, self.mapper.solo
        if _switch("M", m.mute, theme.RED, "mute"):
            edit = (replace(m, mute=not m.mute),)
        if _switch("S", m == solo, theme.AMBER, "solo: this one alone"):
            self.mapper.solo = None if m == solo else m
        plays = not m.mute and solo in (None, m)
        is_open = m.parameter == self.chosen
        if imgui.selectable(f"##{m.signal} {m.parameter}", is_open)[0]:
            self.chosen = "" if is_open else m.parameter
        if imgui.is_item_visible():
            _paint(m, m.amount * level / (row.max - row.min) if row and plays else 0.0, plays)
        return edit


def _switch(letter: str, on: bool, colour, words: str) -> bool:
    """Draw a small button that is filled while it is on; return whether it was pressed."""
    if on:
        imgui.push_style_color(imgui.Col_.button, colour)
    pressed = imgui.button(letter, ImVec2(imgui.get_font_size() * 1.6, 0))
    if on:
        imgui.pop_style_color()
    tip.tell(words)
    imgui.same_line()
    return pressed


def _paint(m: Mapping, share: float, plays: bool) -> None:
    """Fill the line by how much of its range the parameter moves, from the right if downwards."""
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    pen, width = imgui.get_window_draw_list(), (high.x - low.x) * min(abs(share), 1.0)
    left = low.x if share >= 0 else high.x - width
    amber, ink = theme.with_alpha(theme.AMBER, 0.55), theme.ink(theme.TEXT if plays else theme.DIM)
    pen.add_rect_filled(ImVec2(left, low.y), ImVec2(left + width, high.y), theme.ink(amber), 2.0)
    pad, name = imgui.get_font_size() / 4, m.parameter
    top = (low.y + high.y - imgui.get_font_size()) / 2
    if imgui.calc_text_size(f"{m.signal}  {name}").x > high.x - low.x - 2 * pad:
        name = name.rpartition(".")[2]
    pen.add_text(ImVec2(low.x + pad, top), ink, m.signal)
    pen.add_text(ImVec2(high.x - imgui.calc_text_size(name).x - pad, top), ink, name)
