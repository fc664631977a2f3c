"""Reads a take as a score: what was there at the beginning, then every line in order.

In: a take's folder, whole or cut off by a kill. Out: plain data, each line with all that holds, not
only what has changed; sound by pieces. Any thread. Nothing in a take is run, and no path in it
leaves its folder but the network's, which is known by its hash.
"""

import math
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import av
import msgspec
import numpy as np

from engine.recording import lines
from engine.recording.lines import KINDS, LINES, PARTS, TakeError
from engine.recording.take import HEAD, LOG, START, VERSION, WHOLE, sound_name

SHAPES = {  # of what the first dream begins with; 0: any length
    "picture": (1, 3, 0, 0), "moved": (3, 3), "mean": (1, 3, 1, 1), "deviation": (1, 1, 1, 1),
    "number": (),
}  # fmt: skip
LOOK = 64  # lines by which one may come late


class Score:
    """A take in `folder`; TakeError where there is none, or where it cannot be read."""

    def __init__(self, folder: Path):
        self.folder = folder
        try:
            self.head: dict[str, Any] = msgspec.json.decode((folder / HEAD).read_bytes())
            version = self.head["version"]
        except OSError as fault:
            raise TakeError(f"{folder}: no take ({fault.strerror})") from None
        except (ValueError, KeyError, TypeError, RecursionError) as fault:
            raise TakeError(f"{folder / HEAD}: cannot be read ({fault})") from None
        if version != VERSION:
            raise TakeError(f"{folder}: of version {version!r:.20}, this program reads {VERSION}")
        lines.verify(self.head, lines.Head, str(folder / HEAD))
        self.log = folder / LOG
        if not self.log.is_file():
            raise TakeError(f"{folder}: there is no {LOG}")

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield each line, filled up with what still holds, in the order in which things were.

        Several threads write: a dream comes after the display frame that it began with, sound
        before the one in which it is heard.
        """
        waiting: deque[dict[str, Any]] = deque()
        for line in self._filled_lines():
            later = (n for n, other in enumerate(waiting) if _is_before(line, other))
            waiting.insert(next(later, len(waiting)), line)
            if len(waiting) > LOOK:
                yield waiting.popleft()
        yield from waiting

    def _filled_lines(self) -> Iterator[dict[str, Any]]:
        held = {kind: {} for kind in KINDS}
        with self.log.open("rb") as file:
            for number, text in enumerate(file, 1):
                if not text.endswith(b"\n"):  # cut off by a kill
                    return
                line = self._line(text, number)
                if line["kind"] in KINDS:
                    line = self._filled(held[line["kind"]], line, number)
                yield line

    def _line(self, text: bytes, number: int) -> dict[str, Any]:
        try:
            line = msgspec.json.decode(text)
            line = {**line, "kind": str(line["kind"])}
        except (ValueError, KeyError, TypeError, RecursionError) as fault:
            raise TakeError(f"{self.log}, line {number}: cannot be read ({fault})") from None
        lines.verify(line, LINES.get(line["kind"], dict), f"{self.log}, line {number}")
        return line

    def _filled(self, held: dict, line: dict[str, Any], number: int) -> dict[str, Any]:
        kind = line["kind"]
        held.update({part: {} for part in PARTS if kind == "tick"} | line)
        lacking = [name for name in KINDS[kind] if name not in held]
        if lacking:
            raise TakeError(f"{self.log}, line {number}: lacks {', '.join(lacking)}")
        return dict(held)

    def start(self) -> dict[str, np.ndarray]:
        """Return what the first dream began with."""
        try:
            with np.load(self.folder / START, allow_pickle=False) as file:
                arrays = {name: file[name] for name in SHAPES}
        except (OSError, ValueError, EOFError, KeyError, BadZipFile) as fault:
            raise TakeError(f"{self.folder / START}: cannot be read ({fault})") from None
        for name, shape in SHAPES.items():
            if not _fits(arrays[name], shape):
                raise TakeError(f"{self.folder / START}: {name} is not of the shape {shape}")
        return arrays

    def span(self, rate: float | None = None) -> tuple[float, float]:
        """Return the moments of the first picture shown and of the last display frame.

        With a rate of dreams of its own, the first is shown as soon as one was begun. TakeError
        where no picture was.
        """
        begun, last, dreams = None, 0.0, False
        for line in self.lines():
            if line["kind"] == "dream":
                dreams = True
            elif line["kind"] == "tick":
                last = line["t"]
                if begun is None and (dreams if rate else line["shows"]):
                    begun = last
        if begun is None:
            raise TakeError(f"{self.folder}: it ended before its first picture")
        return begun, last

    def sounds(self) -> "Sounds":
        """Return what reads its sound."""
        return Sounds(self)

    def file(self, name: str) -> Path:
        """Return the path of a file of the take; TakeError where it is not in its folder."""
        path = self.folder / name
        if path.parent != self.folder or not path.is_file():
            raise TakeError(f"{self.folder}: there is no {name!r:.60}")
        return path


def _fits(array: np.ndarray, shape: tuple[int, ...]) -> bool:
    sides = array.ndim == len(shape) and all(
        have == want or (not want and 0 < have <= lines.SIDE)
        for have, want in zip(array.shape, shape, strict=True)
    )
    return sides and array.dtype.kind in "fi" and bool(np.isfinite(array).all())


def _is_before(line: dict[str, Any], tick: dict[str, Any]) -> bool:
    """Return whether the line was there before this display frame, if it is one."""
    if tick["kind"] != "tick":
        return False
    heard = line["kind"] == "sound" and (tick["heard"] or 0.0) > line["t"]
    return heard or tick["step"] > line.get("after", math.inf)


class Sounds:
    """The sound of a score, in the order of its lines: float32 (n, 2), to the bit as heard."""

    def __init__(self, score: Score):
        self._score, self._number = score, 0
        self._rest = np.zeros((0, 2), np.float32)

    def next(self, line: dict[str, Any]) -> np.ndarray:
        """Return the block of this line; shorter where a kill has cut the file."""
        if line["file"] != self._number:
            self._number = line["file"]
            self._parts = _decoded(self._score.file(sound_name(self._number)))
            self._rest = self._rest[:0]
        frames, parts = line["frames"], [self._rest]
        while sum(map(len, parts)) < frames and (part := next(self._parts, None)) is not None:
            parts.append(part)
        sound = np.concatenate(parts)
        self._rest = sound[frames:]
        return sound[:frames]


def _decoded(path: Path) -> Iterator[np.ndarray]:
    """Yield the sound of a file that may end anywhere, as libsndfile will not have it."""
    try:
        with av.open(str(path)) as file:
            for frame in file.decode(audio=0):
                whole = frame.to_ndarray().reshape(-1, 2)
                yield (whole / WHOLE).astype(np.float32)
    except av.FFmpegError:
        return  # all that is left of it has been read
