"""Listens to a source, says what the music does, and never gives up.

In: open(source), pause(), seek(). Out: signals by publish(values, moment), the beat by follow(bpm,
beat, bar, sure), every block as heard by heard(Heard), lines by say(text), what is wrong and still
is by stand(room, *lines).
Blocks are read in the audio thread; what the process that hears finds in them is told from the
hearing thread. An input chosen by name is remembered, with its driver, and waited for at the next
start.
"""

import re
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from engine.audio import demo
from engine.audio.analysis import SETTINGS, Found
from engine.audio.block import AudioError, Block, whole
from engine.audio.features import SILENT
from engine.audio.filetrack import ENDINGS, FileTrack
from engine.audio.hearing import Hearing
from engine.audio.player import Player, SampleTrack, Track
from engine.audio.soundcard import SoundCard, look_up
from engine.clock import now
from engine.mailbox import Mailbox

LOST = 1.0  # seconds without a block after which silence is published
NAME = 300  # letters of an input's name at most
PAUSE = 1.0  # seconds before a source that failed is opened again, or the hearing begun again
LONGEST = 30.0  # seconds to which that pause doubles while the hearing never works


class Heard(NamedTuple):
    """A block, which source it came from, by what settings it was heard, and by which hearing.

    The numbers of sources and hearings count from 1; a block that was not heard has hearing 0.
    """

    block: Block
    source: int
    settings: dict[str, float]
    hearing: int


class Source(Protocol):
    """Something that sounds: a name, and blocks as they are heard (None: none came just now)."""

    name: str

    def read(self) -> Block | None: ...
    def close(self) -> None: ...


