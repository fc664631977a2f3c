"""The bank of presets: which there are and in what order, asked for by name, number or step, saved.

In: folders of presets, the numbered slots' file. Out: the values and mappings of one; a line for
what is skipped. Main thread, but for the names and lamps.

    version = 1          # slots.toml: numbers that mean a preset, wherever it stands in the list
    [slots]
    1 = "Reef"
"""

import math
import os
import shutil
from bisect import bisect_left
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

import numpy as np
import tomlkit

from engine import mapping, pictures, tomlfile
from engine.parameters import Store
from engine.presets import ELSEWHERE, PresetError, place, read, wanted, write

VERSION = 1  # of the slots' file
SLOTS = 99


class Bank:
    """The presets of several folders; the last folder is the performer's own, the slots beside it.

    say(text) hears what was done, error(text) what is wrong with a file, once.
    """

    def __init__(
        self, folders: list[Path], say: Callable[[str], None], error: Callable[[str], None]
    ):
        self.folders, self._say, self._error = folders, say, error
        self.current = ""  # the preset that plays
        self.moves: tuple[tuple[str, str], ...] = ()  # of own files: names before and after
        self._versions: dict[Path, tuple[int, int]] = {}  # of each file that has been read
        self._places: dict[Path, float] = {}
        self._paths: dict[str, Path] = {}
        self._order: dict[str, tuple[float, str]] = {}  # of all that are or were in the list
        self._said: tuple[tuple, Mapping[str, float]] = (), {}  # what the one that plays names
        self._file = tomlfile.Watched(folders[-1].parent / "slots.toml")
        self._slots: dict[int, str] = {}
        self._torn = False  # whether the file holds what is in no slot
        self._follow_slots()

    def names(self) -> list[str]:
        """Return all names in the list's order; a later folder's file stands for an earlier's."""
        return list(self._look())

    def _look(self) -> dict[str, Path]:
        """Return each name's file, in order. The panel asks often: only what changed is read."""
        versions = {path: v for folder in self.folders for path, v in _files(folder).items()}
        if versions != self._versions:
            files = [path for path in versions if path.suffix == ".toml"]
            new = [path for path in files if versions[path] != self._versions.get(path)]
            self._places = {**self._places, **{path: self._place(path) for path in new}}
            paths = {path.stem: path for path in files}
            self._order |= {name: (self._places[paths[name]], name) for name in paths}
            order = sorted(paths, key=self._order.get)
            self._versions, self._paths = versions, {name: paths[name] for name in order}
        return self._paths

    def picture(self, name: str) -> tuple[Path, object] | None:
        """Return the file of this preset's picture and what changes with it; None without one.

        As names() found it; asks no disk.
        """
        path, versions = self._paths.get(name), self._versions  # the folder may be read meanwhile
        picture = path and path.with_suffix(pictures.SUFFIX)
        return (picture, versions[picture]) if picture in versions else None

    def path(self, name: str) -> Path | None:
        """Return the file of this preset; None where there is none."""
        return self._look().get(name)

    def show(self, name: str, pixels: np.ndarray) -> None:
        """Keep the picture of a preset that was saved. pixels: uint8, height x width x 4."""
        try:
            pictures.write(self.folders[-1] / f"{name}.toml", pixels)
        except OSError as fault:
            raise PresetError(f"{name}: its picture cannot be kept ({fault.strerror})") from fault

    def _place(self, path: Path) -> float:
        try:
            return place(path)
        except PresetError as refusal:
            self._error(str(refusal))
            return math.inf

    def wanted(self, name: str, store: Store) -> tuple[dict[str, float], tuple | None]:
        """Return the values and mappings of this preset.

        None leaves the mappings as they are. What is skipped is said; PresetError if there is no
        such preset or it cannot be read.
        """
        paths = self._look()
        if name not in paths:
            raise PresetError(f"no preset is called {name!r:.60}{tomlfile.meant(name, paths)}")
        preset = read(paths[name])
        values, skipped = wanted(preset, store)
        for line in skipped:
            tell = self._say if line.endswith(ELSEWHERE) else self._error
            tell(f"{name}: {line}")
        return values, preset.mappings

    def said(self, store: Store) -> Mapping[str, float]:
        """Return the values that the preset that plays names; none where it cannot be read.

        The panel asks often: as names() found it, and only what changed is read.
        """
        path = self._paths.get(self.current)
        version = (path, self._versions.get(path), store.rows())
        if version != self._said[0]:
            try:
                self._said = version, wanted(read(path), store)[0] if path else {}
            except PresetError:
                self._said = version, {}
        return self._said[1]

    def tell_strange(self, name: str, signals: mapping.Signals, mappings: tuple) -> None:
        """Say which of the preset's mappings listen to signals that nobody publishes."""

        def line(signal: str) -> str:
            near = tomlfile.meant(signal, signals.names())
            return f"{name}: no signal is called {signal!r:.60}, so it moves nothing{near}"

        for said in tomlfile.few(signals.strange(dict.fromkeys(m.signal for m in mappings)), line):
            self._error(said)

    def plays(self, name: str) -> None:
        """Take this preset for the one that plays."""
        self.current = name

    def step(self, name: str, by: int) -> str:
        """Return the preset `by` places after this one, round the end.

        One that is no more in the list has its neighbours still.
        """
        names = self.names()
        if not names:
            raise PresetError("there are no presets")
        here = self._order.get(name, (-math.inf, ""))
        place = bisect_left(names, here, key=self._order.get)
        gone = by > 0 and name not in names
        return names[(place + by - gone) % len(names)]

    def lamp(self, action: str, argument: str) -> float | None:
        """Return what the lamp of an action shows: 1 for the preset that plays, None for none.

        Any thread; asks no disk.
        """
        if action == "preset.number" and argument.isdecimal():
            there = self._at(argument, list(self._paths))
            return None if there is None else float(there == self.current)
        return float(action == "preset.load" and argument == self.current)

    def numbered(self, number: str) -> str:
        """Return the preset in this slot, else at this place of the list; PresetError if none."""
        self._follow_slots()
        names = self.names()
        if name := self._at(number, names):
            return name
        raise PresetError(f"preset number {number[:20]!r}: must be 1 to {len(names)}")

    def _at(self, number: str, names: list[str]) -> str | None:
        count = int(number) if number.isdecimal() and len(number) < 5 else 0
        slot = self._slots.get(count)
        there = names[count - 1] if 0 < count <= len(names) else None
        return slot if slot in names else there

    @property
    def slots(self) -> Mapping[int, str]:
        """The names in the slots; an edited file counts at once."""
        self._follow_slots()
        return self._slots

    def keep(self, words: str) -> None:
        """Put a preset into a slot: "3" the one that plays, "3 Reef" that one; kept in a file."""
        number, _, name = words.partition(" ")
        name = name.strip(" ") or self.current
        if not number.isdecimal() or len(number) > 2 or not int(number):
            raise PresetError(f"slot {number[:20]!r}: must be 1 to {SLOTS}")
        if name not in self.names():
            raise PresetError(f"preset {name[:60]!r}: there is none to keep")
        self.put_slots({**self.slots, int(number): name})
        self._say(f"{name} is number {int(number)}")

    def put_slots(self, slots: Mapping[int, str]) -> None:
        """Let these be the slots, and write the file; one that held more is kept beside it."""
        self._follow_slots()
        self._slots = dict(sorted(slots.items()))
        document, path = tomlkit.document(), self._file.path
        names = {str(slot): name for slot, name in self._slots.items()}
        document.update({"version": VERSION, "slots": names})
        try:
            if self._torn and path.exists():
                aside = tomlfile.put_aside(path)
                self._torn = False
                self._say(f"what slots.toml held is now {aside.name}")
            tomlfile.write(path, document)
        except OSError as fault:
            raise PresetError(f"{path.name}: cannot be kept ({fault.strerror})") from fault
        except tomlfile.TomlError as refusal:
            raise PresetError(str(refusal)) from refusal

    def _follow_slots(self) -> None:
        """Read the file again if it has changed; one that cannot be read leaves the slots there."""
        if not self._file.changed():
            return
        try:
            self._slots, lines = _read_slots(self._file.path)
        except tomlfile.TomlError as refusal:
            lines = [str(refusal)]
        for line in lines:
            self._error(line)
        self._torn = bool(lines)

    def owns(self, name: str) -> bool:
        """Return whether this preset is the performer's own. As names() found it; asks no disk."""
        return name in self._paths and self._paths[name].parent == self.folders[-1]

    def refusal(self, name: str, before: str = "") -> str:
        """Return why no preset may have this name; "" where one may. Asks no disk.

        With `before`, why the preset of that name may not have it.
        """
        name = name.strip(" ")
        if not name or len(name) > 60 or not all(c.isalnum() or c in " -_" for c in name):
            return f"preset {name!r:.60}: letters, digits, spaces, - and _ only, 1 to 60"
        taken = before and name != before and name in self._paths
        return f"{name}: there is a preset of this name" if taken else ""

    def rename(self, words: str, also: str = "") -> None:
        """Call an own preset otherwise: "Old/New"; its picture and numbers go along.

        `also` is said with it.
        """
        name, slash, new = (part.strip(" ") for part in words.partition("/"))
        if not (name and slash and new):
            raise PresetError(f"{words[:60]!r}: must be OLD/NEW, two names of a preset")
        own = self._own(name)
        if refusal := self.refusal(new, name):
            raise PresetError(refusal)
        self._move_all(own, f"{new}.toml", f"{new}{pictures.SUFFIX}")
        if name in self.slots.values():
            self.put_slots({n: new if name == each else each for n, each in self.slots.items()})
        self._say(f"{name} is called {new} now{also}")

    def delete(self, name: str, also: str = "") -> None:
        """Put a preset of the performer's own aside, beside itself; nothing is lost."""
        own = self._own(name.strip(" "))
        asides = (f"{own.stem}{f' {n}' * (n > 1)}.deleted" for n in count(1))
        aside = next(name for name in asides if not own.with_name(name).exists())
        self._move_all(own, aside, f"{aside}{pictures.SUFFIX}")
        again = "; the one that came along is there again" * (own.stem in self._look())
        self._say(f"{own.stem} is put aside: {aside}{again}{also}")

    def put_moves(self, moves: tuple[tuple[str, str], ...]) -> None:
        """Let these be the moves of own files: take others back, the last one first, do the rest.

        PresetError at the first that cannot be.
        """
        while self.moves != moves[: len(self.moves)]:
            source, target = self.moves[-1]
            self._move(target, source)
            self.moves = self.moves[:-1]
            if not source.endswith(pictures.SUFFIX):
                self._say(f"{target} is {source} again")
        for source, target in moves[len(self.moves) :]:
            self._move(source, target)
            self.moves += ((source, target),)

    def _move_all(self, own: Path, name: str, picture: str) -> None:
        """Give an own preset's files these names; its picture first, so that it comes back last."""
        seen = own.with_suffix(pictures.SUFFIX)
        moves = [(seen.name, picture)] * seen.exists() + [(own.name, name)]
        self.put_moves((*self.moves, *moves))

    def _move(self, source: str, target: str) -> None:
        there, aim = self.folders[-1] / source, self.folders[-1] / target
        if aim.exists() and aim.suffix != pictures.SUFFIX:
            raise PresetError(f"{source} stays: {target} is there")
        try:
            there.replace(aim)
        except OSError as fault:
            raise PresetError(f"{source}: cannot become {target} ({fault.strerror})") from fault
        if there.suffix == aim.suffix == ".toml" and there.stem == self.current:
            self.plays(aim.stem)

    def _own(self, name: str) -> Path:
        """Return the file of a preset of the performer's own; PresetError where it is none."""
        paths = self._look()
        if name not in paths:
            raise PresetError(f"no preset is called {name!r:.60}{tomlfile.meant(name, paths)}")
        if not self.owns(name):
            raise PresetError(f"{name}: came along with the program, and stays")
        return paths[name]

    def save(self, name: str, store: Store, mapper: mapping.Mapper) -> None:
        """Keep the present state under `name` in the performer's own folder."""
        name = name.strip(" ")
        if refusal := self.refusal(name):
            raise PresetError(refusal)
        own = self.folders[-1] / f"{name}.toml"
        before = self._look().get(name)
        covered = before is not None and before != own
        replaced = ", in place of the one that came along; delete it to have that again" * covered
        if own.exists():
            replaced = f"; the one before is {_copy_before(own).name}"
        write(own, store, mapper.mappings, self._places[before] if before else math.inf)
        self._look()
        self._say(f"saved to {own}{replaced}")
        self.plays(name)


