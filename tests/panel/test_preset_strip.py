"""The presets' own place: all in sight at once, saved, sought, renamed and deleted by mouse."""

import shutil

import pytest

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


def test_what_is_typed_is_sought_where_not_all_are_in_sight(hands):
    assert "##search" not in hands.places
    shutil.copy(hands.bank.path("Pearl"), hands.bank.folders[-1] / "Sunrise.toml")
    hands.draw()
    hands.click("##search")
    hands.xdotool("type", "--delay", 30, "sunr")
    hands.draw(10)
    assert "Sunrise" in hands.places
    assert "Pearl" not in hands.places


def test_a_right_click_renames(hands):
    hands.click("Reef", button=3)
    hands.click("##rename")
    hands.xdotool("type", "--delay", 30, "Coral")
    hands.key("Return")
    hands.draw(40)  # a letter a frame
    assert {"Coral"} == {"Coral", "Reef"} & set(hands.bank.names())
    assert hands.bank.picture("Coral")


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