class Listener:
    """Hears one source at a time; open() changes it, stop() ends the thread."""

    def __init__(
        self,
        store,
        publish: Callable[[dict[str, float], float], None],
        say: Callable[[str], None],
        follow: Callable[[float, float, int | None, float], None],
        heard: Callable[[Heard], None],
        memory: Path | None = None,
        stand: Callable[..., None] = lambda room, *lines: None,
    ):
        """`memory` is the file in which the chosen input is remembered."""
        self._stand = stand
        self._store, self._publish, self._say = store, publish, say
        self._follow, self._heard, self._memory = follow, heard, memory
        self._hearing = Hearing(self._tell)
        self._begun, self._pause = now(), PAUSE  # when the hearing began; how long it must last
        self._number, self._hearings = 0, 1  # of the source, of the hearing
        self._later: deque[tuple[float, dict[str, float], float]] = deque()  # due, values, moment
        self._source: Source | None = None
        self._wanted: Mailbox[Callable[[], Source]] = Mailbox()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.source = self.asked = ""  # what it is called, what open() was asked for last
        self.block_ms = 0.0

    def open(self, source: str | None = None) -> None:
        """Hear this from now on: "demo", a file's path, or an input's name; none: what there is.

        AudioError for a file or device that cannot be had; what played before then goes on.
        """
        self._begin(*self._door(source or ""))
        path = Path(source or "")
        self.asked = str(path.resolve()) if path.is_file() else source or ""

    def play(self, name: str, track: Callable[[], Track]) -> None:
        """Hear this track from now on."""
        looped = lambda: self._store.get("audio.loop") > 0  # noqa: E731
        self._begin(name, lambda: Player(name, track(), self._say, looped))

    def _begin(self, name: str, make: Callable[[], Source]) -> None:
        self.source = name
        self._wanted.put(make)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="audio", daemon=True)
            self._thread.start()

    def pause(self) -> None:
        """Hold the track that plays, or let it go on; AudioError where none plays."""
        self._player().pause()

    def seek(self, to: str) -> None:
        """Go in the track: "+10" or "-10" seconds from here, "90" or "1:30" from its beginning."""
        player = self._player()
        found = re.fullmatch(r"\s*([+-]?)(?:(\d+):)?(\d+(?:\.\d*)?)\s*", to)
        if not found:
            raise AudioError(f"{to!r:.40} is no place in a track: must be as +10, -10, 90 or 1:30")
        sign, minutes, seconds = found.groups()
        seconds = 60 * int(minutes or 0) + float(seconds)
        player.seek(player.seconds + float(f"{sign}1") * seconds if sign else seconds)

    def _player(self) -> Player:
        if not isinstance(self._source, Player):
            raise AudioError("no file plays: there is nothing to hold or to go to")
        return self._source

    @property
    def place(self) -> tuple[float, float, bool] | None:
        """Where the track is and how long it is, in seconds, and whether it is held; or None."""
        source = self._source
        if not isinstance(source, Player):
            return None
        return source.seconds, source.length, source.paused

    @property
    def analysis_ms(self) -> float:
        """How long it takes from a block to what is found in it."""
        return 1000 * self._hearing.seconds

    def stop(self) -> None:
        """End the thread, the source and the process that hears."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._hearing.close()

    def _run(self) -> None:
        make = self._wanted.take()
        while not self._stopping.is_set():
            try:
                make = self._play(make())
            except Exception as fault:  # noqa: BLE001 the guard that keeps the show alive
                self._stand("audio", f"{self.source} failed and is opened again: {fault}")
                self._publish(SILENT, now())
                self._stopping.wait(PAUSE)
                make = self._wanted.take() or make

    def _play(self, source: Source) -> Callable[[], Source] | None:
        """Hear the source until another is wanted (returned) or the show ends."""
        self._say(f"listening to {source.name}")
        for room in ("audio", "sound output"):
            self._stand(room)
        self._number += 1
        self._later = deque()
        self._source = source
        last = now()
        try:
            while not self._stopping.is_set():
                if (other := self._wanted.take()) is not None:
                    return other
                if (block := source.read()) is not None:
                    last = now()
                    self._hear(block)
                elif now() - last > LOST:
                    self._later = deque()
                    self._publish(SILENT, now())
        finally:
            self._source = None
            source.close()
        return None

    def _hear(self, block: Block) -> None:
        block = block._replace(samples=whole(block.samples))
        self.block_ms = 1000 * len(block.samples) / block.rate
        if self._hearing.ended is not None:
            self._hear_again(self._hearing.ended)
        settings = {id: self._store.get(id) for id in SETTINGS}
        told = self._hearing.push(block, self._number, settings)
        self._heard(Heard(block, self._number, settings, self._hearings if told else 0))

    def _hear_again(self, reason: str) -> None:
        pause = PAUSE if self._hearing.seconds else self._pause  # one that told something worked
        if now() >= self._begun + pause:
            self._begun, self._pause = now(), min(2 * pause, LONGEST)
            self._stand("hearing", f"what hears has ended ({reason}) and is begun again")
            self._hearing.close()
            self._hearing = Hearing(self._tell)
            self._hearings += 1

    def _tell(self, found: Found) -> None:
        """Publish what was found, later by a positive offset; of an earlier one, only the beat.

        What was found in the sound of a source that is closed by now is left.
        """
        if found.source != self._number:
            return
        self._stand("hearing")
        offset, later = self._store.get("audio.offset") / 1000, self._later
        if found.word is not None:
            self._follow(*found.word._replace(beat=found.word.beat + offset))
        later.append((now() + max(offset, 0.0), found.values, found.moment + max(offset, 0.0)))
        while later and later[0][0] <= now():
            self._publish(*later.popleft()[1:])

    def _door(self, source: str) -> tuple[str, Callable[[], Source]]:
        """Return the source's name and what opens it in the audio thread; AudioError if none."""
        say, looped = self._say, lambda: self._store.get("audio.loop") > 0
        stand = partial(self._stand, "sound output")
        if source == "demo":
            return "demo", lambda: Player(
                "demo", SampleTrack(demo.render(), demo.RATE), say, looped, stand
            )
        if Path(source).suffix.lower() in ENDINGS or Path(source).is_file():
            FileTrack(source).close()
            name = Path(source).name
            return name, lambda: Player(name, FileTrack(source), say, looped, stand)
        if not source and (remembered := _read(self._memory)):
            return remembered, lambda: self._card(remembered)
        try:
            name, full = look_up(source)
        except AudioError as fault:
            if source:
                raise
            say(f"{fault}; playing the demo track")
            return self._door("demo")
        if source:
            _write(self._memory, full)
        return name, lambda: self._card(name)

    def _card(self, name: str) -> SoundCard:
        get = self._store.get

        def pick() -> tuple[int, int]:
            return int(get("audio.left")), int(get("audio.right"))

        return SoundCard(name, self._say, pick, partial(self._stand, "audio"))


def _read(memory: Path | None) -> str:
    """Return the input that was chosen last; "" where none was."""
    try:
        return memory.read_text("utf-8").strip()[:NAME] if memory else ""
    except (OSError, UnicodeError):
        return ""


def _write(memory: Path | None, name: str) -> None:
    """Remember an input; a disk that takes nothing must not keep it from being heard."""
    if memory:
        with suppress(OSError):
            memory.parent.mkdir(parents=True, exist_ok=True)
            memory.write_text(name + "\n", "utf-8")
