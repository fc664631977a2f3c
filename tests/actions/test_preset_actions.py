"""Presets are asked for, saved and undone in a real show; panic leads back to a safe one."""

import time

import pytest
from asking import do
from PIL import Image
from waiting import until

from engine import presets
from engine.control.bindings import Binding
from engine.control.midi_messages import Control
from engine.figures import names
from engine.history import REST
from engine.mapping import Mapping
from engine.options import STARTER, own_folder
from engine.parameters import MACROS


def test_a_preset_is_loaded_by_name_with_its_mappings(show):
    do(show, "preset.load", "Reef")
    reef = presets.read(show.bank.folders[0] / "Reef.toml")
    assert show.bank.current == "Reef"
    assert show.mapper.mappings == reef.mappings
    assert show.store.get("dream.layer.b64_conv1") == reef.values["dream.layer.b64_conv1"]
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


def test_while_one_waits_next_goes_on_from_it_and_the_other_acts_are_of_what_plays(
    show, on_the_bar
):
    listed = show.bank.names()
    place = listed.index("Pearl")
    do(show, "preset.next")
    do(show, "preset.next")
    assert show.looks.waiting == listed[place + 2]
    assert names(show)["preset.playing"] == show.state().preset == "Pearl"
    do(show, "preset.slot", "8")
    assert show.bank.slots[8] == "Pearl"
    do(show, "preset.previous")
    on_the_bar()
    assert (show.looks.playing, show.looks.waiting) == (listed[place + 1], "")


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


def test_an_own_preset_is_renamed_and_put_aside_and_the_picture_plays_on(show, home):
    do(show, "preset.save", "Night 3")
    values = show.store.values()
    do(show, "preset.rename", "Night 3/Dawn")
    assert show.bank.current == "Dawn" and "Night 3" not in show.bank.names()
    do(show, "preset.delete", "Dawn")
    assert "Dawn" not in show.bank.names()
    assert show.store.values() == values
    assert not show.messages.errors
    time.sleep(REST)
    do(show, "preset.next")
    listed = show.bank.names()
    assert show.looks.playing == min(name for name in listed[24:] if name > "Dawn")
    do(show, "edit.undo")
    do(show, "preset.delete", "Pearl")
    assert "came along" in show.messages.errors[-1]
    (home / "data" / "Other Half" / "presets" / "Dawn.deleted").unlink()


def test_whoever_still_names_a_preset_is_told_as_it_goes(show, home):
    own = home / "data" / "Other Half"
    (own / "settings.toml").write_text('version = 1\n[keys]\nQ = "preset.load Old"\n')
    (own / "setlist.toml").write_text('version = 1\n[[song]]\n[[song.cue]]\npreset = "Old"\n')
    pad = Binding("pad", Control.read("10.note.36"), "preset.load Old")
    show.midi._own["pad", pad.control] = pad
    do(show, "preset.save", "Old")
    named = "cue 1, key Q, MIDI 10.note.36"
    for act, words in (("preset.rename", "Old/New"), ("edit.undo", ""), ("preset.delete", "Old")):
        do(show, act, words)
        time.sleep(REST)
    (renamed,) = [line for line in show.messages.lines if "is called New now" in line]
    assert renamed == f"preset: Old is called New now; still named by {named}"
    assert show.messages.lines[-1].startswith("preset: Old is put aside: Old")
    assert show.messages.lines[-1].endswith(f"; still named by {named}")
    show.midi._own.clear()
    for name in ("settings.toml", "setlist.toml"):
        (own / name).write_text("version = 1\n")
    show._tick()


def test_a_preset_is_loaded_by_its_number(show):
    do(show, "preset.number", "2")
    assert show.bank.current == show.bank.names()[1]
    do(show, "preset.number", "0")
    assert len(show.messages.errors) == 1


@pytest.mark.parametrize("name", ["", "../outside", "a/b"])
def test_a_preset_is_not_saved_under_a_name_that_is_none(show, home, name):
    before = sorted(home.rglob("*.toml"))
    do(show, "preset.save", name)
    assert len(show.messages.errors) == 1
    assert sorted(home.rglob("*.toml")) == before


def test_the_performers_own_folder_is_the_systems(playing, home):
    portable = STARTER.parents[1] / "portable"
    own = portable if portable.is_dir() else home / "data" / "Other Half"
    assert own_folder() == own


def test_others_are_told_what_plays_what_comes_next_and_both_looks(show, home):
    cues = '[[song.cue]]\npreset = "Tide"\nnote = "drums"\n[[song.cue]]\npreset = "Gone"\n'
    setlist = home / "data" / "Other Half" / "setlist.toml"
    setlist.write_text(f'version = 1\n[[song]]\nname = "One"\n{cues}')
    until(lambda: show._tick() or len(show.cues.cues) == 2)
    show.cues.stand_at(-1)
    macros = {f"moves.{id}": names for id, names in show.mapper.moves(MACROS).items()}
    told = {"preset.playing": "Pearl", "look.a": "", "look.b": ""} | macros
    nexts = [("Tide", "drums"), ("Gone", "no such preset"), ("", "the last cue plays")]
    for place, (preset, note) in enumerate(nexts, -1):
        show.cues.stand_at(place)
        song = "One" if preset else ""
        assert names(show) == told | {"cue.next": preset, "cue.song": song, "cue.note": note}
    setlist.write_text("version = 1\n")
    until(lambda: show._tick() or not show.cues.cues)
    do(show, "preset.load", "Reef")
    do(show, "mix.b")
    told |= {"preset.playing": "Reef", "look.b": "Reef"}
    assert names(show) == told
    show.mapper.replace([Mapping("macro.8", "motion.x", 1.0), Mapping("macro.8", "motion.y", 1.0)])
    moved = dict.fromkeys(macros, "") | {"moves.macro.8": "x, y"}
    assert names(show) == told | moved
    show.looks.resume({})


def test_panic_leads_back_to_a_safe_picture_from_whatever_it_was(show):
    stuck = Mapping("audio.level", "output.hue", 180, release=1e9)
    show.mapper.replace([stuck])
    until(lambda: show.store.snapshot()["output.hue"] != show.store.get("output.hue"))
    for id in ("output.blackout", "output.freeze", "dream.strength", "motion.x", "wander.far"):
        show.store.set(id, 1)
    show.store.set("output.brightness", 0)
    show.runner.dreamer.begin(show.runner.dreamer.picture * 0)
    do(show, "show.panic")
    pearl = presets.read(show.bank.folders[0] / "Pearl.toml")
    assert show.bank.current == "Pearl"
    assert show.mapper.mappings == pearl.mappings
    assert show.store.get("output.blackout") == show.store.get("output.freeze") == 0
    assert show.store.get("wander.far") == show.store.row("wander.far").default
    for id, value in show.store.values().items():
        row = show.store.row(id)
        if not id.startswith((*presets.LEFT_OUT, "dream.layer.")):
            assert value == pytest.approx(row.read(pearl.values.get(id, row.default))), id
    until(lambda: show.runner.dreamer.picture.std() > 0.1)
    until(lambda: show.stage.light.blackout._light == 1)
    assert not show.messages.errors


def test_a_saved_preset_has_a_picture_of_the_wall(show):
    until(lambda: show.stage.first is not None)
    do(show, "preset.save", "Seen")
    until(lambda: "Seen" in show.bank.names() and show.bank.picture("Seen"))
    assert Image.open(show.bank.picture("Seen")[0]).size == (192, 108)
    assert not show.messages.errors
