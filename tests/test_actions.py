"""Every action of the table does what its row says, in a real show without a screen."""

import shutil
import socket
import time

import glfw
import numpy as np
import pytest
import soundfile
from PIL import Image

from benchmarks.switching import variants
from engine import clock, presets
from engine.figures import figures
from engine.mapping import Mapping
from engine.messages import Messages
from engine.options import STARTER, Options
from engine.parameters import ACTIONS, ParameterError
from engine.show import Show


def until(true, within=30.0):
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home folder of the tests' own: nobody's presets and videos are touched."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setenv("XDG_VIDEOS_DIR", str(folder / "videos"))
        yield folder


@pytest.fixture(scope="module")
def playing(home):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    show = Show(
        Options(headless=True, audio="demo", size=(96, 64), output=(160, 90),
                osc=("127.0.0.1", port)),
        Messages(),
    )  # fmt: skip
    show.start()
    yield show
    show.close()


@pytest.fixture
def show(playing, home):
    """The show as it began, with no line said."""
    playing.beat.release()
    playing.bank.folders[-1] = home / "data" / "Other Half" / "presets"
    playing.bank.load("Pearl", playing.store, playing.mapper)
    playing.messages.errors.clear()
    playing.messages._last.clear()
    return playing


def do(show, name, argument=""):
    """Ask for the action as OSC and keys do, and let the main loop come round once."""
    show.act(name, argument)
    show._tick()


def test_the_table_is_all_that_can_be_asked_for(show):
    assert show._actions("", 0.0).keys() == ACTIONS.keys()


def test_an_action_that_is_not_in_the_table_is_refused(show):
    with pytest.raises(ParameterError, match=r"'preset\.lod'"):
        show.act("preset.lod")


def test_taps_lead_the_tempo_until_the_release(show):
    for _ in range(3):
        do(show, "beat.tap")
        time.sleep(0.3)
    assert show.beat.leader == "tap"
    bpm = show.beat.signals(0.0)["tempo.bpm"]
    show.beat.follow(bpm + 20, 0.0)
    assert show.beat.signals(0.0)["tempo.bpm"] == bpm
    do(show, "beat.release")
    assert show.beat.leader != "tap"
    until(lambda: show.beat.follow(bpm + 20, 0.0) or show.beat.leader == "tracker")


def test_a_tap_counts_from_the_moment_of_its_asking_however_late_the_loop_is(show):
    moments = []
    for late in (0.0, 0.1, 0.2, 0.3):
        moments.append(clock.now())
        show.act("beat.tap")
        time.sleep(late)
        show._tick()
        clock.sleep_until(moments[-1] + 0.4)
    gap = (moments[-1] - moments[0]) / 3
    assert show.beat.signals(0.0)["tempo.bpm"] == pytest.approx(60 / gap, rel=0.02)


def test_a_preset_is_loaded_by_name_with_its_mappings(show):
    do(show, "preset.load", "Reef")
    reef = presets.read(show.bank.folders[0] / "Reef.toml")
    assert show.bank.current == "Reef"
    assert show.mapper.mappings == reef.mappings
    assert show.store.get("dream.layer.b16_conv0") == reef.values["dream.layer.b16_conv0"]
    assert not show.messages.errors


def test_a_preset_that_is_not_there_is_said_and_changes_nothing(show):
    before, mappings = show.store.values(), show.mapper.mappings
    do(show, "preset.load", "no such thing")
    (said,) = show.messages.errors
    assert said.startswith("preset: ")
    assert "no such thing" in said
    assert (show.store.values(), show.mapper.mappings) == (before, mappings)
    assert show.bank.current == "Pearl"


def test_next_and_previous_go_through_the_presets_in_order_and_round(show, home):
    names = show.bank.names()
    assert len(names) >= 3
    do(show, "preset.load", names[0])
    for step in range(1, len(names) + 1):
        do(show, "preset.next")
        assert show.bank.current == names[step % len(names)]
    for step in range(1, len(names) + 1):
        do(show, "preset.previous")
        assert show.bank.current == names[-step % len(names)]
    do(show, "preset.next")
    there = presets.read(show.bank.folders[0] / f"{names[1]}.toml")
    assert show.mapper.mappings == there.mappings


def test_the_world_that_the_walk_has_come_to_is_saved_and_comes_back(show):
    seed = "dream.channels.seed"
    show.mapper.replace(())
    show.store.set(seed, 40)
    show.store.set("dream.channels.walk", 4)
    until(lambda: show.store.snapshot()[seed] > 41)
    before = show.store.snapshot()[seed]
    do(show, "preset.save", "World")
    place = show.store.get(seed)
    assert 0 <= place - before < 4
    do(show, "preset.load", "Pearl")
    do(show, "preset.load", "World")
    assert show.store.get(seed) == pytest.approx(place, abs=1e-3)
    assert 0 <= show.store.snapshot()[seed] - place < 4
    assert not show.messages.errors


