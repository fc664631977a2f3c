"""The bank: what there is in which order, asked for by name, number and step, saved, in slots."""

import numpy as np
import pytest
from banks import filled, play, put

from engine.bank import Bank
from engine.mapping import Mapper, Mapping, Signals
from engine.parameters import Store
from engine.presets import PresetError

ZOOM = Mapping("audio.bass", "motion.zoom", 0.4, curve="power", attack=0.02, release=0.25)


def test_a_bank_lists_the_presets_of_its_folders(bank):
    for folder, name in ((0, "Pearl"), (0, "Ash"), (1, "Mine"), (1, "Pearl")):
        put(bank, folder, name)
    assert bank.names() == ["Ash", "Mine", "Pearl"]


def test_a_bank_lists_first_what_asks_for_a_place_and_names_what_is_wrong_once(bank, said):
    asked = {"Wild": "2", "Calm": "1.5", "Odd": "'x'", "Far": "nan", "No": "["}
    for name, order in asked.items():
        put(bank, 0, name, f"version = 1\norder = {order}")
    put(bank, 0, "Ash")
    assert bank.names() == ["Calm", "Wild", "Ash", "Far", "No", "Odd"]
    assert bank.names()
    said.sort()
    assert [line.partition(":")[0] for line in said] == ["Far.toml", "No.toml", "Odd.toml"]
    assert said[2] == "Odd.toml: order = 'x': must be a number up to 10000"


def test_saved_again_a_preset_keeps_its_place(bank):
    for order, name in enumerate(("Moss", "Ash", "Calm"), 1):
        put(bank, 0, name, f"version = 1\norder = {order}")
    bank.save("Ash", filled(), Mapper())
    assert bank.names() == ["Moss", "Ash", "Calm"]


def test_the_performers_own_preset_comes_before_the_houses(bank):
    put(bank, 0, "Pearl", "version = 1\n[motion]\nzoom = 1.0")
    put(bank, 1, "Pearl", "version = 1\n[motion]\nzoom = -1.0")
    store = filled()
    play(bank, "Pearl", store, Mapper())
    assert store.get("motion.zoom") == -1


def test_loading_plays_what_there_is_and_says_what_was_skipped(bank, said):
    put(bank, 0, "A", "version = 1\nnothing = 1\n[motion]\nzoom = 0.7")
    store, mapper = filled(), Mapper([ZOOM])
    play(bank, "A", store, mapper)
    assert store.get("motion.zoom") == 0.7
    assert mapper.mappings == (ZOOM,)
    assert bank.current == "A"
    assert said == ["A: 'nothing': no parameter of this name"]


def test_a_mapping_of_a_signal_that_nobody_publishes_is_said_with_the_one_meant(bank, said):
    signals = Signals()
    strange = tuple(Mapping(name, "motion.zoom", 1.0) for name in ("audio.bas", "midi.1.cc.7"))
    bank.tell_strange("A", signals, strange)
    assert said == []  # where nobody says which there are
    signals.expect({"audio.bass", "beat.phase"})
    bank.tell_strange("A", signals, (*strange, ZOOM))
    assert said == [
        "A: no signal is called 'audio.bas', so it moves nothing; did you mean audio.bass?"
    ]


@pytest.mark.parametrize("name", ["B", "", "../house/A", "A.toml", "/etc/passwd"])
def test_a_preset_that_there_is_not_is_refused_and_the_last_one_plays_on(bank, name):
    put(bank, 0, "A")
    store, mapper = filled(), Mapper([ZOOM])
    with pytest.raises(PresetError, match="no preset is called"):
        play(bank, name, store, mapper)
    assert mapper.mappings == (ZOOM,)


def test_a_broken_preset_leaves_everything_as_it_was(bank):
    put(bank, 0, "A", "version = 1\n[motion]\nzoom = ")
    store, mapper = filled(), Mapper([ZOOM])
    with pytest.raises(PresetError, match=r"A\.toml"):
        play(bank, "A", store, mapper)
    assert store.values() == filled().values()
    assert (mapper.mappings, bank.current) == ((ZOOM,), "")


