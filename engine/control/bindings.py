"""Which control moves what, as rows of a TOML file: the performer's own, and ready layouts.

In: midi.toml in the performer's folder; layouts/*.toml beside this file, one for each controller.
Out: bindings, and a line for each row that is refused; such rows and comments stay when the file is
written. Whoever calls.

    version = 1
    [[binding]]
    port = "nanoKONTROL2"       # as the monitor names it
    control = "1.cc.0"          # channel.kind.number
    to = "dream.strength"       # a parameter, or an action with its argument
    takeover = "scale"          # pickup (the default), scale, jump
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path

import mido
import tomlkit
from tomlkit.items import AoT, Table

from engine import tomlfile
from engine.control.midi_messages import Control, ControlError
from engine.parameters import (
    ACTIONS,
    LAYER_FAMILY,
    MOMENTARY,
    STYLE_FAMILY,
    Parameter,
    ParameterError,
    Store,
)

VERSION = 1
MOST = 2000  # rows of a file
LAYOUTS = Path(__file__).parent / "layouts"
CHOICES = {
    "mode": ("", "absolute", "relative", "momentary", "toggle", "trigger"),
    "takeover": ("pickup", "scale", "jump"),
    "encoding": ("twos", "offset", "sign"),
}
KEYS = ("note", "program")  # kinds that are pressed, not turned


class BindingError(ValueError):
    """A binding that cannot be, or a file that holds none."""


@dataclass(frozen=True)
class Binding:
    """One control of a port that moves a parameter or asks for an action.

    mode "" is what is usual for this control and this target (`way`). `lamp` is the control that
    shows the value on the device ("": the same one, "none": nothing does), `off` and `on` are what
    it is sent at the lowest and at the highest value (on 0: the control's top).
    """

    port: str
    control: Control
    to: str
    mode: str = ""
    takeover: str = "pickup"
    encoding: str = "twos"
    lamp: str = ""
    off: int = 0
    on: int = 0

    @property
    def target(self) -> str:
        """The parameter or action that it moves."""
        return self.to.partition(" ")[0]

    @property
    def argument(self) -> str:
        """What the action is asked for with."""
        return self.to.partition(" ")[2]

    @cached_property
    def shows_on(self) -> Control | None:
        """The control on the device that shows the value."""
        if self.lamp:
            return None if self.lamp == "none" else Control.read(self.lamp)
        return self.control if self.control.kind in ("cc", "cc14", "nrpn", "note", "bend") else None

    def way(self, row: Parameter) -> str:
        """Return the mode for a parameter: what the binding says, else what is usual."""
        if self.mode:
            return self.mode
        if row.curve == "toggle" and row.id not in MOMENTARY:
            return "toggle"
        pressed = self.control.kind in KEYS or row.id in MOMENTARY
        return "momentary" if pressed else "absolute"


def check_target(to: str, store: Store) -> str:
    """Return `to` if there is such a parameter or action, now or with another network."""
    target, _, argument = to.partition(" ")
    if target in ACTIONS or (target.startswith((LAYER_FAMILY, STYLE_FAMILY)) and not argument):
        return to
    try:
        store.row(target)
    except ParameterError:
        raise BindingError(f"to = {to[:60]!r}: no parameter or action of this name") from None
    if argument:
        raise BindingError(f"to = {to[:60]!r}: a parameter takes no argument")
    return to


def binding(row: object, store: Store) -> Binding:
    """Return the binding that a row of a file stands for; BindingError if there is none."""
    if not isinstance(row, dict):
        raise BindingError("must be a table")
    types = {field.name: field.type for field in fields(Binding)}
    if line := tomlfile.unknown(row, types):
        raise BindingError(line)
    if missing := {"port", "control", "to"} - row.keys():
        raise BindingError(f"{min(missing)} is missing")
    for key, value in row.items():
        kind = int if types[key] is int else str
        if type(value) is not kind or (kind is int and not 0 <= value <= 16383):
            allowed = "a whole number from 0 to 16383" if kind is int else "a text"
            raise BindingError(f"{key} = {value!r:.40}: must be {allowed}")
        if value not in CHOICES.get(key, (value,)):
            choices = ", ".join(filter(None, CHOICES[key]))
            raise BindingError(f"{key} = {value[:40]!r}: must be one of {choices}")
    try:
        made = Binding(**{**row, "control": Control.read(row["control"])})
        lamp = made.shows_on
    except ControlError as fault:
        raise BindingError(str(fault)) from None
    if lamp and max(made.off, made.on) > lamp.top:
        raise BindingError(f"on = {made.on}, off = {made.off}: {lamp} takes 0 to {lamp.top}")
    check_target(made.to, store)
    return made


def _table(path: Path) -> tuple[dict, list]:
    """Return what the file holds, and its rows; BindingError says in one line why it cannot be."""
    try:
        table = tomlfile.read(path, VERSION)
        return table, tomlfile.rows(table, "binding")
    except tomlfile.TomlError as refusal:
        raise BindingError(str(refusal)) from refusal


def read(path: Path, store: Store) -> tuple[list[Binding], list[str]]:
    """Return the file's bindings, and a line for everything in it that was refused.

    BindingError if nothing of it can be read.
    """
    table, rows = _table(path)
    strange = tomlfile.unknown(table, ("version", "binding"))
    lines = [f"{path.name}: {strange}"] if strange else []
    if len(rows) > MOST:
        lines.append(f"{path.name}: {len(rows) - MOST} bindings beyond {MOST}")
    made: dict[tuple[str, Control], Binding] = {}
    for place, row in enumerate(rows[:MOST], 1):
        try:
            new = binding(row, store)
            made[new.port, new.control] = new
        except ValueError as refusal:  # also a number too long to be written
            lines.append(f"{path.name}: binding {place}: {refusal}")
    return list(made.values()), lines


def write(path: Path, bindings: Iterable[Binding], store: Store) -> None:
    """Make the bindings those of the file, and leave all else in it; BindingError if it cannot be.

    A file that cannot be read is kept beside the new one.
    """
    wanted = {(row.port, row.control): row for row in bindings}
    try:
        document = _document(path)
        tables = document["binding"]
        for place in reversed(range(len(tables))):
            try:
                there = binding(tables[place].unwrap(), store)
            except ValueError:
                continue  # what was refused is for the performer to mend
            if row := wanted.pop((there.port, there.control), None):
                _set(tables[place], row)
            else:
                del tables[place]
        for row in wanted.values():
            tables.append(tomlkit.table())
            _set(tables[-1], row)
        tomlfile.write(path, document)
    except (tomlfile.TomlError, OSError) as refusal:
        raise BindingError(str(refusal)) from refusal


def _document(path: Path) -> tomlkit.TOMLDocument:
    """Return the file to be changed, its bindings as [[binding]]; a new one if there is none."""
    try:
        rows = _table(path)[1]
        document = tomlkit.parse(path.read_text("utf-8"))
    except ValueError:
        if path.exists():
            tomlfile.put_aside(path)
        rows, document = [], tomlkit.document()
        document["version"] = VERSION
    if not isinstance(document.get("binding"), AoT):
        document.pop("binding", None)
        document.append("binding", tomlkit.aot())
        for row in rows:
            document["binding"].append(tomlkit.item(row))
    return document


def _set(table: Table, row: Binding) -> None:
    """Let a table of the file say this binding, with no word more than must be changed."""
    usual = {field.name: field.default for field in fields(Binding)}
    values = {**asdict(row), "control": str(row.control)}
    for key, value in values.items():
        if table.get(key, usual[key]) != value:
            table[key] = value


@dataclass(frozen=True)
class Layout:
    """A controller that is known: what its ports are called, how it begins and ends, its rows."""

    name: str
    ports: tuple[str, ...]
    without: tuple[str, ...]  # its other ports, which are not for us
    begin: tuple[mido.Message, ...]
    end: tuple[mido.Message, ...]
    rows: tuple[dict, ...]

    def fits(self, port: str) -> bool:
        """Whether the port of this name is this controller's."""
        name = port.lower()
        return any(part.lower() in name for part in self.ports) and not any(
            part.lower() in name for part in self.without
        )

    def bindings(self, port: str, store: Store) -> list[Binding]:
        """Return its bindings for the port of this name."""
        return [binding({"port": port, **row}, store) for row in self.rows]


def layouts(folder: Path = LAYOUTS) -> list[Layout]:
    """Return the layouts that come along, by name in order."""
    return [_layout(path) for path in sorted(folder.glob("*.toml"))]


def _layout(path: Path) -> Layout:
    table, rows = _table(path)
    ports, without = (tuple(table.get(key, [])) for key in ("ports", "without"))
    begin, end = (
        tuple(mido.Message.from_hex(words) for words in table.get(key, []))
        for key in ("begin", "end")
    )
    return Layout(path.stem, ports, without, begin, end, tuple(rows))
