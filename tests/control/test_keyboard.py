import glfw
import pytest

from engine.control import keyboard
from engine.control.keyboard import KEYS, Keyboard, key_help
from engine.parameters import ACTIONS, Store


@pytest.fixture
def played():
    """A keyboard, its store, and lists of the actions asked for and the lines said."""
    store, acts, lines = Store(), [], []
    return (
        Keyboard(store, lambda *act: acts.append(" ".join(act).strip()), lines.append),
        store,
        acts,
        lines,
    )


@pytest.mark.parametrize("does", KEYS.values())
def test_every_key_is_an_action_or_a_toggle_of_the_one_table(does):
    does, _, _ = does.partition(" ")
    assert does in ACTIONS or Store().row(does).curve == "toggle"


def test_every_key_is_explained_with_the_tables_own_sentence():
    texts = dict(key_help(Store()))
    assert texts["Space"] == ACTIONS["beat.tap"].help
    assert texts["Z"] == Store().row("output.freeze").help
    assert texts["1 to 9"] == ACTIONS["preset.number"].help
    assert texts["F, F11"] == ACTIONS["output.fullscreen"].help
    assert set(texts.values()) >= {ACTIONS["preset.slot"].help, Store().row("output.flash").help}


@pytest.mark.parametrize(("key", "id"), [("Z", "output.freeze"), ("R", "recording.on")])
def test_toggles_switch_on_and_off(played, key, id):
    keys, store, acts, _ = played
    keys.press(key, 0.0)
    assert store.get(id) == 1
    keys.press(key, 0.1)
    assert store.get(id) == 0
    assert acts == []


def test_actions_are_asked_for(played):
    keys, _, acts, _ = played
    asking = ("F", "B", "Space", "N", "P", "1", "9", "Home", "Tab", "F1")
    for key in asking:
        keys.press(key, 0.0)
    assert acts == [KEYS[key] for key in asking]


def test_only_the_second_escape_within_its_time_ends_the_show(played):
    keys, _, acts, lines = played
    keys.press("Escape", 0.0)
    keys.press("Escape", 5.0)
    assert acts == []
    assert "once more" in lines[0]
    keys.press("Escape", 5.0 + keyboard.TWICE / 2)
    assert acts == ["show.quit"]


def test_other_keys_do_nothing(played):
    keys, store, acts, lines = played
    before = store.values()
    for key in ("", "Q", "0", "ß"):
        keys.press(key, 0.0)
    assert (store.values(), acts, lines) == (before, [], [])


def test_held_keys_releases_and_commands_of_the_desktop_do_nothing(played):
    keys, _, acts, _ = played
    space = glfw.KEY_SPACE
    keys.event(None, space, 0, glfw.REPEAT, 0)
    keys.event(None, space, 0, glfw.RELEASE, 0)
    for mods in (glfw.MOD_CONTROL, glfw.MOD_ALT, glfw.MOD_SUPER):
        keys.event(None, space, 0, glfw.PRESS, mods)
    assert acts == []
    keys.event(None, space, 0, glfw.PRESS, glfw.MOD_SHIFT)
    assert acts == ["beat.tap"]


def test_undo_and_redo_are_ctrl_z_and_with_shift(played, monkeypatch):
    keys, _, acts, _ = played
    monkeypatch.setattr(keyboard, "key_name", lambda key, scancode: "Z")
    for mods in (glfw.MOD_CONTROL, glfw.MOD_CONTROL | glfw.MOD_SHIFT):
        keys.event(None, glfw.KEY_Z, 0, glfw.PRESS, mods)
    assert acts == ["edit.undo", "edit.redo"]


def test_digits_load_presets_by_their_place_whatever_is_printed_on_them(played):
    keys, _, acts, _ = played
    keys.event(None, glfw.KEY_3, 0, glfw.PRESS, 0)
    assert acts == ["preset.number 3"]


def test_a_flash_is_on_as_long_as_its_key_is_down_whatever_is_held_with_it(played, monkeypatch):
    keys, store, acts, _ = played
    monkeypatch.setattr(keyboard, "key_name", lambda key, scancode: "X")
    for press, release in ((0, 0), (glfw.MOD_SHIFT, glfw.MOD_ALT)):
        keys.event(None, glfw.KEY_X, 0, glfw.PRESS, press)
        keys.event(None, glfw.KEY_X, 0, glfw.REPEAT, press)
        assert store.get("output.flash") == 1
        keys.event(None, glfw.KEY_X, 0, glfw.RELEASE, release)
        assert store.get("output.flash") == 0
    assert acts == []
