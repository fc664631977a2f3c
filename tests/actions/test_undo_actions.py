"""Undo and redo in a real show: what a hand did, not what came by itself."""

import time

import pytest
from asking import do
from waiting import until

from engine import undo
from engine.history import REST
from engine.mapping import Mapping


def test_undo_takes_back_what_waits_alone_and_then_what_was_done_before(show, on_the_bar):
    show.store.set("motion.zoom", 0.5)
    show._tick()
    values = show.store.values()
    do(show, "preset.load", "Reef")
    do(show, "edit.undo")
    assert show.messages.lines[-1] == "edit: Reef does not come"
    assert (show.looks.waiting, show.looks.playing) == ("", "Pearl")
    assert show.store.values() == values
    do(show, "edit.undo")
    assert show.store.get("motion.zoom") != 0.5
    assert not show.messages.errors


def test_what_was_done_just_before_a_preset_is_saved_is_undone_as_ever(show):
    show._tick()
    show.history._done.clear()
    show.store.set("motion.zoom", 0.5)
    do(show, "preset.save", "Just now")
    do(show, "edit.undo")
    assert show.store.get("motion.zoom") != 0.5
    show.looks.cut("Pearl")
    show.bank.delete("Just now")


def test_undo_brings_a_renamed_and_a_deleted_preset_back_with_picture_and_number(show, home):
    until(lambda: show.stage.first is not None)
    do(show, "preset.save", "Night 4")
    until(lambda: "Night 4" in show.bank.names() and show.bank.picture("Night 4"))
    do(show, "preset.slot", "9 Night 4")
    ways = [undo.state(show)]
    for act in (("preset.rename", "Night 4/Dusk"), ("preset.delete", "Dusk")):
        time.sleep(REST)
        do(show, *act)
        ways.append(undo.state(show))
    assert [(way["preset"], way["slots"][9]) for way in ways] == [
        ("Night 4", "Night 4"), ("Dusk", "Dusk"), ("Dusk", "Dusk")
    ]  # fmt: skip
    for state in (ways[1], ways[0]):
        do(show, "edit.undo")
        assert undo.state(show) == state
    assert show.bank.numbered("9") == "Night 4" and show.bank.picture("Night 4")
    do(show, "edit.redo")
    do(show, "edit.redo")
    assert undo.state(show) == ways[2] and "Dusk" not in show.bank.names()
    show.looks.load("Tide", by_hand=False)
    show._tick()
    for act in ("edit.undo", "edit.undo", "edit.redo", "edit.redo"):
        do(show, act)
        assert show.looks.playing == "Tide"
    do(show, "preset.load", "Pearl")
    do(show, "preset.save", "Dusk")
    for _ in range(2):
        do(show, "edit.undo")
    assert show.messages.errors[-1].startswith("edit: Dusk.deleted stays")


def test_moves_presets_and_mappings_are_undone_and_redone(show):
    do(show, "edit.undo")  # the fixture's own moves, if there were any
    show.history.skip(undo.state(show))
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
    told = []
    for state in reversed(ways[:-1]):
        do(show, "edit.undo")
        assert show.looks.state() == state
        told.append(show.messages.lines[-1])
    named = "preset Reef", "mappings", f"preset {ways[0]['preset']}", "motion.zoom"
    assert told == [f"edit: undo: {words}" for words in named]
    do(show, "edit.undo")
    assert show.messages.lines[-1] == "edit: nothing to undo"
    for state in ways[1:]:
        do(show, "edit.redo")
        assert show.looks.state() == state
    assert not show.messages.errors


def test_slots_and_the_place_in_the_set_list_are_undone_with_what_they_did(show, home):
    cues = "\n".join(f'[[song.cue]]\npreset = "{name}"' for name in ("Reef", "Tide", "Gone"))
    (home / "data" / "Other Half" / "setlist.toml").write_text(f"version = 1\n[[song]]\n{cues}\n")
    show._tick()
    ways = [undo.state(show)]
    for act in (("cue.go", ""), ("preset.slot", "7 Reef"), ("cue.go", ""), ("song.previous", "")):
        do(show, *act)
        ways.append(undo.state(show))
        time.sleep(REST)
    assert [way["cue"][0] for way in ways] == [-1, 0, 0, 1, -1]
    assert ways[2]["slots"] == ways[0]["slots"] | {7: "Reef"}
    for state in reversed(ways[:-1]):
        do(show, "edit.undo")
        assert undo.state(show) == state
    slots = home / "data" / "Other Half" / "slots.toml"
    assert "Reef" not in slots.read_text()
    do(show, "edit.redo")
    assert undo.state(show) == ways[1]
    assert list(show.messages.faults) == ["cues"]  # Gone is not there
    (home / "data" / "Other Half" / "setlist.toml").write_text("version = 1\n")
    show._tick()
    assert not show.messages.faults


