"""Files for the performer to read: TOML with a version, read or refused, written whole or not.

In: a path. Out: plain tables; TomlError says in one line what is wrong. Any thread.
"""

import tomllib
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

import tomlkit

from engine import clock

LARGEST = 500_000  # bytes of a file
SAID = 5  # lines about one thing
LONGEST = 100  # letters of a name that may be meant for another

T = TypeVar("T")


class TomlError(ValueError):
    """A file that cannot be read or written."""


class Watched:
    """A file that the performer may edit while the show plays."""

    def __init__(self, path: Path):
        self.path = path
        self._version: tuple[int, int] | None = None  # as it was looked at last; None: not there

    def changed(self) -> bool:
        """Whether it is another than at the last call; a file that is gone is left as it was."""
        try:
            stat = self.path.stat()
        except OSError:
            return False
        before, self._version = self._version, (stat.st_mtime_ns, stat.st_size)
        return before != self._version


def read(path: Path, version: int) -> dict:
    """Return what the file holds, if it is of this version; TomlError else."""
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise ValueError(f"{size:,} bytes, larger than {LARGEST:,}")
        table = tomllib.loads(path.read_text("utf-8"))
        said = repr(table.get("version"))
    except OSError as fault:
        raise TomlError(f"{path.name}: not readable ({fault.strerror})") from fault
    except ValueError as fault:  # UnicodeDecodeError and TOMLDecodeError are such
        raise TomlError(f"{path.name}: not readable ({fault})") from fault
    except RecursionError as fault:
        raise TomlError(f"{path.name}: not readable (nested too deeply)") from fault
    if "version" not in table:
        raise TomlError(f"{path.name}: write version = {version} as its first line")
    if table["version"] != version:
        raise TomlError(f"{path.name}: version = {said:.40}, but only {version} is known here")
    return table


def unknown(keys: Iterable[str], known: Iterable[str]) -> str:
    """Return the line about keys of a file that mean nothing there; "" where there are none."""
    strange = sorted(set(keys) - set(known))
    if not strange:
        return ""
    return f"{', '.join(map(repr, strange)):.60}: not known here; {', '.join(known)} are"


def meant(name: str, names: Iterable[str]) -> str:
    """Return "; did you mean NAME?" where one of these is nearly that, else ""."""
    near = get_close_matches(name[:LONGEST], list(names), 1, 0.8)
    return f"; did you mean {near[0]}?" if near else ""


def few(things: Sequence[T], line: Callable[[T], str] = str) -> list[str]:
    """Return the lines about the first of these, and how many more there are."""
    more = [f"and {len(things) - SAID} more"] * (len(things) > SAID)
    return [line(thing) for thing in things[:SAID]] + more


def rows(table: dict, key: str) -> list:
    """Return the tables of a list in the file; TomlError if it is no list."""
    there = table.get(key, [])
    if not isinstance(there, list):
        raise TomlError(f"{key} must be a list, as [[{key}]]")
    return there


def put_aside(path: Path) -> Path:
    """Give a file that cannot be read a name with the date, and return it; OSError may come."""
    return path.replace(path.with_stem(f"{path.stem} {clock.today()}"))


def write(path: Path, document: tomlkit.TOMLDocument) -> None:
    """Replace the file as a whole: a full disk must not cost what was there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(".part")
        whole.write_text(tomlkit.dumps(document), "utf-8")
        whole.replace(path)
    except OSError as fault:
        raise TomlError(f"{path}: cannot be written ({fault.strerror})") from fault