def test_steps_go_round(bank):
    for name in "ABC":
        put(bank, 0, name)
    assert (bank.step("", 1), bank.step("", -1)) == ("A", "C")
    assert (bank.step("C", 1), bank.step("C", -1)) == ("A", "B")


def test_presets_have_numbers_and_the_lamp_of_the_one_that_plays_is_lit(bank):
    for name in ("ember", "reef", "tide"):
        put(bank, 0, name)
    assert [bank.numbered(number) for number in "123"] == ["ember", "reef", "tide"]
    play(bank, "reef", Store(), Mapper())
    lamps = [bank.lamp("preset.number", number) for number in ("1", "2", "3", "4", "none")]
    assert lamps == [0, 1, 0, None, 0]
    assert bank.lamp("preset.load", "reef") == 1
    assert bank.lamp("preset.load", "tide") == bank.lamp("beat.tap", "") == 0
    put(bank, 1, "coral")
    bank.save("moss", Store(), Mapper())
    assert bank.lamp("preset.number", "3") == 1


@pytest.mark.parametrize("number", ["0", "4", "-1", "", "two", "²", "9" * 5000])
def test_a_number_without_a_preset_is_refused(bank, number):
    for name in ("ember", "reef", "tide"):
        put(bank, 0, name)
    with pytest.raises(PresetError, match="must be 1 to 3"):
        bank.numbered(number)


def test_a_step_through_no_presets_is_refused(bank):
    with pytest.raises(PresetError, match="no presets"):
        bank.step("", 1)


def test_saving_keeps_the_state_in_the_performers_folder(bank):
    store, mapper = filled(), Mapper([ZOOM])
    store.set("motion.zoom", 0.5)
    bank.save("Été 2-a_b", store, mapper)
    assert bank.current == "Été 2-a_b"
    assert (bank.folders[1] / "Été 2-a_b.toml").exists()
    again, other = filled(), Mapper()
    play(bank, "Été 2-a_b", again, other)
    assert again.get("motion.zoom") == 0.5
    assert other.mappings == (ZOOM,)


def test_a_name_is_saved_without_the_blanks_around_it(bank):
    bank.save("Reef", filled(), Mapper())
    bank.save("  Reef ", filled(), Mapper())
    assert (bank.names(), bank.current) == (["Reef"], "Reef")
    bank.keep("3  Reef ")
    assert bank.slots == {3: "Reef"}


def test_what_a_preset_held_is_kept_when_it_is_saved_anew(bank, said):
    store = filled()
    bank.save("Mine", store, Mapper())
    before = (bank.folders[-1] / "Mine.toml").read_text()
    store.set("motion.zoom", 0.7)
    bank.save("Mine", store, Mapper())
    assert (bank.folders[-1] / "Mine.before").read_text() == before
    assert "Mine.before" in said[-1]
    assert bank.names().count("Mine") == 1 and "Mine.before" not in bank.names()


@pytest.mark.parametrize(
    "name",
    ["", " ", "../x", "a/b", "a\\b", "C:x", ".hidden", "a.toml", "x\n", "x\0", "a" * 61, "~", "*"],
)
def test_a_name_that_is_a_path_is_refused(bank, tmp_path, name):
    with pytest.raises(PresetError, match="letters, digits"):
        bank.save(name, filled(), Mapper())
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_an_order_that_is_edited_in_place_moves_the_preset(bank):
    for order, name in enumerate("ABC"):
        put(bank, 0, name, f"version = 1\norder = {order}")
    assert bank.names() == ["A", "B", "C"]
    put(bank, 0, "A", "version = 1\norder = 2.5")
    assert bank.names() == ["B", "C", "A"]


