"""The bank: presets by name, number and place, loaded and saved; nothing leaves its folders."""

import pytest

from engine.mapping import Mapper, Mapping
from engine.parameters import Store
from engine.presets import Bank, PresetError

ZOOM = Mapping("audio.bass", "motion.zoom", 0.4, curve="power")


@pytest.fixture
def said():
    return []


@pytest.fixture
def bank(tmp_path, said):
    for folder in ("house", "own"):
        (tmp_path / folder).mkdir()
    return Bank([tmp_path / "house", tmp_path / "own"], said.append)


def put(bank, folder, name, text="version = 1\n"):
    (bank.folders[folder] / f"{name}.toml").write_text(text, "utf-8")


def test_a_bank_lists_the_presets_of_its_folders(bank):
    for folder, name in ((0, "Pearl"), (0, "Ash"), (1, "Mine"), (1, "Pearl")):
        put(bank, folder, name)
    assert bank.names() == ["Ash", "Mine", "Pearl"]


def test_a_bank_lists_first_what_asks_for_a_place_and_whatever_stands_there_lists_all(bank):
    asked = {"Wild": "2", "Calm": "1.5", "Odd": "'x'", "Far": "nan", "No": "["}
    for name, order in asked.items():
        put(bank, 0, name, f"version = 1\norder = {order}")
    put(bank, 0, "Ash")
    assert bank.names() == ["Calm", "Wild", "Ash", "Far", "No", "Odd"]


def test_saved_again_a_preset_keeps_its_place(bank):
    for order, name in enumerate(("Moss", "Ash", "Calm"), 1):
        put(bank, 0, name, f"version = 1\norder = {order}")
    bank.save("Ash", Store(), Mapper())
    assert bank.names() == ["Moss", "Ash", "Calm"]


def test_the_performers_own_preset_comes_before_the_houses(bank):
    put(bank, 0, "Pearl", "version = 1\n[motion]\nzoom = 1.0")
    put(bank, 1, "Pearl", "version = 1\n[motion]\nzoom = -1.0")
    store = Store()
    bank.load("Pearl", store, Mapper())
    assert store.get("motion.zoom") == -1


def test_loading_plays_values_and_mappings_and_says_what_was_skipped(bank, said):
    put(bank, 0, "A", "version = 1\nnothing = 1\n[motion]\nzoom = 0.7")
    store, mapper = Store(), Mapper([ZOOM])
    bank.load("A", store, mapper)
    assert store.get("motion.zoom") == 0.7
    assert mapper.mappings == ()
    assert bank.current == "A"
    assert said == ["preset A: skipped 'nothing': no parameter of this name"]


@pytest.mark.parametrize("name", ["B", "", "../house/A", "A.toml", "/etc/passwd"])
def test_a_preset_that_there_is_not_is_refused_and_the_last_one_plays_on(bank, name):
    put(bank, 0, "A")
    store, mapper = Store(), Mapper([ZOOM])
    with pytest.raises(PresetError, match="there are A"):
        bank.load(name, store, mapper)
    assert mapper.mappings == (ZOOM,)


def test_a_broken_preset_leaves_everything_as_it_was(bank):
    put(bank, 0, "A", "version = 1\n[motion]\nzoom = ")
    store, mapper = Store(), Mapper([ZOOM])
    with pytest.raises(PresetError, match=r"A\.toml"):
        bank.load("A", store, mapper)
    assert store.values() == Store().values()
    assert (mapper.mappings, bank.current) == ((ZOOM,), "")


def test_steps_go_round(bank):
    for name in "ABC":
        put(bank, 0, name)
    assert (bank.step(1), bank.step(-1)) == ("A", "C")
    bank.load("C", Store(), Mapper())
    assert (bank.step(1), bank.step(-1)) == ("A", "B")


def test_presets_have_numbers_and_the_lamp_of_the_one_that_plays_is_lit(bank):
    for name in ("ember", "reef", "tide"):
        put(bank, 0, name)
    assert [bank.numbered(number) for number in "123"] == ["ember", "reef", "tide"]
    bank.load("reef", Store(), Mapper())
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
        bank.step(1)


def test_saving_keeps_the_state_in_the_performers_folder(bank):
    store, mapper = Store(), Mapper([ZOOM])
    store.set("motion.zoom", 0.5)
    bank.save("Été 2-a_b", store, mapper)
    assert bank.current == "Été 2-a_b"
    assert (bank.folders[1] / "Été 2-a_b.toml").exists()
    again, other = Store(), Mapper()
    bank.load("Été 2-a_b", again, other)
    assert again.get("motion.zoom") == 0.5
    assert other.mappings == (ZOOM,)


@pytest.mark.parametrize(
    "name",
    ["", " ", "../x", "a/b", "a\\b", "C:x", ".hidden", "a.toml", "x\n", "x\0", "a" * 61, "~", "*"],
)
def test_a_name_that_is_a_path_is_refused(bank, tmp_path, name):
    with pytest.raises(PresetError, match="letters, digits"):
        bank.save(name, Store(), Mapper())
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
