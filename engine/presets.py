"""Presets: a look and its mappings in a readable TOML file.

In: files of presets/ and of the performer's own folder. Out: values into the store, mappings
into the mapper. Main thread. Unknown keys are named and skipped, missing ones keep their value;
a table of a family (as [dream.layer]) stands for the whole family: what it does not name is 0;
so are styles that no preset names.

    version = 1
    order = 3                    # place in the list; those without come after, by name
    [motion]
    zoom = 0.12
    [[mapping]]
    signal = "audio.bass"
    parameter = "motion.zoom"
    amount = 0.4
"""

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import tomlkit

from engine import mapping
from engine.parameters import LAYER_FAMILY, STYLE_FAMILY, ParameterError, Store

VERSION = 1
KEYS = ("version", "order", "mapping")  # of a file, beside the tables of parameters
LARGEST = 1_000_000  # bytes of a preset's file
MOST = 256  # mappings: each costs the stage a little of every frame
FAMILIES = (LAYER_FAMILY, STYLE_FAMILY)
LEFT_OUT = (  # never part of a look; what these ids begin with
    "recording.", "audio.", "tempo.", "preset.", "output.blackout", "output.freeze",
    "dream.governor", "dream.rate", "network.on_",
)  # fmt: skip


class PresetError(ValueError):
    """A preset that cannot be read or written."""


@dataclass(frozen=True)
class Preset:
    """A name, values by parameter id, mappings, and what was skipped while reading."""

    name: str
    values: Mapping[str, object]
    mappings: tuple[mapping.Mapping, ...]
    skipped: tuple[str, ...] = ()


def read(path: Path) -> Preset:
    """Return the preset in `path`; PresetError says in one line why it is none."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"larger than {LARGEST} bytes")
        data = tomllib.loads(path.read_text("utf-8"))
        if any(isinstance(leaf, int) and abs(leaf) >= 2**63 for leaf in _leaves(data)):
            raise ValueError("a whole number beyond 64 bits")
        values = dict(_flat({k: v for k, v in data.items() if k not in KEYS}))
    except (OSError, ValueError) as error:  # UnicodeDecodeError and TOMLDecodeError are ValueErrors
        raise PresetError(f"{path.name}: not a readable preset ({error})") from error
    except RecursionError as error:
        raise PresetError(f"{path.name}: not a readable preset (nested too deeply)") from error
    version = data.get("version")
    if version != VERSION:
        raise PresetError(f"{path.name}: version = {version!r}: must be {VERSION}")
    rows = data.get("mapping", [])
    if not isinstance(rows, list):
        raise PresetError(f"{path.name}: mapping must be a list, as [[mapping]]")
    skipped: list[str] = []
    if len(rows) > MOST:
        skipped.append(f"{len(rows) - MOST} mappings beyond {MOST}")
    mappings = tuple(m for row in rows[:MOST] if (m := mapping_of(row, skipped)))
    return Preset(path.stem, values, mappings, tuple(skipped))


def _leaves(value: object):
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)
    else:
        yield value


def _flat(table: Mapping, prefix: str = ""):
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def mapping_of(row: object, skipped: list[str]) -> mapping.Mapping | None:
    """Return the mapping in a file's table, or None and a line of why in `skipped`."""
    known = {field.name for field in fields(mapping.Mapping)}
    try:
        if not isinstance(row, dict):
            raise mapping.MappingError("must be a table")
        for key in row.keys() - known:
            raise mapping.MappingError(f"{key!r}: unknown key")
        return mapping.Mapping(**row)
    except (mapping.MappingError, TypeError) as error:
        skipped.append(f"mapping {str(row)[:200]}: {error}")
        return None


def apply(preset: Preset, store: Store) -> list[str]:
    """Set the preset's values, held by no hand; return a line for everything that was skipped."""
    values, skipped = wanted(preset, store)
    store.set_all(values)
    store.release()
    return skipped


def wanted(preset: Preset, store: Store) -> tuple[dict[str, float], list[str]]:
    """Return the values that the preset asks for, and a line for everything that is skipped."""
    known = {row.id for row in store.rows()}
    lost = [m.parameter for m in preset.mappings if m.parameter not in known]
    skipped = [*preset.skipped]
    # A member of a family may come back with another network.
    skipped += [f"mapping to {id!r}: unknown" for id in lost if not id.startswith(FAMILIES)]
    values: dict[str, float] = {}
    for family in FAMILIES:
        named = any(id.startswith(family) for id in preset.values)
        if named or family == STYLE_FAMILY:
            values |= {id: 0.0 for id in known if id.startswith(family)}
    for id, value in preset.values.items():
        try:
            if id.startswith(LEFT_OUT):
                raise ParameterError(f"{id}: never part of a preset")
            values[id] = store.row(id).read(value)
        except ParameterError as error:
            skipped.append(str(error))
    return values, skipped


