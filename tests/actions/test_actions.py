"""Every action of the table does what its row says, in a real show without a screen."""

import time

import glfw
import numpy as np
import pytest
import soundfile
from asking import do
from waiting import until

from engine import clock
from engine.messages import Messages
from engine.options import Options
from engine.parameters import ACTIONS, ParameterError
from engine.show import Show


def test_the_table_is_all_that_can_be_asked_for(show):
    assert show._actions("", 0.0).keys() == ACTIONS.keys()


def test_an_action_that_is_not_in_the_table_is_refused(show):
    with pytest.raises(ParameterError, match=r"'preset\.lod'"):
        show.act("preset.lod")


def test_what_is_asked_for_is_done_while_the_windows_fail(show, monkeypatch):
    def broken():
        raise KeyError("a tile")

    monkeypatch.setattr(show, "_serve_windows", broken)
    show.act("preset.load", "Reef")
    with pytest.raises(KeyError):
        show._tick()
    assert show.looks.playing == "Reef"


def test_of_a_burst_of_triggers_none_is_lost_and_windows_are_served_between(show):
    before = show.bank.current
    for _ in range(500):
        show.act("lock.toggle", "output.hue")
        show.act("preset.number", "3")
    show._tick()
    assert show._asked, "more than one tick's work"
    until(lambda: show._tick() or not show._asked)
    assert show.bank.current == show.bank.names()[2] != before
    assert "output.hue" not in show.store.locks, "toggled 500 times"
    assert not show.messages.errors


def test_a_hand_lets_go_of_one_parameter_or_of_all(show):
    for id in ("output.hue", "tone.hold", "motion.x"):
        show.store.set(id, 0.5)
    do(show, "hand.release", "tone.hold")
    assert {
        "output.hue",
        "motion.x",
    } <= show.store.by_hand() and "tone.hold" not in show.store.by_hand()
    do(show, "hand.release")
    assert show.store.by_hand() == frozenset()
    with pytest.raises(ParameterError):
        show._actions("no.such", 0.0)["hand.release"]()


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


def test_a_midi_control_is_sought_until_it_is_forgotten(show):
    do(show, "midi.learn", "motion.zoom")
    until(lambda: show.midi.learning == "motion.zoom")
    do(show, "midi.forget")
    until(lambda: not show.midi.learning)
    assert not show.messages.errors
    do(show, "midi.learn", "motion.zom")
    (said,) = show.messages.errors
    assert said.startswith("midi: to = 'motion.zom'")


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
        until(lambda dark=dark: 0 < show.stage.light.blackout._light < 1)
        do(show, "output.dark")
        until(lambda dark=dark: show.stage.light.blackout._light == float(not dark), within=3)
        assert show.store.get("output.blackout") == dark
    show.store.set("output.blackout_fade", 0.5)


def test_two_presses_at_once_are_a_cut(show):
    show.store.set("output.blackout_fade", 10)
    show.act("output.dark")
    do(show, "output.dark")
    until(lambda: show.stage.light.blackout._light == 0, within=3)
    assert show.store.get("output.blackout") == 1
    show.store.set("output.blackout", 0)
    show.stage.light.blackout.cut()
    show.store.set("output.blackout_fade", 0.5)


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
        assert show.panel.keys.helping == helping
    assert not show.messages.errors


def test_the_settings_are_followed_while_the_show_plays(windowed, home):
    show, file = windowed, home / "data" / "Other Half" / "settings.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('version = 1\nflashes = 2\n[keys]\nQ = "output.freeze"\n')
    show._tick()
    assert show.stage.light.flash.most == show.settings.flashes == 2
    show.keyboard.press("Q", 0.0)
    assert show.store.get("output.freeze") == 1
    assert dict(show.panel.keys.listed)["Z, Q"] == show.store.row("output.freeze").help
    file.write_text("version = 1\nflashes = 900\n")
    show._tick()
    assert (show.stage.light.flash.most, list(show.messages.faults)) == (3, ["settings"])
    file.write_text("version = 1\n")
    show._tick()
    assert not show.messages.faults
    file.unlink()
