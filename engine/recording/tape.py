"""Makes the recorders follow the parameters of the group recording.

In: the parameters (follow, main thread). Out: the recorders that run now, for the stage and the
sound; a file that was asked for first, then files named by date in the performer's folder.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine import clock
from engine.parameters import Store
from engine.recording import formats, picture
from engine.recording.naming import free
from engine.recording.recorder import Recorder
from engine.recording.reel import RecordingError, Reel, Report

OUTPUT, DREAM = "output", "dream"
SOURCES = ((OUTPUT,), (DREAM,), (OUTPUT, DREAM))  # of the choices of recording.source
LASTING = 5.0  # seconds: a codec that is lost after so long is replaced, one that never ran is not
SETTLED = 0.5  # seconds that a choice stands before codecs are opened only to keep the last seconds


class Tape:
    """The recordings of one show.

    recorders: those that run, by what they record; replaced as a whole, for any thread to read.
    reels: the files that are being recorded.
    """

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
        self.recorders: dict[str, Recorder] = {}
        self.reels: list[Reel] = []
        self._ended: list[Recorder] = []  # that may still have files to finish
        self._reports: list[Report] = []
        self._made: tuple | None = None  # what the recorders were made for
        self._wish: tuple | None = None  # what they were asked to be made for last
        self._since = 0.0  # the moment of that
        self._slow = self._over = False  # it has been said that frames are dropped; it is the end
        self._size, self._fps, self._first, self._folder = size, fps, first, folder
        self._store, self._say, self._error = store, say, error

    @property
    def seconds(self) -> float:
        """Return how long the running recording is."""
        return max((reel.seconds for reel in self.reels), default=0.0)

    @property
    def dropped(self) -> int:
        """Return how many frames the running recording has lost."""
        return sum(reel.dropped for reel in self.reels)

    @property
    def held(self) -> int:
        """Return how many of its frames repeat the one before."""
        return sum(reel.held for reel in self.reels)

    def follow(self) -> None:
        """Start or end what the parameters ask for; never waits for a file."""
        self._drop_failed()
        wanted = self._store.get("recording.on") > 0
        if self.reels and not wanted:
            self._end_files()
        if not self.reels:
            self._keep_recorders(wanted)
        for recorder in self.recorders.values():
            recorder.ring.seconds = self._store.get("recording.keep")
        if wanted and self.recorders and not self.reels:
            self._start()
        self._tell_if_slow()

    def hear(self, block, rate: int, moment: float) -> None:
        """Give a block of sound to the recorders that run. Audio thread."""
        for recorder in self.recorders.values():
            recorder.sound(block, rate, moment)

    def save(self) -> None:
        """Save the last seconds, behind the show; RecordingError if none are kept."""
        if not self.recorders:
            raise RecordingError("the last seconds are not kept: recording.keep is 0")
        for source, recorder in self.recorders.items():
            word = f" last{_named(source, self.recorders)}"
            try:
                recorder.save(self._dated(word, recorder.ending))
            except OSError as refusal:
                raise RecordingError(self._reason(refusal)) from refusal

    def keep_still(self, pixels: np.ndarray) -> None:
        """Write a picture of the wall, uint16 (height, width, 4), beside the films. Any thread."""
        try:
            path = self._dated("", ".png")
            picture.write(path, pixels)
        except OSError as refusal:
            raise RecordingError(self._reason(refusal)) from refusal
        self._say(f"the picture is {path}")

    def end(self) -> None:
        """End everything, without waiting for files."""
        self._over = True
        self._store.set("recording.on", 0)
        self.follow()

    def close(self) -> list[Report]:
        """Wait for every file that is not finished; return what became of each recording."""
        for recorder in self._ended:
            self._reports += recorder.stop()
        self._ended = []
        return self._reports

    def _wanted(self, recording: bool) -> tuple:
        """Return what recorders there should be: their sources, their format."""
        if recording and self._first and (format := formats.of(self._first, self._format())):
            self._store.set("recording.format", format.name)
        if self._over or not (recording or self._store.get("recording.keep")):
            return (), ""
        return SOURCES[int(self._store.get("recording.source"))], self._format()

    def _format(self) -> str:
        return formats.TABLE[int(self._store.get("recording.format"))].name

    def _ending(self) -> str:
        return formats.BY_NAME[self._format()].ending

    def _keep_recorders(self, recording: bool) -> None:
        """Let those recorders run that are wanted, anew if others are."""
        wanted = self._wanted(recording)
        if wanted != self._wish:
            self._wish, self._since = wanted, clock.now()
        moving = clock.now() - self._since < SETTLED  # a fader runs through the formats
        if wanted != self._made and (recording or not wanted[0] or not moving):
            self._stop_recorders()
            try:
                self.recorders, self._made = self._new_recorders(*wanted), wanted
            except RecordingError as refusal:
                self._refuse(str(refusal))

    def _new_recorders(self, sources: tuple[str, ...], format: str) -> dict[str, Recorder]:
        common = formats.BY_NAME.get(format), self._say, self._error, self._folder
        return {source: Recorder(self._size, self._fps, *common) for source in sources}

    def _stop_recorders(self) -> None:
        gone, self.recorders, self._made = self.recorders, {}, None
        for recorder in gone.values():
            recorder.close()
            self._ended.append(recorder)
        while self._ended and self._ended[0].over:
            self._reports += self._ended.pop(0).stop()

    def _drop_failed(self) -> None:
        """Let go of files and codecs that are lost; go on with others where there is a chance."""
        lost = [recorder for recorder in self.recorders.values() if recorder.failed]
        if lost:
            told, self.reels = bool(self.reels), []
            self._stop_recorders()
            if min(recorder.seconds for recorder in lost) < LASTING:
                self._refuse("" if told else lost[0].failed)
        elif any(reel.failed for reel in self.reels):
            self._end_files()
            self._store.set("recording.on", 0)

    def _refuse(self, line: str) -> None:
        if line:
            self._error(line)
        self._store.set_all({"recording.on": 0, "recording.keep": 0})

    def _start(self) -> None:
        asked, self._first = self._first, None
        self._slow = False
        try:
            if asked and not formats.of(asked):
                raise RecordingError(f"recording = {str(asked)!r}: must end in {formats.told()}")
            path = asked or self._dated("", self._ending())
            path.parent.mkdir(parents=True, exist_ok=True)
            for source, recorder in self.recorders.items():
                name = path.with_stem(path.stem + _named(source, self.recorders))
                self._move_aside(name)
                self.reels.append(recorder.begin(name))
        except (RecordingError, OSError) as refusal:
            self._error(self._reason(refusal))
            self._end_files()
            self._store.set("recording.on", 0)

    def _reason(self, refusal: Exception) -> str:
        if not isinstance(refusal, OSError):
            return str(refusal)
        return f"cannot record to {refusal.filename or self._folder}: {refusal.strerror or refusal}"

    def _end_files(self) -> None:
        for recorder in self.recorders.values():
            recorder.end()
        self.reels = []

    def _dated(self, word: str, ending: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return free(self._folder / f"{clock.today()}{word}{ending}")

    def _move_aside(self, path: Path) -> None:
        """Move an older recording of this name aside: no set is ever written over."""
        if path.exists():
            aside = free(path)
            path.rename(aside)
            self._say(f"{path.name} was there already and is now {aside.name}")

    def _tell_if_slow(self) -> None:
        if self.dropped and not self._slow:
            self._slow = True
            disk = any(reel.slow_disk for reel in self.reels)
            codec = next(iter(self.recorders.values())).codec
            why = "the disk is too slow" if disk else f"the processor is too slow for {codec}"
            self._error(f"frames of the recording are dropped: {why}")


def _named(source: str, all: dict[str, Recorder]) -> str:
    """Return what tells this source's file from the others' of one recording."""
    return f" {source}" if len(all) > 1 and source != OUTPUT else ""
