"""Plays a track at its true speed: a sound file or the demo track, looped, and heard if it can be.

In: a path, or samples. Out: Block from read(), at the moment when its sound leaves the speaker.
Audio thread, except FileTrack(), which refuses a bad file in the thread that asks for it.
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile

from engine.audio.block import AudioError, Block, stereo
from engine.audio.soundcard import Speaker
from engine.clock import now, sleep_until

FRAMES = 256  # of one block
LATE = 0.5  # seconds behind after which a track goes on from now instead of hurrying


class Track(Protocol):
    """Something to play: a rate, and an endless row of float32 (n, 2)."""

    rate: int

    def next(self, frames: int) -> np.ndarray: ...


class FileTrack:
    """A sound file that libsndfile reads (WAV, FLAC, Ogg, Opus, MP3, ...), looped."""

    def __init__(self, path: str | Path):
        """Open the file; AudioError if it is missing, broken or empty."""
        self.path = Path(path)
        try:
            if not self.path.is_file():
                raise AudioError(f"{self.path}: there is no such file")
            self._file = soundfile.SoundFile(self.path)
            empty = len(self._file.read(1)) == 0
            self._file.seek(0)
        except (soundfile.LibsndfileError, OSError, UnicodeError) as fault:
            raise AudioError(f"{self.path}: cannot be read as sound ({_reason(fault)})") from fault
        if empty:
            raise AudioError(f"{self.path}: there is no sound in this file")
        self.rate: int = self._file.samplerate
        self._played = 0  # frames since the beginning

    def next(self, frames: int) -> np.ndarray:
        """Return the next frames; after the last comes the first."""
        parts, missing = [], frames
        while missing:
            part = self._read(missing)
            if len(part) < missing:
                if self._played == 0:
                    raise AudioError(f"{self.path}: there is no sound in this file any more")
                self._rewind()
            parts.append(part)
            missing -= len(part)
        return stereo(np.concatenate(parts))

    def _read(self, frames: int) -> np.ndarray:
        try:
            part = self._file.read(frames, "float32", always_2d=True)
        except soundfile.LibsndfileError:  # broken from here on: play what can be played
            part = np.zeros((0, self._file.channels), np.float32)
        self._played += len(part)
        return part

    def _rewind(self) -> None:
        try:
            self._file.seek(0)
        except soundfile.LibsndfileError:  # some decoders do not find back after a fault
            self._file = soundfile.SoundFile(self.path)
        self._played = 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _reason(fault: Exception) -> str:
    return str(getattr(fault, "error_string", fault)).rstrip(".")


class SampleTrack:
    """Samples in memory, float32 (n, 2), looped."""

    def __init__(self, samples: np.ndarray, rate: int):
        self.rate = rate
        self._samples = samples
        self._place = 0

    def next(self, frames: int) -> np.ndarray:
        """Return the next frames; after the last comes the first."""
        places = np.arange(self._place, self._place + frames) % len(self._samples)
        self._place = (self._place + frames) % len(self._samples)
        return self._samples[places]

    def close(self) -> None:
        """Nothing to close."""


class Player:
    """A track as a source of sound; read() returns each block as the speaker makes it heard."""

    def __init__(self, name: str, track: Track, say: Callable[[str], None]):
        self.name = name
        self._track = track
        self._speaker = _speaker(track.rate, say)
        blocks = 1 + round(self._speaker.lead * track.rate / FRAMES) if self._speaker else 0
        self._ahead = deque([np.zeros((FRAMES, 2), np.float32)] * blocks)
        self._due = now()

    def _fetch(self) -> np.ndarray:
        samples = self._track.next(FRAMES)
        if self._speaker:
            self._speaker.write(samples)
        return samples

    def read(self) -> Block:
        """Return the next block once its last sample has been heard."""
        moment = self._due
        self._due += FRAMES / self._track.rate
        if now() - self._due > LATE:
            self._due = now()
        sleep_until(self._due)
        self._ahead.append(self._fetch())
        return Block(self._ahead.popleft(), self._track.rate, moment)

    def close(self) -> None:
        """Close the track and fall silent."""
        self._track.close()
        if self._speaker:
            self._speaker.close()


def _speaker(rate: int, say: Callable[[str], None]) -> Speaker | None:
    try:
        return Speaker(rate, say)
    except AudioError:
        return None  # no output: the track plays unheard