def test_a_preset_is_saved_into_the_performers_own_folder_and_comes_back(show, home):
    moves = Mapping("audio.treble", "motion.x", 0.25)
    show.store.set("motion.zoom", -1.25)
    show.mapper.replace([moves])
    do(show, "preset.save", "Night 2")
    file = home / "data" / "Other Half" / "presets" / "Night 2.toml"
    assert file.is_file()
    assert show.bank.current == "Night 2"
    do(show, "preset.load", "Pearl")
    assert show.store.get("motion.zoom") != -1.25
    do(show, "preset.load", "Night 2")
    assert show.store.get("motion.zoom") == -1.25
    assert show.mapper.mappings == (moves,)
    file.unlink()
    assert not show.messages.errors


def test_a_saved_preset_has_a_picture_of_the_wall(show):
    until(lambda: show.stage.first is not None)
    do(show, "preset.save", "Seen")
    until(lambda: "Seen" in show.bank.names() and show.bank.picture("Seen"))
    assert Image.open(show.bank.picture("Seen")[0]).size == (192, 108)
    assert not show.messages.errors


def test_a_preset_is_loaded_by_its_number(show):
    do(show, "preset.number", "2")
    assert show.bank.current == show.bank.names()[1]
    do(show, "preset.number", "0")
    assert len(show.messages.errors) == 1


def test_a_midi_control_is_sought_until_it_is_forgotten(show):
    do(show, "midi.learn", "motion.zoom")
    until(lambda: show.midi.learning == "motion.zoom")
    do(show, "midi.forget")
    until(lambda: not show.midi.learning)
    assert not show.messages.errors
    do(show, "midi.learn", "motion.zom")
    (said,) = show.messages.errors
    assert said.startswith("midi: to = 'motion.zom'")


@pytest.mark.parametrize("name", ["", "../outside", "a/b"])
def test_a_preset_is_not_saved_under_a_name_that_is_none(show, home, name):
    before = sorted(home.rglob("*.toml"))
    do(show, "preset.save", name)
    assert len(show.messages.errors) == 1
    assert sorted(home.rglob("*.toml")) == before


def test_the_performers_own_folder_is_the_systems(playing, home):
    portable = STARTER.parents[1] / "portable"
    own = portable if portable.is_dir() else home / "data" / "Other Half"
    from engine.options import own_folder

    assert own_folder() == own


def test_a_network_is_loaded_beside_the_show_and_dreams(show, tmp_path):
    shutil.copy(STARTER, tmp_path / "mine.safetensors")
    do(show, "network.load", str(tmp_path / "mine.safetensors"))
    until(lambda: show.runner.network.name == "mine")
    assert not show.messages.errors
    until(lambda: "network: dreaming through mine" in show.messages.lines)
    do(show, "network.load", str(STARTER))
    until(lambda: show.runner.network.name == STARTER.stem)


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """The starter, one with other channels, and a small one that has fewer layers."""
    return variants(tmp_path_factory.mktemp("networks"))


def load(show, path):
    do(show, "network.load", str(path))
    until(lambda: show.runner.network.name == path.stem, 90)
    until(lambda: show.runner._crossing.old is None)


def test_networks_follow_each_other_and_the_show_goes_on(show, three):
    frames = show.stage.intervals.count
    for path in (*three[1:], three[0]):
        load(show, path)
        assert show.store.members("dream.layer.") == show.runner.network.layers
    assert not show.messages.errors
    assert show.stage.intervals.count > frames + 30
    assert show.runner.dreamer.picture.std() > 0.05


def test_a_network_comes_in_on_the_bar_if_asked(show, three, monkeypatch):
    phase, before = [0.5], show.runner.network
    assert 0 <= show.runner._bar() < 1
    monkeypatch.setattr(show.runner, "_bar", lambda: phase[0])
    show.store.set("network.on_bar", 1)
    do(show, "network.load", str(three[1]))
    until(lambda: not show._opener._opening)
    dreamed = show.runner._number
    phase[0] = 0.9
    until(lambda: show.runner._number > dreamed + 3)
    assert show.runner.network is before
    phase[0] = 0.1
    until(lambda: show.runner.network.name == three[1].stem)
    show.store.set("network.on_bar", 0)
    load(show, three[0])


