import subprocess
import threading
import time
from types import SimpleNamespace

import glfw
import numpy as np
import pytest
from imgui_bundle import imgui
from PIL import Image

from engine.audio.features import SILENT
from engine.control.keyboard import Keyboard
from engine.display.output import Window
from engine.mapping import Mapper, Mapping, Signals
from engine.messages import Messages
from engine.panel import desk, faders, meters
from engine.panel.panel import Panel
from engine.panel.status import Status
from engine.parameters import Store

SIZE = (1880, 1040)  # so that every row is in sight
LAYERS = {f"b{size}_conv{number}": 0.5 for size in (256, 64, 16) for number in (0, 1)}


class Presets:
    current = "ember"

    def names(self):
        return ["ember", "tide"]

    def picture(self, name):
        return None


class Room:
    """A panel on the virtual screen, what it was given, and where its controls lie."""

    def __init__(self, patch):
        self.places, self.acts = {}, []
        for module, name in ((faders, "fader"), (desk, "_loud"), (imgui, "collapsing_header")):
            patch.setattr(module, name, self._noting(getattr(module, name)))
        drawn = ("input_text_with_hint", "selectable", "begin_combo", "button", "slider_float")
        for name in (*drawn, "menu_item_simple"):
            patch.setattr(imgui, name, self._noting(getattr(imgui, name)))
        self.store, self.signals, self.mapper = Store(), Signals(), Mapper()
        self.store.fill("dream.layer.", LAYERS)
        self.messages, self.status = Messages(), Status(source="demo")
        self.keyboard = Keyboard(self.store, self.act, lambda line: None)
        self.devices = ["Loopback"]
        self.networks = []

    def open(self, **others):
        self.panel = Panel(
            self.store,
            self.signals,
            self.mapper,
            Presets(),
            self.messages,
            self.status,
            self.act,
            self.keyboard.event,
            lambda: self.devices,
            networks=SimpleNamespace(look=lambda: self.networks),
            **others,
        )
        glfw.set_window_pos(self.panel.window, 0, 0)
        glfw.set_window_size(self.panel.window, *SIZE)
        for _ in range(200):
            self.draw(4)
            if glfw.get_framebuffer_size(self.panel.window) == SIZE:
                break
        self.xdotool("search", "--sync", "--name", "^Other Half$", "windowfocus", "--sync")
        self.draw(4)
        return self.panel

    def act(self, name, argument=""):
        self.acts.append((name, argument))

    def _noting(self, draw):
        def noted(*arguments, **options):
            result = draw(*arguments, **options)
            low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            name = next(
                getattr(a, "id", a) for a in arguments if isinstance(a, str) or hasattr(a, "id")
            )
            self.places[name] = (low.x, low.y, high.x, high.y)
            return result

        return noted

    def draw(self, frames=8):
        for _ in range(frames):
            glfw.poll_events()
            self.panel.draw()
            time.sleep(0.005)

    def xdotool(self, *words):
        subprocess.run(["xdotool", *map(str, words)], check=True, timeout=20, capture_output=True)

    def click(self, name, part=0.5, button=1):
        left, top, right, bottom = self.places[name]
        self.xdotool("mousemove", round(left + part * (right - left)), round((top + bottom) / 2))
        self.draw(4)
        self.xdotool("mousedown", button)
        self.draw(4)
        self.xdotool("mouseup", button)
        self.draw(4)

    def screenshot(self, path):
        subprocess.run(["import", "-window", "Other Half", str(path)], check=True, timeout=20)
        return np.asarray(Image.open(path).convert("RGB")).astype(int)


@pytest.fixture
def room(windows, monkeypatch):
    room = Room(monkeypatch)
    yield room
    room.panel.close()


def amber(picture):
    r, g, b = np.moveaxis(picture, -1, 0)
    return ((r > 120) & (r > g + 30) & (g > b + 30)).sum()


def blue(picture):
    r, g, b = np.moveaxis(picture, -1, 0)
    return ((b > 180) & (b > g + 60) & (g > r + 30)).sum()


def red(picture):
    r, g, b = np.moveaxis(picture, -1, 0)
    return ((r > 110) & (r > 2 * g) & (r > 2 * b)).sum()


def test_every_row_of_the_table_has_its_control(room):
    room.open()
    assert {row.id for row in room.store.rows()} <= room.places.keys()


def test_a_network_that_brings_other_layers_gets_other_faders(room):
    room.open()
    room.store.fill("dream.layer.", {"b8_conv0": 1.0})
    room.places.clear()
    room.draw()
    layers = {id for id in room.places if str(id).startswith("dream.layer.")}
    assert layers == {"dream.layer.b8_conv0"}


