"""The dream's thread: dreams as fast as the machine allows, and hands each picture over.

In: the newest snapshot, the camera path, a network (use), the latent walk. Out: pictures in a
mailbox. Where the dream runs, at which precision and on how many threads is chosen here.
"""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from engine import clock
from engine.camera import CameraPath, Picture
from engine.dream.dreamer import Dreamer
from engine.latent.walker import Walker
from engine.mailbox import Mailbox
from engine.networks.discriminator import Discriminator
from engine.networks.layers import NetworkFile
from engine.parameters import Snapshot

BUFFERS = 4  # pictures handed over and not yet overwritten
CORES = torch.get_num_threads()  # read before any thread sets its own number: torch keeps the last
SMALLER = 5  # octaves at most beside the largest
TRIED = 5  # dreams over which a way is measured
KEPT = 400  # dreams until it is measured again
NICE = 5  # so that the display and the sound are served first
PAUSE = 0.5  # seconds after a dream that failed


def choose_device() -> tuple[torch.device, torch.dtype]:
    """Return where to dream and at which precision: CUDA in half precision, else float32."""
    if not torch.cuda.is_available():
        return torch.device("cpu"), torch.float32
    wide = torch.cuda.get_device_capability() >= (8, 0)
    return torch.device("cuda"), torch.bfloat16 if wide else torch.float16


def prepare(network: NetworkFile) -> Discriminator:
    """Return the network, ready to dream on this machine."""
    return Discriminator(network, *choose_device())


@dataclass(frozen=True)
class Way:
    """A way to share a dream among the processor's cores: threads an octave, octaves at once."""

    threads: int
    each: Callable = map


def ways() -> list[Way]:
    """Return the ways worth a try here: one after the other on all cores, or side by side."""
    if torch.cuda.is_available() or CORES == 1:
        return [Way(CORES)]
    share = max(CORES // 2, 1)
    return [Way(CORES), Way(share, SideBySide(share))]


class SideBySide:
    """Maps the largest octave in the calling thread, the others in threads that give way to it."""

    def __init__(self, threads: int):
        self._pool = ThreadPoolExecutor(SMALLER, "octave", self._begin, (threads,))

    def _begin(self, threads: int) -> None:
        torch.set_num_threads(threads)
        be_nice(2 * NICE)

    def __call__(self, function: Callable, sizes: Sequence) -> list:
        others = [self._pool.submit(function, size) for size in sizes[1:]]
        return [function(sizes[0]), *(other.result() for other in others)]


def be_nice(by: int = NICE) -> None:
    """Let the display and the sound go before this thread, and before the threads it starts."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), by)


class Tuner:
    """Finds the way that dreams fastest beside everything else that runs; asks again now and then.

    With one thread per core and a third one busy (a display, an encoder), the cores wait for each
    other; then octaves side by side are faster. Which it is, depends on the machine and the show.
    """

    def __init__(self, found: list[Way]):
        self._ways = found
        self._plan: list[Way] = []
        self._took: dict[Way, list[float]] = {}
        self.best = found[0]
        self._left = 0  # dreams until the next trial

    def begin(self) -> Way:
        """Return the way for the next dream."""
        if not self._plan and self._left <= 0 and len(self._ways) > 1:
            self._plan = [way for way in self._ways for _ in range(TRIED)]
            self._took = {way: [] for way in self._ways}
            self._left = KEPT
        way = self._plan[0] if self._plan else self.best
        torch.set_num_threads(way.threads)
        return way

    def end(self, way: Way, seconds: float) -> None:
        """Note how long the dream took; after the last of a trial, keep the way of least median."""
        self._left -= 1
        if not self._plan:
            return
        self._plan.pop(0)
        self._took[way].append(seconds)
        if not self._plan:
            self.best = min(self._ways, key=lambda w: float(np.median(self._took[w])))


class Runner:
    """A thread that dreams on from `picture` until stop(); took(seconds) hears of each dream."""

    def __init__(
        self,
        network: Discriminator,
        picture: torch.Tensor,
        walker: Walker | None,
        snapshot: Callable[[], Snapshot],
        path: CameraPath,
        pictures: Mailbox[Picture],
        took: Callable[[float], None],
        error: Callable[[str], None],
    ):
        self.dreamer, self._walker = Dreamer(network, picture), walker
        self._snapshot, self._path, self._pictures = snapshot, path, pictures
        self._took, self._error = took, error
        self._next: Mailbox[Discriminator] = Mailbox()
        self._degrees = 0.0  # that the latent walk has gone
        self._number = 0
        self._pixels = np.full((BUFFERS, *picture.shape[2:], 4), 255, np.uint8)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dream", daemon=True)

    def start(self) -> None:
        """Begin to dream."""
        self._thread.start()

    def use(self, network: Discriminator) -> None:
        """Dream through this network from the next dream on; if it fails, the old one stays."""
        self._next.put(network)

    def stop(self) -> None:
        """End the thread and the latent walk."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        if self._walker:
            self._walker.stop()

    def _run(self) -> None:
        be_nice()
        tuner = Tuner(ways())
        place, before, good = self._path.mark(), clock.now(), self.dreamer.network
        while not self._ending.is_set():
            begun, last, place = clock.now(), place, self._path.mark()
            self.dreamer.network = self._next.take() or self.dreamer.network
            way = tuner.begin()
            self.dreamer.each = way.each
            try:
                self._dream(begun - before, self._path.between(last, place), place)
                good = self.dreamer.network
            except Exception as fault:  # noqa: BLE001 - the guard that keeps the show alive
                self._error(f"{self.dreamer.network.name} failed: {fault}")
                self.dreamer.network = good
                self._ending.wait(PAUSE)
            tuner.end(way, clock.now() - begun)
            before = begun

    def _dream(self, seconds: float, moved: np.ndarray, place: int) -> None:
        begun, snapshot = clock.now(), self._snapshot()
        self._degrees += snapshot["latent.speed"] * seconds
        picture = self.dreamer(snapshot, seconds, moved, self._latent(snapshot))
        pixels = self._pixels[self._number % BUFFERS]
        write_pixels(picture, pixels)
        self._number += 1
        self._pictures.put(Picture(pixels, place, seconds, self._number))
        self._took(clock.now() - begun)

    def _latent(self, snapshot: Snapshot) -> torch.Tensor | None:
        if self._walker is None or snapshot["latent.mix"] == 0:
            return None
        seed, psi = int(snapshot["latent.seed"]), snapshot["latent.psi"]
        return self._walker.at(self._degrees, seed, psi)


def write_pixels(picture: torch.Tensor, pixels: np.ndarray) -> None:
    """Write a picture (1, 3, h, w) in [-1, 1] into `pixels`, uint8 (h, w, 4); alpha stays."""
    bytes_ = picture[0].mul(127.5).add_(128).clamp_(0, 255).to(torch.uint8)
    torch.from_numpy(pixels)[..., :3].copy_(bytes_.permute(1, 2, 0))
