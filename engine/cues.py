"""The cue list of a night: song after song, which preset comes when, and how.

In: setlist.toml of the performer's folder, read again when it changes; GO, back, jump, next and
previous song. Out: looks asked for, and after how many bars the next one comes by itself
(autoplay.py calls it); a line for each row that is skipped and for the presets that are not there,
which stand as long as that is so. Main thread.

    version = 1
    [[song]]
    name = "Opening"
    [[song.cue]]
    preset = "Pearl"
    morph = 8            # beats; without it as preset.morph says
    morph_in = "bars"    # beats, bars, seconds
    on = "bar"           # at once, beat, bar; without it as preset.on says
    follow = 16          # bars after which the next cue comes by itself
    note = "lights up"
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from engine import tomlfile
from engine.looks import Looks
from engine.parameters import Store
from engine.tomlfile import Watched, few, meant

VERSION = 1
MOST = 2000  # cues in it
BARS = 10_000  # that a cue may last
LETTERS = 200  # of a name or a note


class CueError(ValueError):
    """A cue that cannot be, or a file that holds none."""


@dataclass(frozen=True)
class Cue:
    """One step of the night; None leaves it to the performer."""

    song: str
    preset: str
    morph: float | None = None
    on: float | None = None  # a choice of preset.on
    follow: int | None = None  # bars
    note: str = ""
    morph_in: float | None = None  # a choice of preset.morph_in; beats, where only morph is there


KEYS = tuple(field.name for field in fields(Cue) if field.name != "song")  # of a file's cue


def read(path: Path, store: Store) -> tuple[tuple[Cue, ...], list[str]]:
    """Return the cues in the file, song after song, and a line for everything that is skipped.

    CueError says in one line why there are none.
    """
    cues: list[Cue] = []
    try:
        table = tomlfile.read(path, VERSION)
        songs = tomlfile.rows(table, "song")
    except tomlfile.TomlError as refusal:
        raise CueError(str(refusal)) from refusal
    lines = [line] if (line := tomlfile.unknown(table, ("version", "song"))) else []
    for number, song in enumerate(songs, 1):
        try:
            cues += _song(number, song, store, lines)
        except ValueError as refusal:
            lines.append(f"song {number}: {refusal}")
    if len(cues) > MOST:
        lines.append(f"{len(cues) - MOST} cues beyond {MOST}")
    return tuple(cues[:MOST]), [f"{path.name}: skipped {line:.200}" for line in lines]


def _song(number: int, song: object, store: Store, lines: list[str]) -> list[Cue]:
    """Return the cues of a file's song, a line in `lines` for each that is none."""
    name = song.get("name", f"Song {number}") if isinstance(song, dict) else None
    if not isinstance(name, str) or len(name) > LETTERS:
        raise CueError(f"must be a table with a name of at most {LETTERS} letters")
    if line := tomlfile.unknown(song, ("name", "cue")):
        lines.append(f"{name}: {line}")
    cues = []
    for place, row in enumerate(tomlfile.rows(song, "cue"), 1):
        try:
            cues.append(_cue(name, row, store))
        except ValueError as refusal:  # also a number too long to be written
            lines.append(f"{name}, cue {place}: {refusal}")
    return cues


def _cue(song: str, row: object, store: Store) -> Cue:
    """Return the cue in a file's table; CueError or ParameterError where it is none."""
    if not isinstance(row, dict):
        raise CueError("must be a table")
    if line := tomlfile.unknown(row, KEYS):
        raise CueError(line)
    for key, text in (("preset", row.get("preset")), ("note", row.get("note", ""))):
        if not isinstance(text, str) or len(text) > LETTERS or (key == "preset" and not text):
            raise CueError(f"{key} = {text!r:.40}: must be a text of at most {LETTERS} letters")
    bars = row.get("follow", 1)
    if isinstance(bars, bool) or not isinstance(bars, int) or not 1 <= bars <= BARS:
        raise CueError(f"follow = {bars!r:.40}: must be a whole number from 1 to {BARS}")
    come = {
        key: store.row(f"preset.{key}").read(row[key])
        for key in ("morph", "morph_in", "on")
        if key in row
    }
    return Cue(**{**row, **come, "song": song})