def _copy_before(own: Path) -> Path:
    """Keep what a file holds before it is written over; PresetError where that cannot be."""
    try:
        return Path(shutil.copyfile(own, own.with_suffix(".before")))
    except OSError as fault:
        raise PresetError(f"{own.name}: cannot be kept ({fault.strerror})") from fault


def _read_slots(path: Path) -> tuple[dict[int, str], list[str]]:
    """Return the slots in the file, and a line for what else it holds; TomlError if it has none."""
    table = tomlfile.read(path, VERSION)
    strange = tomlfile.unknown(table, ("version", "slots"))
    rows = table.get("slots", {})
    if not isinstance(rows, dict):
        raise tomlfile.TomlError(f"{path.name}: slots must be a table, as [slots]")
    slots = {int(slot): name for slot, name in rows.items() if _is_slot(slot, name)}
    wrong = [slot for slot, name in rows.items() if not _is_slot(slot, name)]
    lines = tomlfile.few(
        wrong, lambda slot: f"{slot:.40}: must be 1 to {SLOTS}, and a preset's name"
    )
    return slots, [f"{path.name}: {line}" for line in [*filter(None, [strange]), *lines]]


def _is_slot(slot: str, name: object) -> bool:
    return slot.isdecimal() and len(slot) < 3 and int(slot) > 0 and isinstance(name, str)


def _files(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return the presets and pictures of a folder, each with what changes when it is written."""
    try:
        with os.scandir(folder) as there:
            found = [entry for entry in there if entry.name.endswith((".toml", pictures.SUFFIX))]
            names = [entry for entry in found if entry.name.isprintable()]
            stats = {Path(entry.path): entry.stat() for entry in names}
    except OSError:
        return {}  # no such folder, or one that changes just now
    return {path: (stat.st_mtime_ns, stat.st_size) for path, stat in stats.items()}
