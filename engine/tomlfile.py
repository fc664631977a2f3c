"""Files for the performer to read: TOML with a version, read or refused, written whole or not.

In: a path. Out: plain tables; TomlError says in one line what is wrong. Any thread.
"""

import tomllib
from pathlib import Path

import tomlkit

LARGEST = 1_000_000  # bytes of a file


class TomlError(ValueError):
    """A file that cannot be read or written."""


def read(path: Path, version: int) -> dict:
    """Return what the file holds, if it is of this version; TomlError else."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"larger than {LARGEST} bytes")
        table = tomllib.loads(path.read_text("utf-8"))
        said = repr(table.get("version"))
    except OSError as fault:
        raise TomlError(f"{path.name}: not readable ({fault.strerror})") from fault
    except ValueError as fault:  # UnicodeDecodeError and TOMLDecodeError are such
        raise TomlError(f"{path.name}: not readable ({fault})") from fault
    except RecursionError as fault:
        raise TomlError(f"{path.name}: not readable (nested too deeply)") from fault
    if table.get("version") != version:
        raise TomlError(f"{path.name}: version = {said:.40}: must be {version}")
    return table


def rows(table: dict, key: str) -> list:
    """Return the tables of a list in the file; TomlError if it is no list."""
    there = table.get(key, [])
    if not isinstance(there, list):
        raise TomlError(f"{key} must be a list, as [[{key}]]")
    return there


def write(path: Path, document: tomlkit.TOMLDocument) -> None:
    """Replace the file as a whole: a full disk must not cost what was there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(".part")
        whole.write_text(tomlkit.dumps(document), "utf-8")
        whole.replace(path)
    except OSError as fault:
        raise TomlError(f"{path}: cannot be written ({fault.strerror})") from fault
