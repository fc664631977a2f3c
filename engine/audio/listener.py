"""The room's one thread: hears a source, says what the music does, and never gives up.

In: open(source). Out: signals by publish(values, moment), tempo by follow(bpm, beat), every block
as heard by heard(samples, rate, moment), lines for the performer by say(text).
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from engine.audio import demo
from engine.audio.beat import BeatTracker
from engine.audio.block import AudioError, Block
from engine.audio.features import SILENT, Features
from engine.audio.player import FileTrack, Player, SampleTrack
from engine.audio.soundcard import SoundCard, find
from engine.clock import now
from engine.mailbox import Mailbox

LOST = 1.0  # seconds without a block after which silence is published
SOUNDS = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au")
GAP = 0.1  # seconds missing between two blocks after which the beat is sought anew
PAUSE = 1.0  # seconds before a source that failed is opened again


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
        follow: Callable[[float, float], None],
        heard: Callable[[np.ndarray, int, float], None],
    ):
        self._store, self._publish, self._say = store, publish, say
        self._follow, self._heard = follow, heard
        self._wanted: Mailbox[Callable[[], Source]] = Mailbox()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._features: Features | None = None
        self.source = ""
        self.block_ms = 0.0
        self.analysis_ms = 0.0

    def open(self, source: str | None = None) -> None:
        """Hear this from now on: "demo", a file's path, or an input's name; none: what there is.

        AudioError for a file or device that cannot be had; what played before then goes on.
        """
        self.source, make = _door(source or "", self._say)
        self._wanted.put(make)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="audio", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and the source."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        make = self._wanted.take()
        while not self._stopping.is_set():
            try:
                make = self._play(make())
            except Exception as fault:  # noqa: BLE001 the guard that keeps the show alive
                self._say(f"{self.source} failed and is opened again: {fault}")
                self._publish(SILENT, now())
                self._stopping.wait(PAUSE)
                make = self._wanted.take() or make

    def _play(self, source: Source) -> Callable[[], Source] | None:
        """Hear the source until another is wanted (returned) or the show ends."""
        self._say(f"listening to {source.name}")
        self._features = None
        last = now()
        try:
            while not self._stopping.is_set():
                if (other := self._wanted.take()) is not None:
                    return other
                if (block := source.read()) is not None:
                    last = now()
                    self._hear(block)
                elif now() - last > LOST:
                    self._publish(SILENT, now())
        finally:
            source.close()
        return None

    def _hear(self, block: Block) -> None:
        self._heard(*block)
        if self._features is None or self._features.rate != block.rate:
            self._features = Features(block.rate)
            self._next = -np.inf
        if abs(block.moment - self._next) > GAP:
            self._beat = BeatTracker(self._features.seconds)
        self._next = block.moment + len(block.samples) / block.rate
        begun = now()
        for hop in self._features.push(block.samples, block.moment, self._store.get("audio.gain")):
            self._publish(hop.values, hop.moment)
            if (found := self._beat.push(hop.strength, hop.moment)) is not None:
                self._follow(*found)
        self.block_ms = 1000 * len(block.samples) / block.rate
        self.analysis_ms += 0.05 * (1000 * (now() - begun) - self.analysis_ms)


def _door(source: str, say: Callable[[str], None]) -> tuple[str, Callable[[], Source]]:
    """Return the source's name and what opens it in the audio thread; AudioError if it cannot."""
    if source == "demo":
        return "demo", lambda: Player("demo", SampleTrack(demo.render(), demo.RATE), say)
    if Path(source).suffix.lower() in SOUNDS or Path(source).is_file():
        FileTrack(source).close()
        name = Path(source).name
        return name, lambda: Player(name, FileTrack(source), say)
    try:
        name = find(source)
    except AudioError as fault:
        if source:
            raise
        say(f"{fault}; playing the demo track")
        return _door("demo", say)
    return name, lambda: SoundCard(name, say)
