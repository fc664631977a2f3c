"""The keys that play, one table, in every window.

In: GLFW's key events (main thread). Out: toggled parameters, actions asked for.
What a key does is an action of parameters.ACTIONS or a toggle of the table; its sentence of help
stands there and only there.
"""

from collections.abc import Callable

import glfw

from engine import clock
from engine.parameters import ACTIONS, Store

KEYS = {
    "F": "output.fullscreen",
    "B": "output.dark",
    "Z": "output.freeze",
    "Space": "beat.tap",
    "T": "beat.release",
    "R": "recording.on",
    "N": "preset.next",
    "P": "preset.previous",
    **{str(number): f"preset.number {number}" for number in range(1, 10)},
    "Home": "show.panic",
    "Ctrl+Z": "edit.undo",
    "Ctrl+Shift+Z": "edit.redo",
    "Tab": "panel.toggle",
    "F1": "panel.help",
    "Escape": "show.quit",
}
TWICE = 1.5  # seconds within which the second Escape ends the show

_NAMED = {
    glfw.KEY_SPACE: "Space",
    glfw.KEY_TAB: "Tab",
    glfw.KEY_F1: "F1",
    glfw.KEY_HOME: "Home",
    glfw.KEY_ESCAPE: "Escape",
    **{glfw.KEY_0 + number: str(number) for number in range(1, 10)},  # by place: some print others
}
_SHOWN = {"Escape": "Esc Esc", "1": "1 to 9"}
_DESKTOP = glfw.MOD_ALT | glfw.MOD_SUPER


def key_name(key: int, scancode: int) -> str:
    """Return a key's name as in KEYS, letters as printed on this keyboard; "" for others."""
    return _NAMED.get(key) or (glfw.get_key_name(key, scancode) or "").upper()


def key_help(store: Store) -> list[tuple[str, str]]:
    """Return each key, or row of keys, with its sentence."""
    texts = []
    for key, does in KEYS.items():
        id, _, argument = does.partition(" ")
        if argument in ("", "1"):
            text = ACTIONS[id] if id in ACTIONS else store.row(id).help
            texts.append((_SHOWN.get(key, key), text))
    return texts


class Keyboard:
    """Turns keys into actions; `act(name, argument)` performs one, `say(text)` tells a line."""

    def __init__(self, store: Store, act: Callable[..., None], say: Callable[[str], None]):
        self._store = store
        self._act = act
        self._say = say
        self._escaped = -TWICE

    def event(
        self, window, key: int, scancode: int, action: int, mods: int, moment: float | None = None
    ) -> None:
        """Take one of GLFW's key events; held keys and those with Alt or Super do nothing.

        `moment` is when it came, where that was not just now.
        """
        if action == glfw.PRESS and not mods & _DESKTOP:
            name = ("Ctrl+" + "Shift+" * bool(mods & glfw.MOD_SHIFT)) * bool(
                mods & glfw.MOD_CONTROL
            )
            name += key_name(key, scancode)
            self.press(name, clock.now() if moment is None else moment)

    def press(self, key: str, moment: float) -> None:
        """Do what the key of this name does, pressed at `moment` (seconds)."""
        does, _, argument = KEYS.get(key, "").partition(" ")
        if does == "show.quit" and moment - self._escaped >= TWICE:
            self._escaped = moment
            self._say("Press Esc once more to end the show.")
        elif does in ACTIONS:
            self._act(does, argument)
        elif does:
            self._store.set(does, not self._store.get(does))
