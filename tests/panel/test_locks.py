"""Locked groups and rows are seen, and a right click locks and unlocks them."""

from types import SimpleNamespace

import pytest
from imgui_bundle import imgui

from engine.panel import locks
from engine.parameters import Store


@pytest.fixture
def menu(monkeypatch):
    """A right click's menu of this id, its words, and the one that is chosen."""
    menu = SimpleNamespace(words=[], chosen="", acts=[], store=Store())
    monkeypatch.setattr(imgui, "text_disabled", menu.words.append)

    def item(text):
        menu.words.append(text)
        return text == menu.chosen

    def offered(id, chosen=""):
        menu.words.clear()
        menu.chosen = chosen
        locks.offer(menu.store, id, lambda *act: menu.acts.append(act))
        return menu.words

    monkeypatch.setattr(imgui, "menu_item_simple", item)
    menu.offered = offered
    return menu


def test_a_right_click_locks_and_unlocks(menu):
    assert menu.offered("motion", "Lock: presets leave it") == ["Lock: presets leave it"]
    menu.store.lock({"motion"})
    assert menu.offered("motion", "Unlock") == ["Unlock"]
    assert menu.acts == [("lock.toggle", "motion")] * 2


def test_a_row_that_is_locked_with_its_group_says_so(menu):
    menu.store.lock({"motion"})
    assert menu.offered("motion.zoom", "Unlock") == ["locked with its group"]
    assert menu.acts == []
