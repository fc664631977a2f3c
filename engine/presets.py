"""Presets: a look and its mappings in a readable TOML file.

In: files of presets/ and of the performer's own folder. Out: values into the store, mappings
into the mapper. Main thread. Unknown keys are named and skipped, missing ones keep their value,
and where no mapping is named those that play stay (`mapping = []` is none);
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
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import tomlkit

from engine import mapping, tomlfile
from engine.parameters import LAYER_FAMILY, STYLE_FAMILY, SWITCHES, Parameter, ParameterError, Store

VERSION = 1
KEYS = ("version", "order", "mapping")  # of a file, beside the tables of parameters
MOST = 256  # mappings: each costs the stage a little of every frame
LAST = 10_000  # place in the list
ELSEWHERE = "not in this network"  # of layers and styles, which may come back with another
FIELDS = tuple(field.name for field in fields(mapping.Mapping))
FAMILIES = (LAYER_FAMILY, STYLE_FAMILY)
SETTINGS = (  # what these ids begin with is set, not played: no signal is offered for it
    "recording.", "audio.", "tempo.", "preset.", "dream.governor", "dream.rate", "network.on_",
    "mix.reaction",
)  # fmt: skip
LEFT_OUT = (*SETTINGS, "mix.", "wander.", *SWITCHES)  # never part of a look


class PresetError(ValueError):
    """A preset that cannot be read or written."""


@dataclass(frozen=True)
class Preset:
    """A name, values by parameter id, mappings, and what was skipped while reading."""

    name: str
    values: Mapping[str, object]
    mappings: tuple[mapping.Mapping, ...] | None  # None where the file says nothing of them
    skipped: tuple[str, ...] = ()


def read(path: Path) -> Preset:
    """Return the preset in `path`; PresetError says in one line why it is none."""
    data = _table(path)
    try:
        rows = tomlfile.rows(data, "mapping")
        values = dict(_flat({k: v for k, v in data.items() if k not in KEYS}))
    except tomlfile.TomlError as refusal:
        raise PresetError(f"{path.name}: {refusal}") from refusal
    skipped: list[str] = []
    if len(rows) > MOST:
        skipped.append(f"{len(rows) - MOST} mappings beyond {MOST}")
    mappings = tuple(m for row in rows[:MOST] if (m := mapping_of(row, skipped)))
    said = mappings if mappings or ("mapping" in data and not rows) else None
    return Preset(path.stem, values, said, tuple(skipped))


def place(path: Path) -> float:
    """Return the place in the list that the preset in `path` asks for, infinity where it does not.

    PresetError says in one line why that is none, or the file no preset.
    """
    order = _table(path).get("order", math.inf)
    number = isinstance(order, int | float) and not isinstance(order, bool)
    if not number or not (abs(order) <= LAST or order == math.inf):
        raise PresetError(f"{path.name}: order = {order!r:.40}: must be a number up to {LAST}")
    return float(order)


def _table(path: Path) -> dict:
    try:
        table = tomlfile.read(path, VERSION)
        if any(isinstance(leaf, int) and abs(leaf) >= 2**63 for leaf in _leaves(table)):
            raise PresetError(f"{path.name}: not readable (a whole number beyond 64 bits)")
    except tomlfile.TomlError as refusal:
        raise PresetError(str(refusal)) from refusal
    except RecursionError as error:
        raise PresetError(f"{path.name}: not readable (nested too deeply)") from error
    return table


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
    try:
        if not isinstance(row, dict):
            raise mapping.MappingError(f"{row!r:.40}: must be a table")
        if line := tomlfile.unknown(row, FIELDS):
            raise mapping.MappingError(line)
        if lacking := [key for key in ("signal", "parameter", "amount") if key not in row]:
            raise mapping.MappingError(f"it lacks {' and '.join(lacking)}")
        return mapping.Mapping(**row)
    except (mapping.MappingError, TypeError) as error:
        there = row if isinstance(row, dict) else {}
        ends = [str(there.get(end, "?"))[:40] for end in ("signal", "parameter")]
        skipped.append(f"the mapping of {ends[0]} to {ends[1]} is left out: {error}")
        return None


def mappings_of(rows: Iterable[object]) -> tuple[mapping.Mapping, ...]:
    """Return the mappings in these tables; what is none is left out."""
    return tuple(filter(None, [mapping_of(row, []) for row in rows]))


def apply(preset: Preset, store: Store) -> list[str]:
    """Set the preset's values, held by no hand; return a line for everything that was skipped."""
    values, skipped = wanted(preset, store)
    store.set_all(values)
    store.release()
    return skipped


def wanted(preset: Preset, store: Store) -> tuple[dict[str, float], list[str]]:
    """Return the values that the preset asks for, and lines about what is skipped: a few of each.

    What is not in this network may come back with another, and is one line.
    """
    known = {row.id for row in store.rows()}
    values, refused = _values(preset, store, known)
    absent = [id for id in preset.values if id not in known and not id.startswith(LEFT_OUT)]
    elsewhere = [id for id in absent if id.startswith(FAMILIES)]
    lost = [m for m in preset.mappings or () if m.parameter not in known]
    skipped = [
        *tomlfile.few(preset.skipped),
        *tomlfile.few(
            [m for m in lost if not m.parameter.startswith(FAMILIES)],
            lambda m: (
                f"the mapping of {m.signal:.60} moves nothing: {_strange(m.parameter, known)}"
            ),
        ),
        *tomlfile.few(
            [id for id in absent if not id.startswith(FAMILIES)], lambda id: _strange(id, known)
        ),
        *tomlfile.few(refused),
    ]
    if elsewhere:
        more = f" and {len(elsewhere) - 1} more" * (len(elsewhere) > 1)
        skipped.append(f"{elsewhere[0]!r:.60}{more}: {ELSEWHERE}")
    return values, skipped


def _values(preset: Preset, store: Store, known: set[str]) -> tuple[dict[str, float], list[str]]:
    """Return the values of what is known here, and a line for each that was refused or clipped."""
    values: dict[str, float] = {}
    refused: list[str] = []
    for family in FAMILIES:
        named = any(id.startswith(family) for id in preset.values)
        if named or family == STYLE_FAMILY:
            values |= {id: 0.0 for id in known if id.startswith(family)}
    for id, value in preset.values.items():
        try:
            if id.startswith(LEFT_OUT):
                raise ParameterError(f"{id:.60}: never part of a preset")
            if id in known:
                values[id] = store.row(id).read(value)
                refused += _outside(store.row(id), value, values[id])
        except ParameterError as error:
            refused.append(str(error))
    return values, refused


def _strange(id: str, known: Iterable[str]) -> str:
    return f"{id!r:.60}: no parameter of this name{tomlfile.meant(id, known)}"


def _outside(row: Parameter, value: object, taken: float) -> list[str]:
    """Return a line where a preset's number is not in the row's range, and another was taken."""
    if isinstance(value, str) or row.min <= value <= row.max:
        return []
    return [f"{row.id} = {value:g} goes from {row.min:g} to {row.max:g}: {taken:g} is taken"]


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
    document["mapping"] = _mapping_tables(mappings) if mappings else []
    try:
        tomlfile.write(path, document)
    except tomlfile.TomlError as refusal:
        raise PresetError(str(refusal)) from refusal


def _plain(row, value: float) -> float | int:
    return int(value) if row.whole else round(value, 6)


def _mapping_tables(mappings):
    tables = tomlkit.aot()
    for m in mappings:
        plain = {f.name: f.default for f in fields(m)}
        tables.append(tomlkit.item({k: v for k, v in asdict(m).items() if v != plain[k]}))
    return tables