def write(
    path: Path, store: Store, mappings: tuple[mapping.Mapping, ...], order: float = math.inf
) -> None:
    """Write the store's values and these mappings as a preset, with a place in the list."""
    document = tomlkit.document()
    document["version"] = VERSION
    if order < math.inf:
        document["order"] = int(order) if order == int(order) else order
    values = store.values()
    dreaming = any(value for id, value in values.items() if id.startswith(FAMILIES))
    for row in store.rows():
        value = values[row.id]
        silent = dreaming and row.id.startswith(FAMILIES) and value == 0
        if silent or row.id.startswith(LEFT_OUT):
            continue
        *tables, name = row.id.split(".")
        table = document
        for part in tables:
            table = table.setdefault(part, tomlkit.table())
        table[name] = row.choices[int(value)] if row.choices else _plain(row, value)
    document["mapping"] = _mapping_tables(mappings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(".part")  # a full disk must not cost the preset that was there
        whole.write_text(tomlkit.dumps(document), "utf-8")
        whole.replace(path)
    except OSError as error:
        raise PresetError(f"{path}: cannot be written ({error.strerror})") from error


def _plain(row, value: float) -> float | int:
    return int(value) if row.whole else round(value, 6)


def _mapping_tables(mappings):
    tables = tomlkit.aot()
    for m in mappings:
        plain = {f.name: f.default for f in fields(m)}
        tables.append(tomlkit.item({k: v for k, v in asdict(m).items() if v != plain[k]}))
    return tables


def _order(path: Path) -> float:
    """Return the place in the list that a preset asks for; the last where it does not."""
    try:
        if path.stat().st_size > LARGEST:
            return math.inf
        order = tomllib.loads(path.read_text("utf-8")).get("order")
    except (OSError, ValueError, RecursionError):
        return math.inf
    return float(order) if isinstance(order, int | float) and abs(order) <= MOST else math.inf


class Bank:
    """The presets of several folders; the last folder is the performer's own."""

    def __init__(self, folders: list[Path], say: Callable[[str], None]):
        self.folders, self._say = folders, say
        self.current, self.number = "", 0  # the preset that plays; its place in the list, from 1
        self._seen: tuple[list[int], dict[str, Path]] = ([], {})

    def names(self) -> list[str]:
        """Return all names in the list's order; a later folder's file stands for an earlier's."""
        return list(self._paths())

    def _paths(self) -> dict[str, Path]:
        """Return each name's file, read anew when a folder has changed: the panel asks often."""
        there = [folder for folder in self.folders if folder.is_dir()]
        changed = [folder.stat().st_mtime_ns for folder in there]
        if changed != self._seen[0]:
            files = (path for folder in there for path in folder.glob("*.toml"))
            paths = {path.stem: path for path in files if path.stem.isprintable()}
            places = {name: (_order(path), name) for name, path in paths.items()}
            self._seen = changed, {name: paths[name] for name in sorted(paths, key=places.get)}
        return self._seen[1]

    def load(self, name: str, store: Store, mapper: mapping.Mapper) -> None:
        """Play the preset of this name; PresetError if there is none or it cannot be read."""
        values, mappings = self.wanted(name, store)
        store.set_all(values)
        store.release()
        mapper.replace(mappings)

    def wanted(self, name: str, store: Store) -> tuple[dict[str, float], tuple]:
        """Return the values and mappings of this preset, which is the current one from now on.

        What is skipped is said; PresetError if there is none or it cannot be read.
        """
        paths = self._paths()
        if name not in paths:
            raise PresetError(f"preset {name!r}: there are {', '.join(sorted(paths)) or 'none'}")
        preset = read(paths[name])
        values, skipped = wanted(preset, store)
        for line in skipped:
            self._say(f"preset {name}: skipped {line}")
        self.plays(name)
        return values, preset.mappings

    def plays(self, name: str) -> None:
        """Take this preset for the one that plays."""
        numbers = {known: number for number, known in enumerate(self.names(), 1)}
        self.current, self.number = name, numbers.get(name, 0)

    def step(self, by: int) -> str:
        """Return the name `by` places after the current one, round the end."""
        names = self.names()
        if not names:
            raise PresetError("there are no presets")
        place = names.index(self.current) if self.current in names else -max(by, 0)
        return names[(place + by) % len(names)]

    def lamp(self, action: str, argument: str) -> float | None:
        """Return what the lamp of an action shows: 1 for the preset that plays, None for none.

        Any thread; asks no disk.
        """
        if action == "preset.number" and argument.isdecimal():
            there = int(argument) <= len(self._seen[1])
            return float(argument == str(self.number)) if there else None
        return float(action == "preset.load" and argument == self.current)

    def numbered(self, number: str) -> str:
        """Return the name of the preset of this number; PresetError if there is none."""
        names = self.names()
        if number.isdecimal() and len(number) < 5 and 1 <= int(number) <= len(names):
            return names[int(number) - 1]
        raise PresetError(f"preset number {number[:20]!r}: must be 1 to {len(names)}")

    def save(self, name: str, store: Store, mapper: mapping.Mapper) -> None:
        """Keep the present state under `name` in the performer's own folder."""
        plain = name.strip() and all(c.isalnum() or c in " -_" for c in name)
        if not plain or len(name) > 60:
            raise PresetError(f"preset {name!r}: letters, digits, spaces, - and _ only, 1 to 60")
        own = self.folders[-1] / f"{name}.toml"
        before = self._paths().get(name)
        covered = before is not None and before != own
        write(own, store, mapper.mappings, _order(before) if before else math.inf)
        self._say(f"saved to {own}" + ", in place of the one that came along" * covered)
        self.plays(name)
