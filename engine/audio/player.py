"""Plays a track at its true speed: a sound file or the demo track, heard if it can be.

In: a track; pause, seek, and whether it loops. Out: Block from read(), at the moment when its sound
leaves the speaker. Audio thread; pause() and seek() from any.
"""

from collections import deque
from collections.abc import Callable
from typing import Protocol

import numpy as np

from engine.audio.block import AudioError, Block
from engine.audio.soundcard import Speaker
from engine.clock import now, sleep_until

FRAMES = 256  # of one block
LATE = 0.5  # seconds behind after which a track goes on from now instead of hurrying


class Track(Protocol):
    """Something to play: float32 (n, 2) at a rate, from a place in frames on; `seconds` long."""

    rate: int
    seconds: float
    place: int

    def next(self, frames: int, loop: bool = True) -> np.ndarray: ...
    def seek(self, frame: int) -> None: ...
    def close(self) -> None: ...


class SampleTrack:
    """Samples in memory, float32 (n, 2)."""

    def __init__(self, samples: np.ndarray, rate: int):
        self.rate, self.seconds = rate, len(samples) / rate
        self._samples = samples
        self.place = 0

    def next(self, frames: int, loop: bool = True) -> np.ndarray:
        """Return the next frames; after the last comes the first, or fewer without `loop`."""
        length = len(self._samples)
        if not loop:
            frames = min(frames, length - self.place)
        places = np.arange(self.place, self.place + frames) % length
        self.place += frames
        if loop:
            self.place %= length
        return self._samples[places]

    def seek(self, frame: int) -> None:
        """Go on from this frame, at most the last."""
        self.place = min(max(frame, 0), len(self._samples) - 1)

    def close(self) -> None:
        """Nothing to close."""


class Player:
    """A track as a source of sound; read() returns each block as the speaker makes it heard."""

    def __init__(
        self,
        name: str,
        track: Track,
        say: Callable[[str], None],
        loop: Callable[[], bool] = lambda: True,
        stand: Callable[..., None] = lambda *lines: None,
    ):
        """stand(line) hears that the speaker is lost, stand() that it is back."""
        self.name = name
        self._track, self._say, self._loop = track, say, loop
        self._speaker = _speaker(track.rate, stand)
        blocks = 1 + round(self._speaker.lead * track.rate / FRAMES) if self._speaker else 0
        self._ahead = deque([np.zeros((FRAMES, 2), np.float32)] * blocks)
        self._due = now()
        self._wanted: float | None = None  # seconds to go to
        self.paused = False

    @property
    def seconds(self) -> float:
        """Where the track is, in seconds; `length` is how long it is (0: nobody knows)."""
        return self._track.place / self._track.rate if self._wanted is None else self._wanted

    @property
    def length(self) -> float:
        """How long the track is, in seconds; 0 where the file does not tell."""
        return self._track.seconds

    def pause(self) -> None:
        """Hold the track, or let it go on."""
        self.paused = not self.paused

    def seek(self, seconds: float) -> None:
        """Go on from this place, or as near as the track has it."""
        self._wanted = max(seconds, 0.0)

    def _fetch(self) -> np.ndarray:
        if (wanted := self._wanted) is not None:
            self._track.seek(round(wanted * self._track.rate))
            self._wanted = None
        samples = np.zeros((FRAMES, 2), np.float32)
        if not self.paused:
            found = self._track.next(FRAMES, self._loop())
            samples[: len(found)] = found
            if len(found) < FRAMES:
                self._finish()
        if self._speaker:
            self._speaker.write(samples)
        return samples

    def _finish(self) -> None:
        self._track.seek(0)
        self.paused = True
        self._say(f"the end of {self.name}")

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


def _speaker(rate: int, stand: Callable[..., None]) -> Speaker | None:
    try:
        return Speaker(rate, stand)
    except AudioError:
        return None  # no output: the track plays unheard
