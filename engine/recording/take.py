"""Writes a take: all that a set was made of, so that it can be played again.

In: each display frame (Tick), each dream, each block of sound, from their threads, by calls that
only note and return. Out: a folder: `take.json`, what was there at the beginning; `log.jsonl`, one
line for each thing as it came, with what has changed since the line before; the sound as FLAC; the
first picture. A thread of its own writes and syncs every second: a kill costs that second.
"""

import hashlib
import json
import os
import queue
import shutil
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from engine.clock import Lead, now
from engine.recording.lines import TakeError

VERSION = 1
HEAD, LOG, START = "take.json", "log.jsonl", "start.npz"
WAITING = 8192  # things that may wait to be written: half a minute of them
EVERY = 1.0  # seconds between two syncs
PATIENCE = 5.0  # seconds that the end waits for a disk
WHOLE = 2**31  # of a float's 1.0 in libsndfile's whole numbers, of which 24 bits are kept


@dataclass(frozen=True)
class Tick:
    """One display frame: all that moved the picture, as it was at `moment`."""

    step: int  # of the camera path, counted
    moment: float
    ahead: float  # seconds, after which it is seen: the beat is that of then
    heard: float | None  # the moment of the newest sound in it
    shows: int  # the dream that it shows for the first time, else 0
    lead: Lead
    values: Mapping[str, float]  # the hand's
    held: Collection[str]  # of these, what a hand set itself
    signals: Callable[[], Mapping[str, float]]
    blend: tuple  # mappings, those that leave, the share of the first, the one that plays alone


