"""The presets' own place: all in sight at once, saved, sought, renamed and deleted by mouse."""

import os
import shutil

import pytest
from imgui_bundle import imgui

from engine.options import ROOT
from engine.panel import presets
from tests.panel.hands import Hands
from tests.panel.room import amber


@pytest.fixture
def hands(windows, monkeypatch, tmp_path):
    """A panel of the default size with all presets that come along, as if they were one's own."""
    folder = tmp_path / "own"
    shutil.copytree(ROOT / "presets", folder)
    hands = Hands(monkeypatch, (1280, 860), folder)
    yield hands
    hands.panel.close()


def test_all_presets_are_in_sight_at_once_and_save_stays_where_it_is(hands):
    names = hands.bank.names()
    assert len(names) == 24
    corners = [hands.places[name][0] for name in names]
    assert len({top for _, top, _, _ in corners}) == 2
    assert all(left >= 0 and right <= 1280 for left, _, right, _ in corners)
    save = hands.places["Save"]
    assert max(bottom for *_, bottom in corners) < 860
    for number in range(40):
        shutil.copy(hands.bank.path("Pearl"), hands.bank.folders[-1] / f"New {number}.toml")
    hands.draw()
    assert "New 39" in hands.places
    assert hands.places["Save"] == save


def test_where_presets_come_by_themselves_the_bars_until_then_are_told(hands, monkeypatch):
    said = []
    monkeypatch.setattr(presets.imgui, "text_colored", lambda colour, text: said.append(text))
    for bars in (None, 3, 1):
        hands.panel._status.bars = bars
        hands.draw(1)
    assert [text for text in said if "next" in text] == ["next in 3 bars", "next on the bar"]


def test_the_one_that_waits_for_its_bar_is_framed_in_amber_until_it_plays(hands, tmp_path):
    def frame(name):
        left, top, right, _ = map(int, hands.places[name][0])
        return amber(hands.screenshot(tmp_path / "seen.png")[top : top + 3, left:right])

    hands.looks.cut("Pearl")
    hands.looks.load("Reef", on=2)
    hands.panel._status.waiting = hands.looks.waiting
    hands.draw()
    assert frame("Reef") > 50 and not frame("Pearl")
    hands.signals.publish({"bar.count": 1.0}, 0.0)
    hands.looks.step(0.0)
    hands.panel._status.waiting = hands.looks.waiting
    hands.draw()
    assert not frame("Reef") and hands.bank.current == "Reef"


@pytest.fixture
def many(hands):
    """More presets than are in sight, and the cursor in the field that seeks among them."""
    shutil.copy(hands.bank.path("Pearl"), hands.bank.folders[-1] / "Sunrise.toml")
    hands.draw()
    hands.click("##search")
    return hands


def test_what_is_typed_is_sought_where_not_all_are_in_sight(many):
    many.type("sunr")
    assert "Sunrise" in many.places
    assert "Pearl" not in many.places


def test_enter_loads_the_first_that_was_sought_and_shows_all_again(many):
    many.type("e")
    first = next(name for name in many.bank.names() if "e" in name.lower())
    assert first != many.bank.names()[0]
    many.key("Return")
    assert many.bank.current == first
    assert set(many.bank.names()) <= many.places.keys()


def test_a_search_without_a_match_says_so_until_escape(many):
    many.type("xyz")
    assert "no preset matches “xyz”" in many.places
    many.key("Return")
    many.type("b")  # and no key that plays
    assert "no preset matches “xyzb”" in many.places
    assert (many.bank.current, many.store.get("output.blackout")) == ("", 0)
    many.key("Escape")
    assert set(many.bank.names()) <= many.places.keys()


def test_what_is_saved_is_scrolled_into_sight(many):
    before = many.places["Silk"][0][1]
    many.click("##name")
    many.type("Zebra")
    many.key("Return")
    many.draw(8)
    assert "Zebra" in many.bank.names()
    scrolled = before - many.places["Silk"][0][1]
    assert scrolled > 0
    many.draw(8)
    assert before - many.places["Silk"][0][1] == scrolled  # and may be scrolled away again


def test_before_a_preset_is_saved_it_is_said_what_that_replaces(hands, tmp_path):
    house = tmp_path / "house"
    house.mkdir()
    shutil.move(hands.bank.path("Reef"), house)
    hands.bank.folders.insert(0, house)
    words = {
        "Reef": "covers the one that came along",
        "Pearl": "replaces yours; the one before is kept",
        "a/b": "preset 'a/b': letters, digits, spaces, - and _ only, 1 to 60",
        "New": None,
    }
    for name in words:
        hands.click("##name")
        hands.key("ctrl+a")
        hands.type(name)
        assert set(words.values()) & hands.places.keys() == {words[name]} - {None}
    hands.key("Return")
    assert "New" in hands.bank.names()


def test_the_folder_is_looked_at_once_a_frame_whatever_is_open(hands, monkeypatch):
    looked, scan = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: looked.append(folder) or scan(folder))
    hands.click("motion.zoom", button=3)
    assert any(text.startswith("Default") for text in hands.places)
    looked.clear()
    hands.draw(3)
    assert looked == 3 * hands.bank.folders


def test_a_right_click_renames(hands):
    hands.click("Reef", button=3)
    hands.click("##rename")
    hands.type("Coral")
    hands.key("Return")
    assert {"Coral"} == {"Coral", "Reef"} & set(hands.bank.names())
    assert hands.bank.picture("Coral")


def test_a_name_that_cannot_be_leaves_the_field_open_and_says_why(hands):
    hands.click("Reef", button=3)
    hands.click("##rename")
    for name, why in (("Pearl", "there is a preset of this name"), ("b/z", "letters, digits")):
        hands.key("ctrl+a")
        hands.type(name)
        hands.key("Return")
        assert any(why in text for text in hands.places)
        assert "##rename" in hands.places
    assert "Reef" in hands.bank.names()
    assert not hands.messages.errors
    hands.key("ctrl+a")
    hands.type("Coral")
    hands.key("Return")
    assert "Coral" in hands.bank.names()
    assert "##rename" not in hands.places


def test_a_right_click_deletes_when_asked_twice(hands):
    hands.click("Reef", button=3)
    hands.click("Delete")
    assert "Reef" in hands.bank.names()
    hands.draw(10)
    hands.click("Put Reef aside, as Reef.deleted")
    assert "Reef" not in hands.bank.names()
    assert (hands.bank.folders[-1] / "Reef.deleted").exists()


def test_what_came_along_says_that_it_stays(hands, tmp_path):
    house = tmp_path / "house"
    house.mkdir()
    shutil.move(hands.bank.path("Reef"), house)
    hands.bank.folders.insert(0, house)
    hands.draw()
    hands.click("Reef", button=3)
    assert "came along with the program: stays" in hands.places
    assert "Delete" not in hands.places


def test_after_a_frame_that_broke_off_in_its_middle_the_next_is_drawn(hands, monkeypatch):
    def broken(name):
        imgui.push_id(name)
        imgui.begin_child("torn")
        raise KeyError(name)

    with monkeypatch.context() as patch:
        patch.setattr(hands.bank, "picture", broken)
        for _ in range(2):
            with pytest.raises(KeyError):
                hands.draw(1)
    hands.draw()
    hands.click("Pearl")
    assert hands.bank.current == "Pearl"
