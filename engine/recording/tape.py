"""Makes the recorder follow the parameter recording.on.

In: the parameter (follow, main thread). Out: the recorder that runs now, for the stage and the
sound; a file that was asked for first, then files named by date in the performer's folder.
"""

import itertools
from collections.abc import Callable
from pathlib import Path

from engine import clock
from engine.parameters import Store
from engine.recording.recorder import Recorder, RecordingError, Report


class Tape:
    """The recording of one show; `recorder` is None while nothing is recorded."""

    def __init__(
        self,
        size: tuple[int, int],
        fps: float,
        first: Path | None,
        folder: Path,
        store: Store,
        say: Callable[[str], None],
        error: Callable[[str], None],
    ):
        self.recorder: Recorder | None = None
        self._begun: list[Recorder] = []
        self._size, self._fps, self._first, self._folder = size, fps, first, folder
        self._store, self._say, self._error = store, say, error

    @property
    def seconds(self) -> float:
        """Return how long the running recording is."""
        return self.recorder.seconds if self.recorder else 0.0

    def follow(self) -> None:
        """Start or end the recording where the parameter asks for it; never waits for the file."""
        if self.recorder and self.recorder.failed:
            self._error(self.recorder.failed)
            self._store.set("recording.on", 0)
        wanted = self._store.get("recording.on") > 0
        if self.recorder and not wanted:
            self.recorder.end()
            self.recorder = None
        elif wanted and not self.recorder:
            self._start()

    def hear(self, block, rate: int, moment: float) -> None:
        """Give a block of sound to the recorder, if one runs. Audio thread."""
        recorder = self.recorder
        if recorder:
            recorder.sound(block, rate, moment)

    def end(self) -> None:
        """End the recording without waiting for its file."""
        self._store.set("recording.on", 0)
        self.follow()

    def close(self) -> list[Report]:
        """Wait for every file that is not finished; return what became of each recording."""
        return [recorder.stop() for recorder in self._begun]

    def _start(self) -> None:
        asked, self._first = self._first, None
        path = asked or _free(self._folder / f"{clock.today()}.mp4")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._keep(path)
            self.recorder = Recorder(path, self._size, self._fps, self._say)
            self._begun.append(self.recorder)
        except (RecordingError, OSError) as refusal:
            self._error(str(refusal))
            self._store.set("recording.on", 0)

    def _keep(self, path: Path) -> None:
        """Move an older recording of this name aside: no set is ever written over."""
        if path.exists():
            aside = _free(path)
            path.rename(aside)
            self._say(f"{path.name} was there already and is now {aside.name}")


def _free(path: Path) -> Path:
    """Return `path`, or where a file has that name the first numbered one that none has."""
    numbered = (path.with_stem(f"{path.stem} ({number})") for number in itertools.count(1))
    return next(name for name in itertools.chain([path], numbered) if not name.exists())