@pytest.mark.parametrize("id", ["motion.zoom", "dream.strength", "latent.psi", "motion.rotation"])
@pytest.mark.parametrize("part", [0.3, 0.8])
def test_the_mouse_moves_a_fader_to_where_it_points(room, id, part):
    room.open()
    room.click(id, part)
    assert faders.travel(room.store.row(id), room.store.get(id)) == pytest.approx(part, abs=0.03)


def test_a_click_with_ctrl_types_a_number(room):
    room.open()
    room.xdotool("keydown", "ctrl")
    room.draw(4)
    room.click("motion.zoom")
    room.xdotool("keyup", "ctrl")
    room.draw(4)
    room.xdotool("type", "--delay", 30, "--", "-1.25")
    room.draw()
    room.xdotool("key", "Return")
    room.draw()
    assert room.store.get("motion.zoom") == -1.25


def test_a_right_click_offers_the_default(room):
    room.store.set("tone.hold", 5)
    room.open()
    room.click("tone.hold", button=3)
    room.click("Default: 0.00 1/s")
    assert room.store.get("tone.hold") == room.store.row("tone.hold").default


@pytest.mark.parametrize("id", ["tone.hold", "dream.unzoom", "motion.edge"])
def test_a_right_click_offers_to_learn_a_midi_control_and_to_forget_it(room, id):
    room.open()
    for text in ("Learn MIDI", "Forget MIDI"):
        room.click(id, 0.1, button=3)
        room.click(text)
    assert room.acts == [("midi.learn", id), ("midi.forget", id)]


def test_the_desk_tells_what_a_controller_sends_and_what_it_is_sought_for(room, tmp_path):
    room.open()
    before = amber(room.screenshot(tmp_path / "before.png"))
    room.status.midi = "nanoKONTROL2  1.cc.7 = 64"
    room.draw()
    room.status.learning = "tone.hold"
    room.draw()
    assert amber(room.screenshot(tmp_path / "learning.png")) > before + 100
    room.click("Stop learning")
    assert room.acts == [("midi.forget", "")]


def test_whole_numbers_stay_whole(room):
    room.open()
    room.click("dream.octaves", 0.93)
    assert room.store.get("dream.octaves") == 6


@pytest.mark.parametrize("button", ["FREEZE###output.freeze", "RECORD###recording.on"])
def test_the_loud_buttons_switch_and_are_loud(room, button, tmp_path):
    room.open()
    before = room.screenshot(tmp_path / "off.png")
    room.click(button, 0.2)
    assert room.store.get(button.partition("###")[2]) == 1
    changed = np.abs(room.screenshot(tmp_path / "on.png") - before).max(axis=-1) > 90
    assert changed.sum() > 2000


def test_the_blackout_button_asks_for_it_and_is_loud_while_it_is_on(room, tmp_path):
    room.open()
    before = room.screenshot(tmp_path / "off.png")
    room.click("BLACKOUT###output.blackout")
    assert room.acts == [("output.dark", "")]
    room.store.set("output.blackout", 1)
    room.draw()
    changed = np.abs(room.screenshot(tmp_path / "on.png") - before).max(axis=-1) > 90
    assert changed.sum() > 2000


def test_what_mappings_do_is_shown_in_amber_beside_the_hands_value(room, tmp_path):
    room.open()
    before = amber(room.screenshot(tmp_path / "still.png"))
    room.mapper.replace([Mapping("audio.bass", "motion.zoom", 1.0)])
    room.store.apply({"motion.zoom": 1.0})
    room.draw()
    assert amber(room.screenshot(tmp_path / "driven.png")) > before + 100
    assert room.store.get("motion.zoom") == room.store.row("motion.zoom").default


def test_meters_show_every_signal_the_sounds_first(room, tmp_path, monkeypatch):
    drawn = []
    bar = meters._bar
    monkeypatch.setattr(meters, "_bar", lambda *a: (drawn.append(a[0]), bar(*a)))
    room.open()
    before = amber(room.screenshot(tmp_path / "silent.png"))
    room.signals.publish({"osc./1/fader1": 1.0, "beat.phase": 1.0, "audio.bass": 1.0}, 0.0)
    drawn.clear()
    room.draw(1)
    assert drawn == ["audio.bass", "beat.phase", "osc./1/fader1"]
    room.draw()
    assert amber(room.screenshot(tmp_path / "loud.png")) > before + 5000


