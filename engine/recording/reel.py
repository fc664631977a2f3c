"""One file of a recording, in a thread of its own: a slow disk holds up neither codec nor show.

In: coded packets (put, recorder thread). Out: the file, finished or saved as far as it came; a line
when it ends, and one for whatever goes wrong with the disk.
"""

import contextlib
import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import av

from engine.recording.coder import Coded, Coder
from engine.recording.naming import free
from engine.recording.videofile import VideoFile, move_index_to_front

MOST = 64 << 20  # bytes that may wait for the disk; then the codec waits, and frames are dropped
RESERVE = 100 << 20  # bytes that a disk must have left
LOOK = 1.0  # seconds of video between two looks at the disk
WAIT = 0.5  # seconds between two looks whether a codec that waits may go on
Line = Callable[[str], None]


class RecordingError(ValueError):
    """A recording that cannot be started."""


@dataclass(frozen=True)
class Report:
    """What was recorded; `held` frames repeat the one before, `dropped` ones came too fast."""

    path: Path
    frames: int
    held: int
    dropped: int
    seconds: float


class Reel:
    """A file from begin to end; `held` and `dropped` are counted by the recorder.

    failed: the line that ended it early, else None. Raises RecordingError.
    """

    def __init__(self, path: Path, coder: Coder, say: Line, error: Line, refuge: Path):
        self._asked, self._coder, self._refuge = path, coder, refuge
        self._say, self._error = say, error
        self.failed: str | None = None
        self.frames = self.held = self.dropped = 0
        self.begin: float | None = None  # seconds of the coder's clock
        self._until: float | None = None
        self._waiting: deque[Coded | None] = deque()
        self._bytes, self._looked = 0, 0.0
        self._closing = False  # nothing more is taken
        self._more = threading.Condition()
        self._file = self._open(path)
        self._thread = threading.Thread(target=self._run, name="reel", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        """Where the file lies now."""
        return self._file.path

    @property
    def seconds(self) -> float:
        """Return the length of what was coded for it."""
        return float(self.frames / self._coder.fps)

    @property
    def slow_disk(self) -> bool:
        """Whether much waits to be written."""
        return self._bytes > MOST // 2

    @property
    def over(self) -> bool:
        """Whether nothing more is written."""
        return not self._thread.is_alive()

    def put(self, coded: Coded) -> None:
        """Take a packet; the first is a key picture. Waits while too much waits for the disk."""
        if self._closing or not self._belongs(coded):
            return
        self.frames += coded.picture
        if coded.picture and self.frames == 1:
            self._say(f"recording to {self.path}")
        with self._more:
            self._waiting.append(coded)
            self._bytes += len(coded.data)
            self._more.notify_all()
            while self._bytes > MOST and not self._closing:
                self._more.wait(WAIT)

    def put_all(self, packets: Iterable[Coded]) -> None:
        """Take packets that are in memory already, and finish."""
        belonging = [coded for coded in packets if self._belongs(coded)]
        self.frames += sum(coded.picture for coded in belonging)
        with self._more:
            self._waiting.extend(belonging)
        self.finish()

    def end(self, until: float) -> None:
        """Finish as soon as the sound has come until then (seconds of the coder's clock)."""
        self._until = until

    def finish(self) -> None:
        """Finish with what has been put."""
        with self._more:
            self._waiting.append(None)
            self._more.notify_all()

    def fail(self, reason: str) -> None:
        """End it early, with a line; what has been put is written all the same."""
        if self.failed is None:
            self.failed = f"recording to {self._asked} has ended: {reason}"
            self._error(self.failed)
        self.finish()

    def wait(self) -> Report:
        """Wait until the file is finished, and return what became of it."""
        self._thread.join()
        return Report(self.path, self.frames, self.held, self.dropped, self.seconds)

    def _belongs(self, coded: Coded) -> bool:
        if self.begin is None and coded.picture and coded.key:
            self.begin = coded.seconds
        if self.begin is None or coded.seconds < self._first(coded):
            return False
        if self._until is None or coded.seconds < self._until:
            return True
        if not coded.picture:
            self.finish()
        return False

    def _first(self, coded: Coded) -> float:
        """Return from when on such packets belong to the file."""
        return self.begin - (0.0 if coded.picture else self._coder.lead)

    def _open(self, path: Path) -> VideoFile:
        try:
            if left := _too_full(path):
                raise RecordingError(f"cannot record to {path}: the disk is nearly full, {left}")
            return VideoFile(path, self._coder)
        except (av.FFmpegError, OSError) as fault:
            raise RecordingError(
                f"cannot record to {path}: {reason_of(fault)}; name a file in a folder that "
                "exists and can be written"
            ) from fault

    # From here on: the reel's own thread.

    def _run(self) -> None:
        fault = None
        try:
            while (coded := self._next()) is not None:
                self._file.write(coded, self.begin)
                self._look(coded.seconds)
            self._file.finish()
        except Exception as broken:  # noqa: BLE001 - whatever ends the file, the show goes on
            fault = reason_of(broken)
        self._take_no_more()
        self._save(fault)

    def _take_no_more(self) -> None:
        with self._more:
            self._closing = True
            self._waiting.clear()
            self._bytes = 0
            self._more.notify_all()

    def _next(self) -> Coded | None:
        with self._more:
            while not self._waiting:
                self._more.wait()
            coded = self._waiting.popleft()
            self._bytes -= len(coded.data) if coded else 0
            self._more.notify_all()
            return coded

    def _look(self, now: float) -> None:
        """End the file in time where its disk fills or its folder has gone."""
        if now < self._looked + LOOK:
            return
        self._looked = now
        if self._file.gone:
            raise RecordingError("its folder is gone")
        if left := _too_full(self.path):
            raise RecordingError(f"the disk is nearly full, {left}")

    def _save(self, fault: str | None) -> None:
        """Close the file, broken off or not, so that it plays; say what became of it."""
        if self.begin is None:
            self._drop()
            return
        with contextlib.suppress(av.FFmpegError, OSError):
            self._file.finish()
        where = self._rescue()
        try:
            self._file.close()
            if fault:
                self._file.cut()
            move_index_to_front(self.path, self._coder.format)
        except OSError as broken:
            fault = fault or reason_of(broken)
        if fault:
            self.fail(f"{fault}; {where}")
        elif self.failed is None:
            told = f", {self.dropped} dropped" if self.dropped else ""
            self._say(f"recorded {self.seconds:.1f} s to {self.path}{told}")

    def _drop(self) -> None:
        with contextlib.suppress(av.FFmpegError, OSError):
            self._file.finish()
            self._file.close()
            self.path.unlink(missing_ok=True)
        self._say(f"no picture came: {self.path} was not recorded")

    def _rescue(self) -> str:
        """Copy what was written out of a file that has no name any more; say where it is."""
        try:
            if self._file.gone:
                self._refuge.mkdir(parents=True, exist_ok=True)
                self._file.rescue(free(self._refuge / self.path.name))
                return f"the take so far is now {self.path}"
        except OSError as fault:
            return f"it is lost: {reason_of(fault)}"
        return "what there is of it is kept"


def _too_full(path: Path) -> str:
    """Return how much is left on the file's disk, where that is too little; "" where it is not."""
    if path.exists() and not path.is_file():  # a device, a pipe
        return ""
    try:
        left = shutil.disk_usage(path.parent).free
    except OSError:  # the folder is gone, which is another's line
        return ""
    return f"{left >> 20} MB left" if left < RESERVE else ""


def reason_of(fault: Exception) -> str:
    """Return why something failed, in the system's words, on one line."""
    return getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