@pytest.mark.parametrize("preset_first", [True, False])
def test_a_network_without_the_presets_layers_dreams_in_its_own(show, three, home, preset_first):
    for name in show.store.members("dream.layer."):
        show.store.set(f"dream.layer.{name}", 0)
    show.store.set("dream.layer.b256_conv0", 1)
    do(show, "preset.save", "Fine")
    steps = [lambda: do(show, "preset.load", "Fine"), lambda: load(show, three[2])]
    for step in steps if preset_first else reversed(steps):
        step()
    assert "dream.layer.b256_conv0" not in show.store.values()
    assert show.store.get("dream.layer.b16_conv1") == 1
    assert any(line.startswith("layers: none of those in use") for line in show.messages.lines)
    load(show, three[0])
    (home / "data" / "Other Half" / "presets" / "Fine.toml").unlink()
    assert not show.messages.errors


def test_the_governor_lowers_what_no_hand_holds_and_the_figures_tell(show):
    show.store.set("dream.rate", 60)
    show.store.set("dream.iterations", 20)
    until(lambda: show.runner.quality.iterations == 20)
    show.store.release("dream.iterations")
    until(lambda: show.runner.quality.iterations < 20)
    told = figures(show)
    assert told["iterations"] < show.store.get("dream.iterations") == 20
    assert told["size"] == [96, 64]  # which was asked for
    show.store.set("dream.iterations", 19)
    until(lambda: show.runner.quality.iterations == 19)
    show.store.set("dream.rate", 8)
    assert not show.messages.errors


def test_a_file_that_is_no_network_is_said_and_the_dream_goes_on(show, tmp_path):
    (tmp_path / "broken.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0no network at all")
    before = show.runner.network
    do(show, "network.load", str(tmp_path / "broken.safetensors"))
    until(lambda: show.messages.errors)
    (said,) = show.messages.errors
    assert said.startswith("network: ")
    assert "broken.safetensors" in said
    assert show.runner.network is before


def test_a_guide_picture_is_taken_and_given_back(show, tmp_path):
    path = tmp_path / "guide.png"
    Image.new("RGB", (50, 40), (200, 30, 10)).save(path)
    do(show, "guide.load", str(path))
    until(lambda: show.runner.dreamer.guide is not None)
    assert show.runner.dreamer.guide.picture.shape == (1, 3, 64, 96)
    show.store.set("guide.style", 1.0)
    number = show.runner.dreamer.number
    until(lambda: show.runner.dreamer.number > number + 2)
    do(show, "guide.load", str(tmp_path / "none.png"))
    until(lambda: show.messages.errors)
    assert "none.png" in show.messages.errors[-1]
    assert show.runner.dreamer.guide is not None
    do(show, "guide.load")
    until(lambda: show.runner.dreamer.guide is None)
    assert len(show.messages.errors) == 1


def test_the_sound_is_held_and_sought(show):
    until(lambda: show.listener.place)  # the demo track is made first
    do(show, "audio.seek", "0:40")
    until(lambda: 40 <= show.listener.place[0] < 42)
    do(show, "audio.pause")
    until(lambda: show.listener.place[2])
    do(show, "audio.seek", "-10")
    until(lambda: show.listener.place[0] < 33)
    do(show, "audio.pause")
    until(lambda: not show.listener.place[2])
    do(show, "audio.seek", "over there")
    until(lambda: show.messages.errors)
    assert "'over there' is no place in a track" in show.messages.errors[-1]


def test_another_sound_is_opened_and_the_demo_track_again(show, tmp_path):
    tone = 0.3 * np.sin(np.arange(48000 * 3) * 2 * np.pi * 220 / 48000)
    soundfile.write(tmp_path / "tone.wav", tone, 48000)
    do(show, "audio.open", str(tmp_path / "tone.wav"))
    until(lambda: "audio: listening to tone.wav" in show.messages.lines)
    assert show.listener.source == "tone.wav"
    do(show, "audio.open", "demo")
    until(lambda: show.messages.lines[-1] == "audio: listening to demo")
    assert show.listener.source == "demo"


def test_a_sound_that_is_not_there_is_said_and_the_old_one_goes_on(show):
    until(lambda: show.listener.source == "demo")
    do(show, "audio.open", "no such file.wav")
    until(lambda: show.messages.errors)
    assert "no such file.wav" in show.messages.errors[0]
    assert show.listener.source == "demo"


def test_a_second_press_while_it_fades_cuts_and_a_third_gives_the_light_back(show):
    show.store.set("output.blackout_fade", 10)
    for dark in (True, False):
        do(show, "output.dark")
        until(lambda dark=dark: 0 < show.stage.blackout._light < 1)
        do(show, "output.dark")
        until(lambda dark=dark: show.stage.blackout._light == float(not dark), within=3)
        assert show.store.get("output.blackout") == dark
    show.store.set("output.blackout_fade", 0.5)


