"""A score for a sound file that nobody has played: display frames, dreams and beats as they fall.

In: a sound file, what to begin with. Out: the same lines as a take's (recording/score.py). The beat
is librosa's, of the whole file, its bars the tracker's.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from engine.audio import offline
from engine.audio.analysis import SETTINGS
from engine.audio.filetrack import FileTrack
from engine.clock import BEATS_A_BAR
from engine.parameters import Store

TICKS = 60  # display frames a second
BLOCK = 256  # frames of sound
STILL = {"mappings": [], "leaving": [], "share": 1.0, "solo": None}
ENDLESS = 24 * 3600.0  # seconds, of a file that does not tell its length


class Composed:
    """A score of the sound in `path`; AudioError where there is none.

    head, start: as a take's. network: path and digest of the one that dreams. beats: of analyse().
    """

    def __init__(
        self,
        path: Path,
        head: Mapping[str, Any],
        start: Mapping[str, np.ndarray],
        network: tuple[str, str],
        beats: Mapping[str, Any],
    ):
        self.head, self.path, self._start, self._network = head, path, start, network
        self._since, self._tempos = grids(beats)
        track = FileTrack(path)
        self._seconds = track.seconds or ENDLESS
        track.close()

    def start(self) -> Mapping[str, np.ndarray]:
        """Return what the first dream begins with."""
        return self._start

    def span(self, rate: float | None = None) -> tuple[float, float]:
        """Return the moments of the first picture and of the last display frame."""
        return 0.0, int(self._seconds * TICKS) / TICKS

    def sounds(self) -> "Track":
        """Return what reads the sound."""
        return Track(self.path)

    def file(self, name: str) -> Path:
        """Return a file of the score: there is none."""
        raise FileNotFoundError(name)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield each line."""
        path, digest = self._network
        yield {"kind": "network", "path": path, "sha256": digest}
        yield _dream(path, self.head["dream"])
        track = FileTrack(self.path)
        rate, blocks = track.rate, 0
        track.close()
        for number in range(int(self._seconds * TICKS) + 1):
            now = number / TICKS
            while (blocks + 1) * BLOCK / rate <= now + 1 / TICKS:
                yield _sound(blocks, rate)
                blocks += 1
            yield {
                "kind": "tick", "step": number + 1, "t": now, "ahead": 0.0, "heard": now,
                "shows": 0, "lead": self._lead(now), "blend": STILL, "hand": {}, "set": {},
                "signals": {},
            }  # fmt: skip

    def _lead(self, now: float) -> list:
        place = max(bisect_right(self._since, now) - 1, 0)
        return ["fixed", *self._tempos[place], 0.0, 0.0, 1.0]


class Track:
    """The sound of the file, block by block."""

    def __init__(self, path: Path):
        self._track = FileTrack(path)

    def next(self, line: Mapping[str, Any]) -> np.ndarray:
        """Return the next block; shorter at the end."""
        return self._track.next(line["frames"], loop=False)


def analyse(path: Path) -> dict[str, Any]:
    """Return librosa's beats of the file in seconds, and which of them begins the first bar."""
    found, tracked = offline.analyse(path), offline.track(path)
    beats = found["beats"]
    places = Counter(int(np.argmin(np.abs(np.array(beats) - d))) % BEATS_A_BAR
                     for d in tracked["downbeats"] if beats)  # fmt: skip
    first = places.most_common(1)[0][0] if places else 0
    return {"bpm": found["bpm"] or 120.0, "beats": beats, "first": first}


def grids(found: Mapping[str, Any]) -> tuple[list[float], list[tuple[float, float]]]:
    """Return from when on which tempo holds, and where its beat 0 lies: through each of the beats.

    The first beat of a bar has a number that four divides.
    """
    beats, first = found["beats"], found["first"]
    if len(beats) < 2:
        return [0.0], [(float(found["bpm"]), 0.0)]
    tempos = [60 / (after - here) for here, after in pairwise(beats)]
    numbered = enumerate(zip(beats[:-1], tempos, strict=True), -first)
    zeros = [here - number * 60 / bpm for number, (here, bpm) in numbered]
    return beats[:-1], list(zip(tempos, zeros, strict=True))


def _dream(network: str, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "kind": "dream", "number": 0, "after": 0, "seconds": 0.0, "size": size, "octaves": None,
        "iterations": None, "latent": None, "anew": False, "threads": 0, "beside": False,
        "layers": {}, "network": network,
    }  # fmt: skip


def _sound(number: int, rate: int) -> dict[str, Any]:
    get = Store().get
    return {
        "kind": "sound", "t": number * BLOCK / rate, "frames": BLOCK, "file": 1, "rate": rate,
        "source": 1, "settings": {id: get(id) for id in SETTINGS}, "hearing": 1,
    }  # fmt: skip
