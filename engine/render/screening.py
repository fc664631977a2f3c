"""Runs a score from its first line on and hands out the film's frames, one by one, in order.

In: a score, its rooms. Out: pixels of each frame that is wanted. What is not wanted is not painted,
and dreams that are known already are not dreamed again: everything else is the same each time.
The calling thread.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from engine.camera import Picture
from engine.networks.discriminator import Discriminator
from engine.recording.lines import TakeError
from engine.recording.score import Score
from engine.render.dreams import Dreams
from engine.render.playback import Playback
from engine.render.projector import Projector
from engine.steering import LONGEST

NOTHING = np.zeros((2, 2, 4), np.uint8)  # stands for a dream that no frame will show
KEPT = 12  # dreams that a frame may still show


@dataclass
class Known:
    """What a render that goes on needs of the dreams before: the loop after `number` of them."""

    number: int
    loop: Mapping[str, np.ndarray]
    recent: Mapping[int, np.ndarray]  # pixels by the dream's number


class Screening:
    """One run through a score; network(path, digest) loads a network, `rate` is that of dreams.

    Without a rate the take's own dreams are dreamed. known: dreams that need not be.
    """

    def __init__(
        self,
        score: Score,
        playback: Playback,
        dreams: Dreams,
        projector: Projector,
        network: Callable[[Mapping[str, Any]], Discriminator],
        guide: Callable[[Mapping[str, Any]], None],
        moved: np.ndarray,
        rate: float | None = None,
        known: Known | None = None,
    ):
        self._score, self._playback, self._dreams = score, playback, dreams
        self._projector, self._network, self._guide = projector, network, guide
        self._rate, self._known = rate, known
        self._moved: np.ndarray | None = moved  # by the camera before the first dream
        self._networks: dict[str, Discriminator] = {}
        self._sounds, self._pictures = score.sounds(), {}
        self._path, self._place = playback.path, playback.path.mark()
        self._degrees = score.head["state"]["degrees"]
        self._interval, self._came = 0.0, math.inf  # of the newest dream, as on the stage
        self._begun: float | None = None  # when the first dream was shown
        self._line: Mapping[str, Any] | None = None  # the newest dream's
        self._dreamed, self._number = -math.inf, 0

    def frames(self, fps: Fraction, begin: float) -> Iterator[Callable[[], np.ndarray]]:
        """Yield for each frame from `begin` seconds on what paints it, if it is called."""
        number = 0
        for line in self._score.lines():
            if line["kind"] != "tick":
                self._take(line)
                continue
            if self._begun is not None:
                while (moment := self._begun + begin + float(number / fps)) < line["t"]:
                    if moment >= self._playback.now:
                        beyond = min(moment - self._playback.now, LONGEST)
                        yield lambda beyond=beyond: self._projector.frame(beyond)
                    number += 1
            self._tick(line)

    def known(self) -> Known:
        """Return what a render needs to go on from here."""
        recent = {number: picture.pixels for number, picture in self._pictures.items()}
        return Known(self._number, self._dreams.state(), recent)

    def _take(self, line: Mapping[str, Any]) -> None:
        kind = line["kind"]
        if kind == "sound":
            self._playback.ears.hear(line, self._sounds.next(line))
        elif kind == "network":
            self._networks[line["path"]] = network = self._network(line)
            self._playback.use(network)
        elif kind == "guide":
            self._guide(line)
        elif kind == "dream":
            self._line = line
            if self._rate is None:
                self._dream(line)

    def _tick(self, line: Mapping[str, Any]) -> None:
        now, playback = line["t"], self._playback
        if self._rate is None and line["shows"]:
            self._show(line["shows"], now)
        snapshot = playback.tick(line, max(self._interval, now - self._came))
        if self._rate and self._line and now - self._dreamed >= 1 / self._rate - 1e-6:
            self._dream_by_rate(now)
        self._projector.tick(snapshot, self._path, now)

    def _dream_by_rate(self, now: float) -> None:
        seconds = min(now - self._dreamed, 2 / self._rate)
        self._dreamed = now
        self._dream({**self._line, "seconds": seconds, "number": self._number + 1, "anew": False})
        self._show(self._number, now)

    def _dream(self, line: Mapping[str, Any]) -> None:
        place, last = self._path.mark(), self._place
        self._place, self._number = place, line["number"]
        snapshot, known = self._playback.snapshot, self._known
        self._degrees += snapshot["latent.speed"] * line["seconds"]
        if known and line["number"] <= known.number:
            pixels = known.recent.get(line["number"], NOTHING)
        else:
            if line["network"] not in self._networks:
                raise TakeError(f"dream {self._number}: no line tells of {line['network']:.60}")
            self._dreams.use(self._networks[line["network"]])
            moved = self._path.between(last, place) if self._moved is None else self._moved
            pixels = self._dreams.dream(line, snapshot, moved, self._degrees)
        self._moved = None
        self._pictures[self._number] = Picture(pixels, place, line["seconds"], self._number)
        self._pictures.pop(self._number - KEPT, None)

    def _show(self, number: int, now: float) -> None:
        if number not in self._pictures:
            return
        picture = self._pictures[number]
        self._projector.show(picture)
        self._interval, self._came = picture.seconds, now
        if self._begun is None:
            self._begun = now