class Cues:
    """The cues of the file at `path`, played by `looks`.

    stand(*lines) hears of what is wrong with them, and without a line that nothing is any more.
    """

    def __init__(
        self, path: Path, store: Store, looks: Looks, stand: Callable[..., None], place: float = -1
    ):
        self._file, self._store, self._looks = Watched(path), store, looks
        self._stand, self._wrong = stand, ()  # lines about the file
        self._told: tuple = ((), ())  # what is known to be wrong, and missing
        self.cues: tuple[Cue, ...] = ()
        self.missing: tuple[str, ...] = ()  # presets that are asked for and not there
        self.place = max(int(place), -1)  # of the cue that GO called last; before the first, -1
        self._leads = False  # whether that one may be followed by the next
        self._before: tuple[int, bool] | None = None  # both, until the called one comes
        self._refresh()

    @property
    def next(self) -> Cue | None:
        """The cue that GO calls, None after the last."""
        return self.cues[self.place + 1] if self.place + 1 < len(self.cues) else None

    @property
    def bars(self) -> int | None:
        """The bars until the next cue comes by itself, None where it does not."""
        if not self.follow or self._looks.waiting:
            return None
        return max(self.follow - self._looks.bars, 1)

    @property
    def follow(self) -> int:
        """The bars after which another cue comes by itself, 0 where none does."""
        cue = self._called if self._leads and self.next else None
        return cue.follow or 0 if cue and self.plays else 0

    @property
    def waits(self) -> bool:
        """Whether the cue that was called last waits for its beat."""
        return self._called is not None and self._looks.waiting == self._called.preset

    @property
    def plays(self) -> bool:
        """Whether the cue that was called last is what was asked for last; else the list waits."""
        return self._called is not None and self._looks.asked == self._called.preset

    @property
    def _called(self) -> Cue | None:
        return self.cues[self.place] if 0 <= self.place < len(self.cues) else None

    def stand(self, playing: str) -> tuple[int, bool]:
        """Return the place of the last cue that has come, and whether it leads on to the next.

        The one that was called last has come where its preset is `playing`.
        """
        waits = self._before and self._called and self._called.preset != playing
        return self._before if waits else (self.place, self._leads)

    def _refresh(self) -> None:
        """Read the file again if it has changed; one that cannot be read leaves the cues there."""
        if self._file.changed():
            try:
                self.cues, lines = read(self._file.path, self._store)
            except CueError as refusal:
                lines = [str(refusal)]
            self._wrong = tuple(lines)
            self.place = min(self.place, len(self.cues) - 1)
        there = self._looks.names() if self.cues else ()
        self.missing = tuple(dict.fromkeys(c.preset for c in self.cues if c.preset not in there))
        if self._told != (told := (self._wrong, self.missing)):
            self._told = told
            absent = few(
                self.missing, lambda name: f"no preset is called {name!r:.60}{meant(name, there)}"
            )
            self._stand(*few(self._wrong), *absent)

    def take_back(self, preset: str) -> None:
        """Let the cue of this preset not have been called, if it was the last one."""
        if self._before and self._called and self._called.preset == preset:
            self.stand_at(*self._before)

    def stand_at(self, place: int, leads: bool = False) -> None:
        """Let the cue at this place be the one that was called last; nothing is played."""
        self.place, self._leads, self._before = min(place, len(self.cues) - 1), leads, None

    def go(self, by: int = 1) -> None:
        """Call the next cue, or the one before."""
        self._call(self.place + by)

    def jump(self, number: str) -> None:
        """Call the cue of this number, counted from 1 through all songs."""
        self._call(int(number) - 1 if number.isdecimal() and len(number) < 6 else -1)

    def song(self, by: int) -> None:
        """Make the first cue of the song `by` places on the next one; GO calls it."""
        starts = [
            n for n, cue in enumerate(self.cues) if not n or cue.song != self.cues[n - 1].song
        ]
        coming = self.place + 1
        there = [start for start in starts if (start > coming if by > 0 else start < coming)]
        if not there:
            raise CueError(f"there is no song {'after' if by > 0 else 'before'} this one")
        self.stand_at(there[0 if by > 0 else -1] - 1)

    def step(self) -> None:
        """Follow the file, and see whether the cue that was called has come. Once a tick."""
        self._refresh()
        if not self.waits:
            self._before = None

    def follow_on(self, on: float) -> None:
        """Call the next cue, which comes by itself."""
        self._call(self.place + 1, on, by_hand=False)

    def _call(self, place: int, on: float | None = None, by_hand: bool = True) -> None:
        if not 0 <= place < len(self.cues):
            raise CueError(f"there is no cue {place + 1}: the list has {len(self.cues)}")
        cue, before = self.cues[place], self.stand(self._looks.playing)
        self.stand_at(place)
        if cue.preset not in self._looks.names():
            near = meant(cue.preset, self._looks.names())
            raise CueError(f"no preset is called {cue.preset!r:.60} (cue {place + 1}){near}")
        on = cue.on if on is None else on
        self._looks.load(cue.preset, cue.morph, on, cue.morph_in, by_hand)
        self._leads, self._before = True, before