def test_two_presses_at_once_are_a_cut(show):
    show.store.set("output.blackout_fade", 10)
    show.act("output.dark")
    do(show, "output.dark")
    until(lambda: show.stage.blackout._light == 0, within=3)
    assert show.store.get("output.blackout") == 1
    show.store.set("output.blackout", 0)
    show.stage.blackout.cut()
    show.store.set("output.blackout_fade", 0.5)


def test_moves_presets_and_mappings_are_undone_and_redone(show):
    do(show, "edit.undo")  # the fixture's own moves, if there were any
    show.history.skip(show.looks.state())
    show.history._done.clear()
    ways = [show.looks.state()]
    moves = Mapping("beat.pulse", "output.hue", 20.0)
    for act in (
        lambda: show.store.set("motion.zoom", -0.5),
        lambda: show.act("preset.load", "Reef"),
        lambda: show.mapper.replace([moves]),
        lambda: show.act("preset.next"),
    ):
        act()
        show._tick()
        ways.append(show.looks.state())
    for state in reversed(ways[:-1]):
        do(show, "edit.undo")
        assert show.looks.state() == state
    do(show, "edit.undo")
    assert show.messages.lines[-1] == "edit: nothing to undo"
    for state in ways[1:]:
        do(show, "edit.redo")
        assert show.looks.state() == state
    assert not show.messages.errors


def test_a_morph_is_one_act_and_undone_on_its_way(show):
    show._tick()
    before = show.looks.state()
    show.store.set("preset.morph", 64)
    show._tick()
    do(show, "preset.load", "Reef")
    until(lambda: show.store.get("motion.rotation") != before["motion.rotation"])
    show._tick()
    do(show, "edit.undo")
    assert show.looks.state() == before | {"preset.morph": 64.0}
    assert not show.looks.coming
    show.store.set("preset.morph", 0)


def test_panic_leads_back_to_a_safe_picture_from_whatever_it_was(show):
    stuck = Mapping("audio.level", "output.hue", 180, release=1e9)
    show.mapper.replace([stuck])
    until(lambda: show.store.snapshot()["output.hue"] != show.store.get("output.hue"))
    for id in ("output.blackout", "output.freeze", "dream.strength", "motion.x"):
        show.store.set(id, 1)
    show.store.set("output.brightness", 0)
    show.runner.dreamer.begin(show.runner.dreamer.picture * 0)
    do(show, "show.panic")
    pearl = presets.read(show.bank.folders[0] / "Pearl.toml")
    assert show.bank.current == "Pearl"
    assert show.mapper.mappings == pearl.mappings
    assert show.store.get("output.blackout") == show.store.get("output.freeze") == 0
    for id, value in show.store.values().items():
        row = show.store.row(id)
        if not id.startswith((*presets.LEFT_OUT, "dream.layer.")):
            assert value == pytest.approx(row.read(pearl.values.get(id, row.default))), id
    until(lambda: show.runner.dreamer.picture.std() > 0.1)
    until(lambda: show.stage.blackout._light == 1)
    assert not show.messages.errors


@pytest.mark.parametrize("name", ["output.fullscreen", "panel.toggle", "panel.help"])
def test_what_needs_a_window_does_nothing_without_one(show, name):
    before = show.store.values()
    do(show, name)
    assert not show.messages.errors
    assert show.store.values() == before
    assert not show._ended


def test_show_quit_ends_the_loop_and_nothing_else_does(show):
    assert not show._ended
    try:
        show.act("show.quit")
        show.run()  # returns
        assert show._ended
        assert show.stage.first is not None
    finally:
        show._ended = False


@pytest.fixture
def windowed(screen, home):
    """A show with both of its windows, which nothing plays in."""
    show = Show(Options(size=(64, 48), output=(320, 180)), Messages())
    yield show
    show.close()
    glfw.terminate()


def test_windows_fill_the_screen_and_hide_and_show_help(windowed):
    show = windowed
    for full in (True, False):
        do(show, "output.fullscreen")
        assert show.output.is_fullscreen == full
    window = show.panel.window
    assert glfw.get_window_attrib(window, glfw.VISIBLE)
    for visible in (False, True):
        do(show, "panel.toggle")
        assert bool(glfw.get_window_attrib(window, glfw.VISIBLE)) == visible
    for helping in (True, False):
        do(show, "panel.help")
        assert show.panel._helping == helping
    assert not show.messages.errors