@pytest.fixture
def led(show, home):
    """A set list whose first cue is followed by the second after a bar, the third after GO."""
    setlist = home / "data" / "Other Half" / "setlist.toml"
    cues = '[[song.cue]]\npreset = "Reef"\nfollow = 1\n[[song.cue]]\npreset = "Tide"\n'
    setlist.write_text(f"version = 1\n[[song]]\n{cues}[[song.cue]]\npreset = 'Silk'\n")
    until(lambda: show._tick() or len(show.cues.cues) == 3)
    show.cues.stand_at(-1)
    show._tick()
    show.history._done.clear()
    yield
    setlist.write_text("version = 1\n")
    until(lambda: show._tick() or not show.cues.cues)


def test_a_cue_on_the_bar_is_one_act_and_the_one_that_follows_it_none(show, led, on_the_bar):
    show.history._done.clear()
    ways = [undo.state(show)]
    do(show, "cue.go")
    assert undo.state(show) == ways[0] and show.cues.waits and show.state().cue == -1
    do(show, "edit.undo")
    assert (show.looks.waiting, show.cues.place) == ("", -1)
    do(show, "cue.go")
    on_the_bar()
    show._tick()  # the next is called, and waits
    assert (show.looks.playing, show.looks.waiting) == ("Reef", "Tide")
    ways.append(undo.state(show))
    on_the_bar()
    assert (show.looks.playing, show.cues.place) == ("Tide", 1)
    do(show, "edit.undo")
    assert undo.state(show) == ways[0]
    assert not show.cues.follow
    do(show, "edit.redo")
    assert undo.state(show) == ways[1] and show.looks.waiting == "Tide"
    do(show, "edit.undo")
    do(show, "edit.undo")
    assert show.messages.lines[-1] == "edit: nothing to undo"


def test_what_would_follow_what_is_undone_does_not_come_and_is_the_next_cue(show, led, on_the_bar):
    show.cues.stand_at(0, True)
    show.looks.cut("Silk")
    show._tick()
    do(show, "preset.load", "Reef")
    on_the_bar()
    show._tick()
    assert (show.looks.waiting, show.cues.place) == ("Tide", 1)
    do(show, "edit.undo")
    assert (show.looks.playing, show.looks.waiting, show.cues.place) == ("Silk", "", 0)


def test_panic_ends_what_would_follow_and_its_undo_brings_that_back(show, led, on_the_bar):
    show.store.set("preset.every", 8)
    do(show, "cue.go")
    on_the_bar()
    show._tick()
    assert (show.looks.playing, show.looks.waiting) == ("Reef", "Tide")
    do(show, "show.panic")
    on_the_bar()
    assert (show.looks.playing, show.looks.waiting, show.cues.follow) == ("Pearl", "", 0)
    do(show, "edit.undo")
    assert (show.looks.playing, show.looks.waiting) == ("Reef", "Tide")
    assert show.store.get("preset.every") == 8
    show.cues.stand_at(-1)
    show.store.set("preset.every", 0)
    show.looks.cut("Pearl")


def test_what_comes_by_itself_is_no_act_and_a_preset_is_undone_to_the_whole_look_before(
    show, on_the_bar
):
    show.store.set("preset.every", 1)
    do(show, "preset.load", "Reef")
    show.history._done.clear()
    before = undo.state(show)
    on_the_bar()
    show.store.set("audio.gain", 6)
    show._tick()
    for _ in range(3):
        on_the_bar()
        show._tick()
    assert show.looks.playing not in ("Pearl", "Reef") and show.looks.waiting
    assert len(show.history._done) == 2
    do(show, "edit.undo")
    assert show.store.get("audio.gain") == 0 and show.looks.playing not in ("Pearl", "Reef")
    do(show, "edit.undo")
    assert undo.state(show) == before
    show.store.set("preset.every", 0)


def test_what_a_hand_moves_while_a_look_comes_is_an_act_of_its_own(show):
    show.store.set("preset.morph", 64)
    show._tick()
    do(show, "preset.load", "Reef")
    until(lambda: show._tick() or not show.looks.waiting)
    there = show.looks.state()
    show.store.set("output.hue", 90)
    show._tick()
    do(show, "edit.undo")
    assert show.looks.state() == there
    assert show.store.get("motion.rotation") != there["motion.rotation"], "it is on its way still"
    show.store.set("preset.morph", 0)
    show.looks.cut("Pearl")


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
    assert not show.looks.waiting
    show.store.set("preset.morph", 0)
