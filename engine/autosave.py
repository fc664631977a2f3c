"""Keeps the state of the show on disk, so that one that was cut off can go on where it was.

In: the state, as often as the main loop has it. Out: a file of the performer's folder, written in a
thread of its own; the file of a show that did not end cleanly. The file is the mark: whoever ends
cleanly removes it. A show beside another one keeps nothing.
"""

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import psutil

from engine import mapping, presets
from engine.crossfade import SIDES, Look
from engine.mailbox import Mailbox
from engine.parameters import ParameterError, Store

EVERY = 2.0  # seconds between two writings
PATIENCE = 2.0  # seconds that the end waits for a disk
# The film of before is finished, or lost; nobody's hand is on the others.
NOT_AGAIN = ("recording.on", "output.flash", "output.strobe")
TRIES = 3  # shows that may begin with a state before it has seen a picture


@dataclass(frozen=True)
class State:
    """All that a show needs to go on: plain data, as the file has it."""

    values: Mapping[str, float]
    mappings: tuple[mapping.Mapping, ...] = ()
    preset: str = ""
    network: str = ""  # files
    guide: str = ""
    gone: float = 0.0  # seeds that the channel walk has gone
    degrees: float = 0.0  # that the latent walk has gone
    cue: float = -1  # the place in the set list
    locks: tuple[str, ...] = ()
    ends: Mapping[str, Look] = field(default_factory=dict)  # A and B of the crossfader
    source: str = ""  # of the sound, as it was asked for

    def put(self, store: Store, mapper: mapping.Mapper) -> None:
        """Set these values and mappings, held by no hand; what this show has no row for is left."""
        values = {}
        for id, value in self.values.items():
            try:
                values[id] = store.row(id).read(value)
            except ParameterError:  # a layer of another network, a row of another version
                continue
        for id in NOT_AGAIN:
            values.pop(id, None)
        store.set_all(values)
        store.release()
        store.lock(self.locks)
        mapper.replace(self.mappings)


@dataclass(frozen=True)
class Owner:
    """The process that wrote a file, told from a later one of the same number by its start."""

    pid: int = field(default_factory=os.getpid)
    started: float = field(default_factory=lambda: psutil.Process().create_time())

    @property
    def lives(self) -> bool:
        """Whether that process still runs."""
        try:
            return psutil.Process(self.pid).create_time() == self.started
        except (psutil.Error, OverflowError):
            return False


class Autosave:
    """The state's file in `folder`; say(text) hears what the performer should know.

    stand(*lines) hears that it cannot be written, and without a line that it can again.
    """

    def __init__(self, folder: Path, say: Callable[[str], None], stand: Callable[..., None]):
        self._path, self._say, self._stand = folder / "show that plays.json", say, stand
        self._owner, self._mine = Owner(), True
        self._last, self._due = "", 0.0  # what was kept last
        self._newest: Mailbox[str] = Mailbox()
        self._news, self._ended = threading.Event(), False
        self._thread = threading.Thread(target=self._follow, name="autosave", daemon=True)

    def take(self) -> State | None:
        """Return the state of the show before, if that did not end cleanly; say so."""
        try:
            data = json.loads(self._path.read_text("utf-8"))
            owner = Owner(**data.pop("owner"))
            other = owner.lives and owner != self._owner
            tries = int(_finite(data.pop("tries")))
            state = state_of(data)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self._say("what the show before left behind cannot be read: begun anew")
            return None
        if other:
            self._mine = False
            self._say("another show plays: this one would not be taken up after a crash")
            return None
        if tries >= TRIES:
            self._say(f"its state brought no picture {TRIES} times: begun anew")
            return None
        self._write(self._text(state, tries + 1))
        self._say("the show before did not end cleanly: its state is taken up")
        return state

    def keep(self, state: Callable[[], State], moment: float) -> None:
        """Write the state beside the show, if it is time to and it has changed; never waits."""
        if not self._mine or moment < self._due:
            return
        self._due = moment + EVERY
        text = self._text(state(), 0)
        if text == self._last:
            return
        if not self._last:
            self._thread.start()
        self._last = text
        self._newest.put(text)
        self._news.set()

    def end(self) -> None:
        """Write nothing more, and leave no file behind; waits, but not long."""
        if not self._last:
            return
        self._ended = True
        self._news.set()
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            self._stand(f"{self._path} is still there: the disk does not answer")

    def _follow(self) -> None:
        """Write what is newest until the end, then leave nothing."""
        while not self._ended:
            self._news.wait()
            self._news.clear()
            if not self._ended and (text := self._newest.take()):
                self._write(text)
        try:
            self._path.unlink(missing_ok=True)
        except OSError as fault:
            self._stand(f"{self._path} cannot be removed ({fault.strerror})")

    def _text(self, state: State, tries: int) -> str:
        return json.dumps({"owner": asdict(self._owner), "tries": tries, **asdict(state)})

    def _write(self, text: str) -> None:
        """Replace the file as a whole: a power cut leaves the one before, or this one."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part = self._path.with_suffix(".part")
            with part.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
            self._stand()
        except OSError as fault:
            self._stand(
                f"{self._path} cannot be written ({fault.strerror}):"
                " a show that is cut off now cannot go on where it was"
            )


class StateError(ValueError):
    """Data that is no state."""


def state_of(data: Mapping) -> State:
    """Return the state in a file's data; StateError where it is none."""
    try:
        return _state(dict(data))
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise StateError(f"no state of a show ({fault})") from None


def _state(data: dict) -> State:
    ends = {side: _look(look) for side, look in data.pop("ends").items() if side in SIDES}
    state = State(mappings=presets.mappings_of(data.pop("mappings")), ends=ends, **data)
    for name in ("preset", "network", "guide", "source"):
        if not isinstance(getattr(state, name), str):
            raise ValueError(f"{name} is no text")
    if not isinstance(state.values, dict):
        raise ValueError("values is no table")
    locks = state.locks
    if isinstance(locks, str) or not all(isinstance(name, str) for name in locks):
        raise ValueError("locks are no names")
    numbers = {name: _finite(getattr(state, name)) for name in ("gone", "degrees", "cue")}
    return replace(state, locks=tuple(locks), **numbers)


def _look(look: Mapping) -> Look:
    values = {str(id): _finite(value) for id, value in look["values"].items()}
    return Look(str(look["name"]), values, presets.mappings_of(look["mappings"]))


def _finite(number: object) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) < 1e12:
        raise ValueError(f"{number!r:.40} is no number")
    return float(number)
