"""The keys that play, one table, in every window.

In: GLFW's key events (main thread), the performer's own keys. Out: toggled parameters, actions
asked for. What a key does is an action of parameters.ACTIONS or a toggle of the table; its sentence
of help stands there and only there.
"""

from collections.abc import Callable, Mapping

import glfw

from engine import clock
from engine.parameters import ACTIONS, MOMENTARY, Store

DIGITS = "123456789"
KEYS = {
    "F": "output.fullscreen",
    "F11": "output.fullscreen",
    "B": "output.dark",
    "Z": "output.freeze",
    "X": "output.flash",
    "S": "output.strobe",
    "Space": "beat.tap",
    "T": "beat.release",
    "[": "beat.halve",
    "]": "beat.double",
    "R": "recording.on",
    "K": "recording.save",
    "C": "recording.still",
    "Enter": "cue.go",
    "Backspace": "cue.back",
    "N": "preset.next",
    "P": "preset.previous",
    **{digit: f"preset.number {digit}" for digit in DIGITS},
    **{f"Ctrl+{digit}": f"preset.slot {digit}" for digit in DIGITS},
    "Home": "show.panic",
    "Ctrl+Z": "edit.undo",
    "Ctrl+Shift+Z": "edit.redo",
    "Tab": "panel.toggle",
    "H": "panel.toggle",
    "F1": "panel.help",
    "Escape": "show.quit",
}
TWICE = 1.5  # seconds within which the second Escape ends the show

_NAMED = {
    glfw.KEY_SPACE: "Space",
    glfw.KEY_TAB: "Tab",
    glfw.KEY_ENTER: "Enter",
    glfw.KEY_KP_ENTER: "Enter",
    glfw.KEY_BACKSPACE: "Backspace",
    glfw.KEY_INSERT: "Insert",
    glfw.KEY_DELETE: "Delete",
    glfw.KEY_HOME: "Home",
    glfw.KEY_END: "End",
    glfw.KEY_PAGE_UP: "PageUp",
    glfw.KEY_PAGE_DOWN: "PageDown",
    glfw.KEY_LEFT: "Left",
    glfw.KEY_RIGHT: "Right",
    glfw.KEY_UP: "Up",
    glfw.KEY_DOWN: "Down",
    glfw.KEY_ESCAPE: "Escape",
    **{glfw.KEY_F1 + number: f"F{number + 1}" for number in range(12)},
    **{glfw.KEY_0 + number: str(number) for number in range(10)},  # by place: some print others
}
_BY_WORD = {"esc": "Escape", **{name.lower(): name for name in _NAMED.values()}}
_SHOWN = {"Escape": "Esc Esc"}
_DESKTOP = glfw.MOD_ALT | glfw.MOD_SUPER


class KeysError(ValueError):
    """A key that there is not, or that cannot do what it should."""


def key_name(key: int, scancode: int) -> str:
    """Return a key's name as in KEYS, letters as printed on this keyboard; "" for others."""
    return _NAMED.get(key) or (glfw.get_key_name(key, scancode) or "").upper()


def read_keys(table: Mapping[str, object], store: Store) -> tuple[dict[str, str], list[str]]:
    """Return KEYS with these in their place ("" is none), and a line for each that is refused."""
    own: dict[str, str] = {}
    lines = []
    for key, does in table.items():
        try:
            name = _spelled(key)
            if name in own:
                raise KeysError(f"{name} is there twice")
            own[name] = _checked(does, store)
        except KeysError as refusal:
            lines.append(f"key {key!r:.40}: {refusal}")
    return {key: does for key, does in {**KEYS, **own}.items() if does}, lines


def _spelled(key: str) -> str:
    """Return the key's name as in KEYS, however it is written; KeysError if there is none."""
    *modifiers, base = key.split("+") if key[-1:] != "+" else [*key[:-1].split("+")[:-1], "+"]
    held, word = {modifier.strip().lower() for modifier in modifiers}, base.strip().lower()
    known = word in _BY_WORD or (len(word) == 1 and word.isprintable())
    if not known or held not in (set(), {"ctrl"}, {"ctrl", "shift"}):
        names = ", ".join(name for name in dict.fromkeys(_NAMED.values()) if name.isalpha())
        raise KeysError(
            f"must be a letter or sign, F1 to F12, {names}; with Ctrl+ or Ctrl+Shift+ before it"
        )
    base = _BY_WORD.get(word, word.upper())
    return "Ctrl+" * ("ctrl" in held) + "Shift+" * ("shift" in held) + base


def _checked(does: object, store: Store) -> str:
    """Return what a key shall do; KeysError if that is no action and no toggle, nor ""."""
    id, _, argument = does.partition(" ") if isinstance(does, str) else (None, "", "")
    toggle = bool(id) and store.has(id) and store.row(id).curve == "toggle" and not argument
    if does != "" and id not in ACTIONS and not toggle:
        raise KeysError(f'{does!r:.60}: must be an action or a switch, or "" for nothing')
    return does


def key_help(store: Store, keys: Mapping[str, str] = KEYS) -> list[tuple[str, str]]:
    """Return each sentence of help with the keys that do it, as "F, F11" or "1 to 9"."""
    doing: dict[str, list[str]] = {}
    for key, does in keys.items():
        id, _, argument = does.partition(" ")
        text = ACTIONS[id].help if id in ACTIONS else store.row(id).help
        if argument and not key.endswith(argument):
            text = f"{argument}: {text}"
        doing.setdefault(text, []).append(_SHOWN.get(key, key))
    return [(_listed(names), text) for text, names in doing.items()]


def _listed(names: list[str]) -> str:
    first, last = names[0], names[-1]
    run = [first[:-1] + digit for digit in DIGITS]
    return f"{first} to {last[-1]}" if names == run else ", ".join(names)


class Keyboard:
    """Turns keys into actions; `act(name, argument)` performs one, `say(text)` tells a line."""

    def __init__(
        self, store: Store, act: Callable[..., None], say: Callable[[str], None],
        keys: Mapping[str, str] = KEYS,
    ):  # fmt: skip
        self._store, self._act, self._say = store, act, say
        self.keys = keys
        self._escaped = -TWICE
        self._held: dict[int, str] = {}  # what a key that is down holds

    def event(
        self, window, key: int, scancode: int, action: int, mods: int, moment: float | None = None
    ) -> None:
        """Take one of GLFW's key events; held keys and those with Alt or Super do nothing.

        `moment` is when it came, where that was not just now.
        """
        if action == glfw.RELEASE and key in self._held:
            self._store.set(self._held.pop(key), 0)
        if action == glfw.PRESS and not mods & _DESKTOP:
            name = ("Ctrl+" + "Shift+" * bool(mods & glfw.MOD_SHIFT)) * bool(
                mods & glfw.MOD_CONTROL
            )
            name += key_name(key, scancode)
            if (does := self.keys.get(name)) in MOMENTARY:
                self._held[key] = does
                self._store.set(does, 1)
            else:
                self.press(name, clock.now() if moment is None else moment)

    def press(self, key: str, moment: float) -> None:
        """Do what the key of this name does, pressed at `moment` (seconds)."""
        does, _, argument = self.keys.get(key, "").partition(" ")
        if does == "show.quit" and moment - self._escaped >= TWICE:
            self._escaped = moment
            self._say(f"Press {_SHOWN.get(key, key).split()[0]} once more to end the show.")
        elif does in ACTIONS:
            self._act(does, argument)
        elif does:
            self._store.set(does, not self._store.get(does))