class Take:
    """A take that is being written into `folder`, which is made; TakeError where that cannot be.

    head: what was there at the beginning, as JSON has it. own: the signals that are not stored, for
    they come from the sound, the beat or parameters. error(text) hears why a take ended early.
    """

    def __init__(
        self,
        folder: Path,
        head: Mapping[str, Any],
        own: Collection[str],
        error: Callable[[str], None],
    ):
        self.folder, self._own, self._error = folder, frozenset(own), error
        self.failed = False
        self.begins = True  # until the first dream has brought its picture
        self._ending = threading.Event()
        self._work: queue.Queue[tuple] = queue.Queue(WAITING)
        self._before: dict[str, Any] = {"values": {}, "signals": {}}
        self._sound: soundfile.SoundFile | None = None
        self._sounds, self._copies = 0, 0
        self._networks: set[Path] = set()
        self._blend: tuple | None = None
        try:
            folder.mkdir(parents=True)
            text = json.dumps({"version": VERSION, "begun": now(), **head}, indent=1)
            (folder / HEAD).write_text(text + "\n", "utf-8")
            self._log = (folder / LOG).open("w", encoding="utf-8")
        except FileExistsError:
            raise TakeError(f"{folder} is there already: name a new folder for the take") from None
        except OSError as fault:
            raise TakeError(f"no take can be written to {folder}: {fault.strerror}") from None
        self._thread = threading.Thread(target=self._run, name="take", daemon=True)
        self._thread.start()

    # From any thread: noted, and written later.

    def tick(self, tick: Tick) -> None:
        """Note a display frame."""
        self._note(self._write_tick, tick)

    def dream(self, **line: Any) -> None:
        """Note a dream that begins, by what it is made of."""
        self._note(self._write_dream, line)

    def begin(self, **arrays: np.ndarray) -> None:
        """Keep what the first dream begins with."""
        self.begins = False
        self._note(self._keep_start, arrays)

    def sound(self, samples: np.ndarray, **line: Any) -> None:
        """Note a block of sound, float32 (n, 2), whole in 24 bits, and how it was heard."""
        self._note(self._write_sound, samples, line)

    def say(self, kind: str, **line: Any) -> None:
        """Note anything else: a network, a marker."""
        self._note(self._write, {"kind": kind, **line})

    def copy(self, kind: str, path: Path) -> None:
        """Keep a copy of a file that plays a part from now on."""
        self._note(self._copy, kind, path)

    def stop(self) -> None:
        """Write what was noted and close the files."""
        self._ending.set()
        with suppress(queue.Full):  # then the thread is awake
            self._work.put_nowait((int,))
        self._thread.join(timeout=PATIENCE)
        if self._thread.is_alive():
            self._end("the disk does not answer")

    def _note(self, task: Callable, *words: Any) -> None:
        try:
            if not self.failed:
                self._work.put_nowait((task, *words))
        except queue.Full:
            self._end("the disk is too slow")

    def _end(self, why: str) -> None:
        if not self.failed:
            self.failed = True
            self._error(f"the take in {self.folder} has ended: {why}")

    # From here on: the take's own thread.

    def _run(self) -> None:
        due = now() + EVERY
        while (item := self._next(due)) is not None:
            try:
                if not self.failed:
                    item[0](*item[1:])
                if now() >= due:
                    due = now() + EVERY
                    self._sync()
            except Exception as fault:  # noqa: BLE001 - whatever ends the take, the show goes on
                self._end(_reason(fault))
        self._close()

    def _next(self, due: float) -> tuple | None:
        wait = 0.0 if self._ending.is_set() else due - now()
        try:
            return self._work.get(timeout=max(wait, 0.01))
        except queue.Empty:  # nothing to write, but time to sync or to end
            return None if self._ending.is_set() else (int,)

    def _sync(self) -> None:
        if self.failed:
            return
        self._log.flush()
        os.fsync(self._log.fileno())
        if self._sound:
            self._sound.flush()

    def _close(self) -> None:
        try:
            self._sync()
            self._log.close()
            if self._sound:
                self._sound.close()
        except (OSError, soundfile.LibsndfileError) as fault:
            self._end(_reason(fault))

    def _write(self, line: Mapping[str, Any]) -> None:
        self._log.write(json.dumps(line, separators=(",", ":")) + "\n")

    def _write_changes(self, kind: str, line: Mapping[str, Any], **parts: Mapping[str, float]):
        """Write what has changed since the last line of this kind, and of `parts` what is there."""
        before = self._before.setdefault(kind, {})
        changed = {k: v for k, v in line.items() if k not in before or before[k] != v}
        before.update(line)
        self._write({"kind": kind, **changed, **{k: v for k, v in parts.items() if v}})

    def _write_dream(self, line: Mapping[str, Any]) -> None:
        network = Path(line["network"])
        if network not in self._networks:
            self._networks.add(network)
            found = {"path": str(network), "sha256": self._digest(network)}
            self._write({"kind": "network", **found, "after": line["after"]})
        self._write_changes("dream", line)

    def _digest(self, network: Path) -> str:
        """Return what the file is known by; "" where it has gone meanwhile, which is said."""
        try:
            return digest_of(network)
        except OSError as fault:
            self._error(f"{network} is not known to the take: {fault.strerror}")
            return ""

    def _write_tick(self, tick: Tick) -> None:
        values = self._changed("values", tick.values)
        outside = {n: v for n, v in tick.signals().items() if n not in self._own}
        line = {
            "step": tick.step,
            "t": tick.moment,
            "ahead": tick.ahead,
            "heard": tick.heard,
            "shows": tick.shows,
            "lead": [tick.lead.leader, *asdict(tick.lead.grid).values(), tick.lead.sure],
        }
        if self._blend != tick.blend:
            self._blend = tick.blend
            line["blend"] = _plain(tick.blend)
        by_hand = {id: v for id, v in values.items() if id in tick.held}
        others = {id: v for id, v in values.items() if id not in tick.held}
        signals = self._changed("signals", outside)
        self._write_changes("tick", line, hand=by_hand, set=others, signals=signals)

    def _changed(self, name: str, values: Mapping[str, float]) -> dict[str, float]:
        before, self._before[name] = self._before[name], values
        return {id: value for id, value in values.items() if before.get(id) != value}

    def _write_sound(self, samples: np.ndarray, line: Mapping[str, Any]) -> None:
        if self._sound is None or self._sound.samplerate != line["rate"]:
            self._open_sound(line["rate"])
        self._sound.write((samples * np.float64(WHOLE)).astype(np.int32))
        self._write_changes("sound", {"frames": len(samples), "file": self._sounds, **line})

    def _open_sound(self, rate: int) -> None:
        """Begin another file: one holds one rate."""
        if self._sound:
            self._sound.close()
        self._sounds += 1
        path = self.folder / sound_name(self._sounds)
        self._sound = soundfile.SoundFile(path, "x", rate, 2, "PCM_24", format="FLAC")

    def _keep_start(self, arrays: Mapping[str, np.ndarray]) -> None:
        np.savez(self.folder / START, **arrays)

    def _copy(self, kind: str, path: Path) -> None:
        self._copies += 1
        name = f"{kind}-{self._copies}{path.suffix}"
        try:
            shutil.copyfile(path, self.folder / name)
        except OSError as error:
            self._error(f"{path}: {error.strerror}: the take lacks it")
            return
        self._write({"kind": kind, "file": name, "name": path.stem})


def _plain(blend: tuple) -> dict[str, Any]:
    mappings, leaving, share, solo = blend
    return {
        "mappings": [asdict(m) for m in mappings],
        "leaving": [asdict(m) for m in leaving],
        "share": share,
        "solo": solo and asdict(solo),
    }


def _reason(fault: Exception) -> str:
    if isinstance(fault, soundfile.LibsndfileError):
        return "its sound cannot be written: the disk is full, or gone"
    return getattr(fault, "strerror", None) or str(fault) or type(fault).__name__


def digest_of(path: Path) -> str:
    """Return what a file is known by, wherever it lies: its SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sound_name(number: int) -> str:
    """Return the name of a take's sound file of this number."""
    return f"sound-{number}.flac"