def test_every_signal_of_the_sound_has_its_meter_without_scrolling(room, monkeypatch, tmp_path):
    drawn = {}
    bar = meters._bar

    def note(name, value, *rest):
        bar(name, value, *rest)
        drawn[name] = imgui.get_item_rect_max().y

    monkeypatch.setattr(meters, "_bar", note)
    room.open()
    room.signals.publish(dict.fromkeys(SILENT, 0.5), 0.0)
    room.signals.publish({"audio.key": 22.0, "audio.pitch.note": 69.0}, 0.0)
    room.draw()
    assert drawn.keys() == SILENT.keys()
    assert max(drawn.values()) < 500
    silent = amber(room.screenshot(tmp_path / "half.png"))
    room.signals.publish({f"audio.chroma.{note}": 1.0 for note in meters.NOTES}, 0.0)
    room.draw()
    assert amber(room.screenshot(tmp_path / "full.png")) > silent + 1000


@pytest.mark.parametrize(
    ("name", "value", "text"),
    (("audio.key", 22.0, "A minor"), ("audio.key", 1.0, "C major"), ("audio.key", 0.0, ""),
     ("audio.pitch.note", 69.2, "A4"), ("audio.pitch.note", 60.0, "C4"),
     ("audio.dbfs", -12.4, "-12"), ("bar.count", 17.0, "17"), ("audio.level", 0.5, "0.50")),
)  # fmt: skip
def test_a_meters_number_is_what_a_performer_reads(name, value, text):
    assert meters._number(name, value) == text


def test_a_track_is_held_and_sought_on_the_panel(room):
    room.status.place = (30.0, 61.0, False)
    room.open()
    room.click("Hold##hold")
    room.click("##place", 0.75)
    (held, _), (sought, to) = room.acts[0], room.acts[-1]
    assert (held, sought) == ("audio.pause", "audio.seek")
    assert float(to) == pytest.approx(0.75 * 61, abs=2)


def test_a_clip_is_red(room, tmp_path):
    room.open()
    room.signals.publish({"audio.clip": 0.0}, 0.0)
    room.draw()
    before = red(room.screenshot(tmp_path / "clean.png"))
    room.signals.publish({"audio.clip": 1.0}, 0.0)
    room.draw()
    assert red(room.screenshot(tmp_path / "clipped.png")) > before + 1000


def test_keys_play_from_the_panel(room):
    room.open()
    for key in ("b", "space", "F1", "n"):
        room.xdotool("key", key)
        room.draw(4)
    assert [name for name, _ in room.acts] == [
        "output.dark", "beat.tap", "panel.help", "preset.next",
    ]  # fmt: skip


def test_while_text_is_typed_keys_are_letters(room):
    room.open()
    room.click("##name")
    room.xdotool("type", "--delay", 30, "bz r")
    room.draw()
    room.xdotool("key", "Return")
    room.draw()
    assert room.acts == [("preset.save", "bz r")]
    assert room.store.get("output.blackout") == room.store.get("output.freeze") == 0


def test_a_click_loads_a_preset(room):
    room.open()
    room.click("tide", 0.1)
    assert room.acts == [("preset.load", "tide")]


def test_what_the_governor_lowers_is_shown_in_amber_beside_the_hands_value(room, tmp_path):
    room.store.set("dream.iterations", 9)
    room.status.governed = {"dream.octaves": 3.0, "dream.iterations": 9.0}
    room.open()
    before = amber(room.screenshot(tmp_path / "full.png"))
    room.status.governed = {"dream.octaves": 3.0, "dream.iterations": 2.0}
    room.draw()
    assert amber(room.screenshot(tmp_path / "lowered.png")) > before + 100
    assert room.store.get("dream.iterations") == 9


def test_a_moved_fader_is_held_blue_and_its_default_lets_go(room, tmp_path):
    room.status.governed = {"dream.octaves": 3.0}
    room.open()
    before = blue(room.screenshot(tmp_path / "free.png"))
    room.click("dream.octaves", 0.6)
    room.status.governed = {"dream.octaves": room.store.get("dream.octaves")}
    room.draw()
    assert "dream.octaves" in room.store.held()
    assert blue(room.screenshot(tmp_path / "held.png")) > before + 20
    room.click("dream.octaves", button=3)
    room.click("Default: 3")
    assert "dream.octaves" not in room.store.held()


# The browser of networks.


def found(path, thumbnail=None, refusal=""):
    return SimpleNamespace(path=path, thumbnail=thumbnail, refusal=refusal)


@pytest.fixture
def shelf(room, tmp_path):
    """Three networks: one with a thumbnail, one whose thumbnail is yet to come, one refused."""
    Image.new("RGB", (96, 54), (250, 10, 250)).save(tmp_path / "a.png")
    room.networks += [
        found(tmp_path / "one.pkl", tmp_path / "a.png"),
        found(tmp_path / "two.pt"),
        found(tmp_path / "three.pkl", refusal="three.pkl: a generator, not a discriminator"),
    ]
    return tmp_path


