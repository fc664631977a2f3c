"""Makes a film in parts of some seconds, so that it may stop and go on, and joins them.

In: frames from a Screening, one by one. Out: the film, or the folder of its parts beside it, out of
which the same film can still be made: finished parts stay, and with the last of them what its next
frame needs. The calling thread.
"""

import json
import shutil
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np

from engine.recording.coder import Coded, Coder
from engine.recording.formats import Format
from engine.recording.lines import TakeError
from engine.recording.naming import free
from engine.recording.videofile import VideoFile, move_index_to_front
from engine.render.screening import Known, Screening

PART = 10  # seconds of a part
RECORD = struct.Struct("<qqq?I")  # pts, dts, duration, key, bytes


class Range(NamedTuple):
    """Parts from `first` to before `last`, which need no dream before number `cut`."""

    first: int
    last: int
    cut: int


@dataclass(frozen=True)
class Film:
    """A film to be made; `job` tells it from another one.

    frames: all that are run through, of which the first `lead` only dream on to its beginning.
    """

    path: Path
    format: Format
    size: tuple[int, int]
    fps: Fraction
    frames: int
    lead: int
    job: dict

    @property
    def seconds(self) -> float:
        """Return how long it is."""
        return float((self.frames - self.lead) / self.fps)

    @property
    def folder(self) -> Path:
        """Where its parts lie until it is whole."""
        return self.path.with_name(f"{self.path.name}.parts")

    @property
    def part_frames(self) -> int:
        """Return the frames of a part."""
        return round(PART * self.fps)

    @property
    def parts(self) -> int:
        """Return how many parts it has."""
        return -(-self.frames // self.part_frames)

    def part(self, number: int) -> Path:
        """Return the file of this part."""
        return self.folder / f"{number:05d}.part"

    def begin(self) -> None:
        """Make the folder, empty unless it is of the same job."""
        mark = self.folder / "job.json"
        text = json.dumps(self.job, sort_keys=True)
        if not (mark.is_file() and mark.read_text("utf-8") == text):
            if self.folder.is_dir() and any(self.folder.iterdir()):
                if not mark.is_file():
                    raise TakeError(f"{self.folder} is there already, and not of a render")
                shutil.rmtree(self.folder)
            self.folder.mkdir(parents=True, exist_ok=True)
            mark.write_text(text, "utf-8")

    def known(self, range_: Range) -> tuple[int, Known | None]:
        """Return the first part of the range that is to be made, and what its frames need."""
        try:
            with np.load(self.loop(range_), allow_pickle=False) as file:
                data = dict(file)
        except (OSError, ValueError, EOFError, BadZipFile):  # not there yet, or damaged
            return range_.first, Known(range_.cut - 1, {}, {}) if range_.cut else None
        done, dreams = int(data.pop("done")), int(data.pop("dreams"))
        recent = {int(k): data.pop(k) for k in list(data) if k.isdecimal()}
        return done, Known(dreams, data, recent)

    def loop(self, range_: Range) -> Path:
        """Return the file of what the next frame of the range needs."""
        return self.folder / f"{range_.first:05d}.npz"


def make(
    film: Film,
    screening: Screening,
    range_: Range,
    done: int,
    begin: float,
    progress: Callable[[int], None],
) -> None:
    """Make the range from part `done` on; the first frame is `begin` seconds into the take."""
    frames = screening.frames(film.fps, begin)
    for _ in range(done * film.part_frames):
        next(frames)
    for number in range(done, range_.last):
        first = number * film.part_frames
        last = min(first + film.part_frames, film.frames)
        _make_part(film, frames, number, range(first, last), progress)
        _keep(film.loop(range_), number + 1, screening.known())


def _make_part(film: Film, frames: Iterator, number: int, range_: range, progress) -> None:
    beside = film.part(number).with_suffix(".new")
    coder = Coder(film.format, film.size, film.fps, None)
    with beside.open("wb") as file:
        first = max(range_.start, film.lead)
        for place in range_:
            paint = next(frames, None)
            if paint is None:
                raise TakeError(f"the take ends before frame {place} of the film")
            if place >= first:
                _write(file, coder.picture(place - film.lead, paint(), key=place == first))
            progress(place + 1)
        if range_.stop > first:
            _write(file, coder.flush())
    beside.replace(film.part(number))


def _write(file, packets: Iterable[Coded]) -> None:
    for coded in packets:
        head = coded.pts, coded.dts, coded.duration, coded.key, len(coded.data)
        file.write(RECORD.pack(*head) + coded.data)


def _read(path: Path, base: Fraction) -> Iterator[Coded]:
    with path.open("rb") as file:
        while len(head := file.read(RECORD.size)) == RECORD.size:
            pts, dts, duration, key, size = RECORD.unpack(head)
            data = file.read(size)
            if len(data) < size:
                raise TakeError(f"{path} is damaged: remove its folder and render again")
            yield Coded(data, True, key, pts, dts, duration, base)


def _keep(path: Path, done: int, known: Known) -> None:
    """Keep what the frame after the finished parts needs."""
    beside = path.with_suffix(".new.npz")
    recent = {str(number): pixels for number, pixels in known.recent.items()}
    np.savez(beside, done=done, dreams=known.number, **known.loop, **recent)
    beside.replace(path)


def join(film: Film, rate: int | None, sound: Iterator[np.ndarray]) -> None:
    """Join the parts and the sound, float32 (2, n) second by second, to the film."""
    beside = film.path.with_name(f".{film.path.name}.new")
    coder = Coder(film.format, film.size, film.fps, rate)
    file = VideoFile(beside, coder)
    try:
        heard = 0.0
        for number in range(film.lead // film.part_frames, film.parts):
            for coded in _read(film.part(number), 1 / film.fps):
                while rate and heard <= coded.seconds and (block := next(sound, None)) is not None:
                    heard += block.shape[1] / rate
                    for other in coder.sound(block):
                        file.write(other)
                file.write(coded)
        for other in coder.flush():
            file.write(other)
        file.finish()
        file.close()
    except BaseException:
        file.close()
        beside.unlink(missing_ok=True)
        raise
    move_index_to_front(beside, film.format)
    if film.path.exists():  # no film is ever written over
        film.path.rename(free(film.path))
    beside.replace(film.path)
    shutil.rmtree(film.folder)