def test_only_what_has_changed_is_read_again(bank, monkeypatch):
    for name in "ABC":
        put(bank, 0, name)
    bank.names()
    read = []
    monkeypatch.setattr("engine.bank.place", lambda path: read.append(path.stem) or 0.0)
    put(bank, 1, "D")
    bank.names()
    assert read == ["D"]


def test_a_file_of_broken_mappings_alone_leaves_those_that_play_and_names_what_is_missing(
    bank, said
):
    put(bank, 0, "A", 'version = 1\n[[mapping]]\nsignal = "audio.bass"\nparameter = "motion.x"')
    mapper = Mapper([ZOOM])
    play(bank, "A", filled(), mapper)
    assert mapper.mappings == (ZOOM,)
    assert len(said) == 1
    assert said[0].endswith("it lacks amount")


def test_a_mapping_list_that_is_empty_ends_the_mappings_and_saving_without_any_writes_it(bank):
    bank.save("Still", filled(), Mapper())
    mapper = Mapper([ZOOM])
    play(bank, "Still", filled(), mapper)
    assert mapper.mappings == ()


def test_a_hundred_broken_files_are_a_hundred_clear_lines(bank, said):
    breaks = (
        "[", "[motion]\nzoom =", "order = 'x'", "order = true", "version = 2", "\0",
        "a = 0x" + "f" * 5000, "x = " + "[" * 3000, "mapping = 3", "[mapping]\na = 1",
    )  # fmt: skip
    for number in range(100):
        start = "" if number % 10 == 4 else "version = 1\n"
        put(bank, 0, f"Broken {number}", start + breaks[number % 10] + "\n" * (number // 10))
    put(bank, 0, "Whole")
    for name in bank.names():
        if name != "Whole":
            before = len(said)
            try:
                play(bank, name, filled(), Mapper())
            except PresetError as refusal:
                said.append(str(refusal))
            assert len(said) > before or any(f"{name}.toml: order" in line for line in said)
    assert {line.partition(".toml: ")[0] for line in said} == {f"Broken {n}" for n in range(100)}
    assert all(len(line) < 200 and "\n" not in line for line in said)


def test_a_slot_calls_its_preset_and_an_empty_one_the_place(bank, tmp_path, said):
    for name in ("ember", "reef", "tide"):
        put(bank, 0, name)
    play(bank, "tide", Store(), Mapper())
    bank.keep("1")
    bank.keep("7 reef")
    assert [bank.numbered(number) for number in "127"] == ["tide", "reef", "reef"]
    assert [bank.lamp("preset.number", number) for number in "123"] == [1, 0, 1]
    again = Bank(bank.folders, said.append, said.append)
    assert again.slots == {1: "tide", 7: "reef"}
    (tmp_path / "house/tide.toml").unlink()
    assert again.numbered("1") == "ember"


@pytest.mark.parametrize("words", ["", "0", "100", "x", "-1", "1 none", "²"])
def test_a_slot_that_cannot_be_is_refused(bank, words):
    put(bank, 0, "reef")
    play(bank, "reef", Store(), Mapper())
    with pytest.raises(PresetError, match=r"slot|there is none to keep"):
        bank.keep(words)
    assert bank.slots == {}


def test_wrong_slots_in_the_file_are_named_and_the_others_stay(bank, tmp_path, said):
    text = 'version = 1\n[slots]\n1 = "reef"\n0 = "x"\nnine = "x"\n3 = 0x' + "f" * 5000
    (tmp_path / "slots.toml").write_text(text)
    assert Bank(bank.folders, said.append, said.append).slots == {1: "reef"}
    assert len(said) == 3
    (tmp_path / "slots.toml").write_text("version = 2")
    assert Bank(bank.folders, said.append, said.append).slots == {}
    assert "slots.toml: version = 2" in said[-1]


TORN = 'version = 1\n[slots]\n1 = "reef"\n2 = "tide\n'


@pytest.mark.parametrize(
    "text", [TORN, 'version = 1\n[slot]\n1 = "reef"', "version = 1\nslots = 3"]
)
def test_a_torn_file_of_slots_is_kept_aside_before_another_is_written(bank, tmp_path, said, text):
    put(bank, 0, "reef")
    file = tmp_path / "slots.toml"
    file.write_text(text)
    torn = Bank(bank.folders, said.append, said.append)
    assert (torn.slots, len(said)) == ({}, 1)
    torn.keep("5 reef")
    (aside,) = tmp_path.glob("slots *.toml")
    assert aside.read_text() == text
    assert f"what slots.toml held is now {aside.name}" in said
    assert Bank(bank.folders, said.append, said.append).slots == {5: "reef"}
    torn.keep("6 reef")
    assert list(tmp_path.glob("slots *.toml")) == [aside]


def test_a_file_of_slots_that_is_edited_while_the_show_plays_counts(bank, tmp_path):
    for name in ("reef", "tide"):
        put(bank, 0, name)
    bank.keep("1 reef")
    file = tmp_path / "slots.toml"
    file.write_text('version = 1\n[slots]\n2 = "tide"\n9 = "reef"\n')
    assert bank.numbered("9") == "reef"
    file.write_text('version = 1\n[slots]\n2 = "tide"\n8 = "reef" # by hand\n')
    bank.keep("5 reef")
    again = Bank(bank.folders, str, str)
    assert again.slots == bank.slots == {2: "tide", 5: "reef", 8: "reef"}
    file.write_text(TORN)
    assert bank.slots == again.slots  # one that cannot be read leaves those that are there
    bank.put_slots({1: "tide"})
    assert [aside.read_text() for aside in tmp_path.glob("slots *.toml")] == [TORN]
    file.write_text(TORN)
    assert bank.slots == {1: "tide"}
    file.unlink()
    bank.put_slots({3: "tide"})
    assert Bank(bank.folders, str, str).slots == {3: "tide"}


def test_a_picture_is_that_of_the_file_that_counts_and_changes_when_it_is_taken_again(bank):
    put(bank, 0, "Pearl")
    (bank.folders[0] / "Pearl.jpg").write_bytes(b"house")
    assert bank.names() == ["Pearl"]
    assert bank.picture("Pearl")[0] == bank.folders[0] / "Pearl.jpg"
    bank.save("Pearl", filled(), Mapper())
    assert bank.names() == ["Pearl"]
    assert bank.picture("Pearl") is None
    seen = set()
    for level in (100, 200):
        pixels = np.full((20, 40, 4), level, np.uint8)
        pixels[:, :20] = 0
        bank.show("Pearl", pixels)
        bank.names()
        path, version = bank.picture("Pearl")
        assert path == bank.folders[1] / "Pearl.jpg"
        seen.add(version)
    assert len(seen) == 2


def test_a_picture_that_cannot_be_kept_is_said(bank):
    (bank.folders[1] / "Pearl.jpg").mkdir()
    pixels = np.zeros((20, 40, 4), np.uint8)
    pixels[:10] = 200
    with pytest.raises(PresetError, match="Pearl: its picture cannot be kept"):
        bank.show("Pearl", pixels)


@pytest.mark.parametrize("name", ["", " ", "a/b", "a.b", "x" * 61])
def test_a_name_that_no_preset_may_have_is_refused_before_it_is_asked_for(bank, name):
    assert "letters, digits" in bank.refusal(name)
    with pytest.raises(PresetError):
        bank.save(name, Store(), Mapper())
    assert bank.refusal("Deep blue-2_b") == ""


def test_a_default_is_what_the_preset_that_plays_says_now(bank):
    put(bank, 1, "Mine")
    play(bank, "Mine", filled(), Mapper())
    for text, said in (("[motion]\nzoom = 0.3", {"motion.zoom": 0.3}), ("zoom = ", {})):
        put(bank, 1, "Mine", f"version = 1\n{text}")
        bank.names()
        assert bank.said(Store()) == said
