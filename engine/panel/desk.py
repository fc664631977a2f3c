"""The panel's left side: what is on the wall, the loud buttons, recording, sound.

In: the store, the status, the list of devices. Out: toggles set, actions asked for.
Main thread.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from imgui_bundle import ImVec2, ImVec4, imgui

from engine.panel import midi, theme, tip
from engine.panel.chooser import Chooser
from engine.panel.dropped import open_files
from engine.panel.status import Status
from engine.panel.tiles import cut
from engine.parameters import ACTIONS, SAFE_FLASHES, Store

LOUD = 1.7  # times as high as a row: buttons that a hand finds in the dark


class Devices:
    """Names of the sound sources, asked for in a thread: a driver may take seconds to answer."""

    def __init__(self, ask: Callable[[], list[str]]):
        self._ask = ask
        self.names: list[str] = []

    def refresh(self) -> None:
        """Ask again; the names change when the answer comes."""
        threading.Thread(target=self._fetch, name="sound sources", daemon=True).start()

    def _fetch(self) -> None:
        self.names = self._ask()


PREVIEW = 0.27  # of the column's height, at most


@dataclass
class Typed:
    """What is being typed and not yet asked for."""

    file: str = ""
    choosing: bool = field(default=False)


def draw_preview(texture: int, size: tuple[int, int]) -> None:
    """Show the picture on the wall, as wide as the column, but no higher than a part of it."""
    room = imgui.get_content_region_avail()
    width = min(room.x, PREVIEW * room.y * size[0] / size[1])
    imgui.image(imgui.ImTextureRef(texture), ImVec2(width, width * size[1] / size[0]))


def draw_figures(status: Status) -> None:
    """Show the rates, and what dreams on what."""
    _figure(f"{status.dream_fps:.1f}", "dreams/s", f"{status.dream_ms:.0f} ms each")
    _figure(f"{status.display_fps:.1f}", "frames/s", f"99% under {status.display_ms:.0f} ms")
    what = (status.network.stem, status.size, *_quality(status.governed), status.device)
    imgui.push_text_wrap_pos(0.0)
    imgui.text_disabled("  ".join(text for text in what if text))
    imgui.pop_text_wrap_pos()


def _quality(governed: Mapping[str, float]) -> list[str]:
    """Return what is dreamed with, as "2 octaves", in words that are not broken in two."""
    names = {id: id.rpartition(".")[2].removesuffix("s" * (n == 1)) for id, n in governed.items()}
    return [f"{value:.0f}\u00a0{names[id]}" for id, value in governed.items()]


def _figure(number: str, unit: str, note: str) -> None:
    imgui.push_font(None, theme.TYPE * theme.LARGE)
    imgui.text(number)
    imgui.pop_font()
    base = imgui.get_item_rect_max().y - imgui.get_text_line_height() * 1.15
    for text, colour in ((unit, theme.TEXT), (note, theme.DIM)):
        imgui.same_line()
        at = imgui.get_cursor_screen_pos()
        imgui.set_cursor_screen_pos(ImVec2(at.x, base))
        imgui.text_colored(colour, text)
    imgui.dummy(ImVec2(0, 0))


def draw_loud_buttons(store: Store, act: Callable[..., None]) -> None:
    """Blackout and freeze, half of the width each, filled with their colour while on."""
    half = (imgui.get_content_region_avail().x - imgui.get_style().item_spacing.x) / 2
    if _loud(store, "output.blackout", "BLACKOUT", theme.RED, half):
        act("output.dark")
    midi.offer("output.dark", act)
    imgui.same_line()
    _switch(store, "output.freeze", "FREEZE", theme.BLUE, half)
    midi.offer("output.freeze", act)


def draw_flash_buttons(store: Store, act: Callable[..., None]) -> None:
    """Flash while the mouse holds it, the strobe, and panic."""
    third = (imgui.get_content_region_avail().x - 2 * imgui.get_style().item_spacing.x) / 3
    _loud(store, "output.flash", "FLASH", theme.GRAB, third)
    if imgui.is_item_activated() or imgui.is_item_deactivated():
        store.set("output.flash", imgui.is_item_active())
    midi.offer("output.flash", act)
    imgui.same_line()
    _switch(store, "output.strobe", "STROBE", theme.RED, third)
    midi.offer("output.strobe", act)
    imgui.same_line()
    if imgui.button("PANIC", ImVec2(third, imgui.get_frame_height() * LOUD)):
        act("show.panic")
    tip.tell("Light, motion, nothing frozen; a safe preset. Undo takes it back")
    midi.offer("show.panic", act)


def warning(store: Store, status: Status) -> str:
    """Return what may come of flashes: while the strobe is on, or more of them may be."""
    if status.flashes <= SAFE_FLASHES and not store.get("output.strobe"):
        return ""
    allowed = f"up to {status.flashes:g} flashes a second:  " * (status.flashes > SAFE_FLASHES)
    return f"{allowed}flashing light can cause seizures"


def draw_record_button(store: Store, status: Status, act: Callable[..., None]) -> None:
    """Record, red and counting while it does; in a second line what was lost."""
    seconds = int(status.recording_seconds)
    time = f"   {seconds // 60}:{seconds % 60:02d}" if store.get("recording.on") else ""
    lost = f"\n{status.dropped} frames dropped, {status.held} held"
    text = f"RECORD{time}{lost * bool(status.dropped or status.held)}"
    _switch(store, "recording.on", text, theme.RED, imgui.get_content_region_avail().x)
    midi.offer("recording.on", act)


def _switch(store: Store, id: str, text: str, colour: ImVec4, width: float) -> None:
    if _loud(store, id, text, colour, width):
        store.set(id, not store.get(id))


def _loud(store: Store, id: str, text: str, colour: ImVec4, width: float) -> bool:
    """Draw a button that is filled while its row is on; return whether it was pressed."""
    on = store.get(id) > 0
    if on:
        for part in (imgui.Col_.button, imgui.Col_.button_hovered, imgui.Col_.button_active):
            imgui.push_style_color(part, colour)
    pressed = imgui.button(f"{text}###{id}", ImVec2(width, imgui.get_frame_height() * LOUD))
    if on:
        imgui.pop_style_color(3)
    tip.tell(store.row(id).help)
    return pressed


def draw_tempo(status: Status, act: Callable[..., None]) -> None:
    """Show the tempo and who gives it; tap it, and while taps lead, hand it back to the music."""
    _figure(f"{status.bpm:.1f}", "beats/min", f"by {status.leader}")
    if imgui.button("Tap (Space)"):
        act("beat.tap")
    midi.offer("beat.tap", act)
    imgui.same_line()
    if imgui.button("The 1"):
        act("beat.downbeat")
    tip.tell(ACTIONS["beat.downbeat"].help)
    midi.offer("beat.downbeat", act)
    if status.leader == "tap":
        imgui.same_line()
        if imgui.button("Follow (T)"):
            act("beat.release")


def draw_sound(
    status: Status, devices: Devices, typed: Typed, chooser: Chooser, act: Callable[..., None]
) -> None:
    """Choose what to listen to: a device, the demo track, or a file."""
    imgui.separator_text("SOUND")
    imgui.set_next_item_width(-1)
    room = imgui.get_content_region_avail().x - 1.5 * imgui.get_frame_height()  # beside the arrow
    is_open = imgui.begin_combo("##source", cut(status.source or "none", room))
    if is_open:
        for name in ("demo", *devices.names):
            if imgui.selectable(name, name == status.source)[0]:
                act("audio.open", name)
        imgui.end_combo()
    if is_open and not typed.choosing:
        devices.refresh()
    typed.choosing = is_open
    imgui.begin_disabled(status.place is None)
    _draw_place(*(status.place or (0.0, 0.0, False)), act)
    imgui.end_disabled()
    imgui.set_next_item_width(-1 - chooser.width)
    entered = imgui.InputTextFlags_.enter_returns_true
    done, typed.file = imgui.input_text_with_hint(
        "##file", "sound, network, picture", typed.file, entered
    )
    if done and typed.file:
        open_files([typed.file.strip()], act)
        typed.file = ""
    chooser.draw(act)


def _draw_place(place: float, length: float, held: bool, act: Callable[..., None]) -> None:
    """Show where the track is; a click on the bar goes there, the button holds it."""
    if imgui.button("Play##hold" if held else "Hold##hold", ImVec2(imgui.get_font_size() * 3, 0)):
        act("audio.pause")
    imgui.same_line()
    imgui.set_next_item_width(-1)
    text = " / ".join(f"{int(t) // 60}:{int(t) % 60:02d}" for t in (place, length) if t)
    moved, to = imgui.slider_float("##place", place, 0.0, max(length, 1.0), text or "0:00")
    if moved and length:
        act("audio.seek", f"{to:.2f}")