def places_of(room, monkeypatch):
    """Note where each thumbnail lies, in the order of the shelf."""
    places = []
    button = imgui.invisible_button

    def noted(*arguments):
        result = button(*arguments)
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        places.append((low.x, low.y, high.x, high.y))
        return result

    monkeypatch.setattr(imgui, "invisible_button", noted)
    room.draw(1)
    places.clear()
    room.draw(1)
    return dict(zip(("one", "two", "three"), places, strict=True))


def test_nobody_looks_at_the_shelf_while_the_browser_is_closed(room, monkeypatch):
    room.open()
    looked = []
    room.panel._browser._shelf.look = lambda: looked.append(1) or []
    room.draw()
    assert not looked
    room.click("NETWORKS")
    room.draw()
    assert looked


def test_a_click_on_a_thumbnail_loads_its_network_and_a_refused_one_cannot_be(
    room, shelf, monkeypatch, tmp_path
):
    room.open()
    room.click("NETWORKS")
    room.draw()
    room.places |= places_of(room, monkeypatch)
    for name in ("three", "one", "two"):
        room.click(name)
    assert room.acts == [
        ("network.load", str(shelf / "one.pkl")),
        ("network.load", str(shelf / "two.pt")),
    ]


def test_thumbnails_are_seen(room, shelf, tmp_path):
    room.open()
    room.click("NETWORKS")
    room.draw()
    seen = room.screenshot(tmp_path / "panel.png")
    pink = (seen[..., 0] > 200) & (seen[..., 1] < 60) & (seen[..., 2] > 200)
    assert pink.sum() > 2000


def test_a_thumbnail_that_cannot_be_read_leaves_the_browser_as_it_is(room, shelf):
    (shelf / "bad.png").write_bytes(b"no picture")
    room.networks.append(found(shelf / "four.pt", shelf / "bad.png"))
    room.open()
    room.click("NETWORKS")
    room.draw()
    assert room.panel._browser._textures[shelf / "bad.png"] == 0


def test_sources_are_asked_for_when_the_list_opens_and_a_click_listens(room):
    room.open()
    assert "Loopback" not in room.places
    room.click("##source")
    room.draw()
    room.click("Loopback", 0.3)
    assert room.acts == [("audio.open", "Loopback")]


def test_a_driver_that_hangs_does_not_stop_the_panel(room):
    answer = threading.Event()
    room.open()
    room.panel._devices._ask = lambda: answer.wait(20) and []
    room.click("##source")
    room.draw(4)
    assert not answer.is_set()  # and yet four frames were drawn
    answer.set()


def test_help_lays_the_keys_over_the_panel(room, tmp_path):
    room.open()
    before = room.screenshot(tmp_path / "before.png")
    room.panel.toggle_help()
    room.draw()
    middle = np.abs(room.screenshot(tmp_path / "help.png") - before)[380:660, 700:1180]
    assert (middle.max(axis=-1) > 5).mean() > 0.25


def test_one_window_fills_the_monitor_and_goes_back(room):
    panel = room.open()
    before = glfw.get_window_size(panel.window)
    for size in ((1920, 1080), before):
        panel.fullscreen(glfw.get_primary_monitor())
        for _ in range(100):
            room.draw(1)
            if glfw.get_window_size(panel.window) == size:
                break
        assert glfw.get_window_size(panel.window) == size


def test_after_tab_keys_still_play(room):
    room.open()
    room.xdotool("key", "Tab")
    room.draw(4)
    room.xdotool("key", "b")
    room.draw(4)
    assert room.acts == [("panel.toggle", ""), ("output.dark", "")]


def test_tab_hides_the_window_and_shows_it_again(room):
    panel = room.open()
    panel.toggle()
    assert not glfw.get_window_attrib(panel.window, glfw.VISIBLE)
    panel.toggle()
    assert glfw.get_window_attrib(panel.window, glfw.VISIBLE)


def green_picture(output, stop):
    output.open_context()
    while not stop.is_set():
        output.framebuffer.clear(0.0, 0.8, 0.0, 1.0)
        output.present()
    output.close_context()


@pytest.mark.parametrize("single", [False, True])
def test_the_picture_on_the_wall_is_seen_in_the_panel(room, tmp_path, single):
    output = Window((320, 180), "wall", visible=not single)
    room.open(output=output, single=single)
    if single:
        room.panel.toggle()  # the picture alone
    stop = threading.Event()
    stage = threading.Thread(target=green_picture, args=(output, stop))
    stage.start()
    time.sleep(0.3)
    room.draw()
    seen = room.screenshot(tmp_path / "panel.png")
    stop.set()
    stage.join()
    green = ((seen[..., 1] > 150) & (seen[..., 0] < 60) & (seen[..., 2] < 60)).mean()
    assert green > (0.99 if single else 0.02)
    room.draw(2)
    room.panel.close()
    output.close()
    room.panel = SimpleNamespace(close=lambda: None)
