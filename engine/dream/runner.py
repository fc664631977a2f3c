"""The dream's thread: dreams as fast as the machine allows, and hands each picture over.

In: the newest snapshot, the camera path, a network (use), the latent walk. Out: pictures in a
mailbox. Where the dream runs, at which precision and at which size is chosen here; ways.py shares
it among the cores, governor.py keeps its rate, crossing.py leads from one network to the next.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

import numpy as np
import torch
import torch.nn.functional as F

from engine import clock
from engine.camera import CameraPath, Here, Picture
from engine.cores import be_nice, use_threads
from engine.dream import memory
from engine.dream.crossing import Crossing
from engine.dream.dreamer import Dreamer, first_picture, frame
from engine.dream.governor import PARAMETERS, Governor, Quality, scaled
from engine.dream.layers import first_weights, prove
from engine.dream.pixels import write_pixels
from engine.dream.ways import TRIED, Tuner, ways
from engine.latent.walker import Walker
from engine.mailbox import Mailbox
from engine.networks.discriminator import Discriminator
from engine.networks.layers import NetworkFile
from engine.parameters import LAYER_FAMILY, Snapshot

BUFFERS = 4  # pictures handed over and not yet overwritten
FASTEST = 60  # dreams a second: the wall shows no more
PAUSE = 0.5  # seconds after a dream that failed
SMALLER = 0.7  # times the size, where the memory did not hold a dream
LEAST = 32  # lines below which it is not the size that takes the memory


def choose_device() -> tuple[torch.device, torch.dtype]:
    """Return where to dream and at which precision: CUDA in half precision, else float32."""
    if not torch.cuda.is_available():
        return torch.device("cpu"), torch.float32
    wide = torch.cuda.get_device_capability() >= (8, 0)
    return torch.device("cuda"), torch.bfloat16 if wide else torch.float16


def prepare(network: NetworkFile) -> Discriminator:
    """Return the network, ready to dream on this machine; NetworkError where it cannot."""
    return prove(Discriminator(network, *choose_device()))


class Runner:
    """A thread that dreams on from `picture` until stop(); took(seconds) hears of each dream.

    held() names the parameters that the governor must not move, and "size". bar() is the bar's
    phase. began(network) hears, before its first dream, of a network that begins to play, and again
    of the one before where the new one failed.
    """

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
        *,
        held: Callable[[], Collection[str]] = frozenset,
        bar: Callable[[], float] = lambda: 0.0,
        began: Callable[[Discriminator], None] = lambda network: None,
        degrees: float = 0.0,
    ):
        self.take = None  # notes each dream, where a take is written: recording.take.Take
        self.dreamer, self._walker = Dreamer(network, picture), walker
        self._snapshot, self._path, self._pictures = snapshot, path, pictures
        self._took, self._error = took, error
        self._held, self._bar, self._began = held, bar, began
        self._asked = self._full = picture.shape[3], picture.shape[2]  # size wanted, and had
        self._tuner, self._governor, self._crossing = Tuner(ways()), Governor(), Crossing(network)
        self._before: dict[str, float] = {}  # the layers of the network that goes
        self.degrees = degrees  # that the latent walk has gone
        self._number, self._anew = 0, False
        self._pixels = np.full((BUFFERS, picture[0, 0].numel() * 4), 255, np.uint8)
        self._fit_memory(self._asked)
        self.quality = self._wanted(snapshot())  # of the newest dream
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dream", daemon=True)

    @property
    def network(self) -> Discriminator:
        """The network that plays, or that is coming in."""
        return self._crossing.new

    def start(self, on_card: bool = False) -> None:
        """Begin to dream; pictures are handed over on the card where its OpenGL takes them."""
        if on_card and self.network.device.type == "cuda":
            self._pixels = torch.full(self._pixels.shape, 255, dtype=torch.uint8, device="cuda")
        self._thread.start()

    def use(self, network: Discriminator) -> None:
        """Cross over to this network, on the next bar if asked; if it fails, the old one stays."""
        self._crossing.ask(network)

    def begin_anew(self) -> None:
        """Let the next dream begin on a fresh picture: the generator's, or coloured noise."""
        self._anew = True

    def warm_up(self, network: Discriminator) -> None:
        """Dream a little through `network`, beside the show: what it packs and picks is then there.

        In the calling thread, which should be a patient one: it takes the number of threads of the
        dream's own, for weights are packed for that.
        """
        size = memory.fitting(network, self.quality.size)
        weights = self._weights(network, self._snapshot())
        snapshot = {**self._governed(self._snapshot(), self.quality), **weights}
        dreamer = Dreamer(network, resized(self.dreamer.picture, size).clone())
        dreamer.make = frame  # the dream's thread alone records
        for way in self._tuner.ways:
            use_threads(way.threads)
            dreamer(snapshot, 0.1, np.eye(3))

    def stop(self) -> None:
        """End the thread and the latent walk."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        if self._walker:
            self._walker.stop()

    def _run(self) -> None:
        be_nice()
        if self.network.device.type == "cuda":  # its kernels are compiled before time counts
            first = self.dreamer.picture, self._path.here().place, 0.0
            self._guarded(self._hand_over, *first)  # so that the wall is not black
            self._guarded(self.warm_up, self.network)
        here, before = self._path.here(), clock.now()
        while not self._ending.is_set():
            begun, last, here = clock.now(), here, self._path.here()
            seconds, before = begun - before, begun
            self._guarded(self._once, seconds, self._path.between(last.place, here.place), here)
            self._ending.wait(max(begun + 1 / FASTEST - clock.now(), 0))

    def _guarded(self, work: Callable, *words) -> None:
        try:
            work(*words)
        except Exception as fault:  # noqa: BLE001 - the thread's guard, for all around a dream
            self._error(f"the dream failed: {fault}")
            self._ending.wait(PAUSE)

    def _once(self, seconds: float, moved: np.ndarray, here: Here) -> None:
        """Dream through the network whose turn it is; where it fails, recover."""
        begun, snapshot = clock.now(), here.motion or self._snapshot()
        network = self._choose_network(seconds, snapshot)
        self._way = way = self._tuner.begin()
        self.dreamer.network, self.dreamer.each = network, way.each
        try:
            self._dream(seconds, moved, here)
            self._crossing.worked(network)
        except Exception as fault:  # noqa: BLE001 - whatever a network does, the old one dreams on
            self._recover(network, fault)
            return
        took = clock.now() - begun
        tried = self._tuner.end(way, took)
        if self._crossing.old is None:
            self._govern(took, tried, snapshot)
        if (recorder := self.dreamer.recorder) and recorder.refused:
            self._error(f"some dreams are slower: {recorder.refused}")
            recorder.refused = ""

    def _dream(self, seconds: float, moved: np.ndarray, here: Here) -> None:
        begun, snapshot = clock.now(), here.motion or self._snapshot()
        self.quality = self._wanted(snapshot)
        self.degrees += snapshot["latent.speed"] * seconds
        latent = self._latent(snapshot)
        snapshot = self._governed(snapshot, self.quality)
        self.dreamer.picture = resized(self.dreamer.picture, self.quality.size)
        anew, self._anew = self._anew, False
        if anew:
            self.dreamer.begin(self._fresh(snapshot))
        if self.take:
            drawn = self._walker.used if self._walker and (anew or latent is not None) else None
            self._note(here, seconds, moved, anew, drawn)
        picture = self.dreamer(snapshot, seconds, moved, latent)
        self._number += 1
        self._hand_over(picture, here.place, seconds)
        self._took(clock.now() - begun)

    def _hand_over(self, picture: torch.Tensor, place: int, seconds: float) -> None:
        pixels = self._buffer(picture)
        write_pixels(picture, pixels)
        self._pictures.put(Picture(pixels, place, seconds, self._number))

    def _note(
        self, here: Here, seconds: float, moved: np.ndarray, anew: bool, drawn: tuple | None
    ) -> None:
        """Note in the take what this dream is made of, and what the first one begins with."""
        dreamer, quality, way = self.dreamer, self.quality, self._way
        if self.take.begins:
            parts = dreamer.picture, dreamer.held.mean, dreamer.held.deviation
            picture, mean, deviation = (part.cpu().numpy().copy() for part in parts)
            self.take.begin(
                picture=picture,
                moved=moved,
                mean=mean,
                deviation=deviation,
                number=np.array(dreamer.number - self._number),
            )
        self.take.dream(
            number=self._number + 1,
            after=here.steps,
            seconds=seconds,
            size=quality.size,
            octaves=quality.octaves,
            iterations=quality.iterations,
            latent=drawn,
            anew=anew,
            network=str(dreamer.network.path),
            threads=way.threads,
            beside=way.each is not map,
            layers=self._before if dreamer.network is self._crossing.old else {},
        )

    def _buffer(self, picture: torch.Tensor) -> np.ndarray | torch.Tensor:
        """Return the next buffer, as large as the picture: made once for the largest."""
        h, w = picture.shape[2:]
        return self._pixels[self._number % BUFFERS][: h * w * 4].reshape(h, w, 4)

    def _latent(self, snapshot: Snapshot) -> torch.Tensor | None:
        if self._walker is None or snapshot["latent.mix"] == 0:
            return None
        seed, psi = int(snapshot["latent.seed"]), snapshot["latent.psi"]
        picture = self._walker.at(self.degrees, seed, psi)
        return None if picture is None else resized(picture, self.quality.size)

    def _fresh(self, snapshot: Snapshot) -> torch.Tensor:
        """Return a picture that owes nothing to those before it."""
        seed, size = int(snapshot["latent.seed"]), self.quality.size
        walker, psi = self._walker, snapshot["latent.psi"]
        picture = walker and walker.at(self.degrees, seed, psi)
        if picture is None:
            return first_picture(size, seed, self.dreamer.picture.device)
        return resized(picture, size).clone()

    # Which network.

    def _choose_network(self, seconds: float, snapshot: Snapshot) -> Discriminator:
        crossing = self._crossing
        playing, old = crossing.new, crossing.old
        network = crossing.next(seconds, bool(snapshot["network.on_bar"]), self._bar())
        if crossing.new is not playing:
            self._before = self._weights(playing, snapshot)
            self._began(crossing.new)
            self._fit_memory(self._full)
        elif crossing.old is not old:  # the old one is gone
            self._fit_memory(self._asked)
        return network

    def _weights(self, network: Discriminator, snapshot: Snapshot) -> dict[str, float]:
        """Return the layers' parameters for `network`: the snapshot's, or those to begin with."""
        weights = {name: snapshot.get(LAYER_FAMILY + name, 0.0) for name in network.layers}
        weights = weights if any(weights.values()) else first_weights(network.layers)
        return {LAYER_FAMILY + name: weight for name, weight in weights.items()}

    def _recover(self, network: Discriminator, fault: Exception) -> None:
        """Say what failed; go back to the network before, or to a smaller size, or wait."""
        w, h = self.quality.size
        if self._crossing.failed(network):
            self._error(f"{network.name} failed: {fault}")
            self._began(self._crossing.new)
            self._fit_memory(self._asked)
        elif memory.is_out(fault) and h > LEAST:
            if self.dreamer.recorder:
                self.dreamer.recorder.forget()
            torch.cuda.empty_cache()
            self._shrink(scaled((w, h), SMALLER))
        else:
            self._error(f"{network.name} failed: {fault}")
            self._ending.wait(PAUSE)

    # At which quality.

    def _wanted(self, snapshot: Snapshot) -> Quality:
        if not snapshot["dream.governor"]:
            self._governor.off()
        return self._governor.quality(*self._hands(snapshot))

    def _hands(self, snapshot: Snapshot) -> tuple[Quality, frozenset[str]]:
        """Return what the performer set, and which of it is held."""
        set_ = {name: int(snapshot[id]) for name, id in PARAMETERS.items()}
        ids = self._held()
        held = {name for name, id in {**PARAMETERS, "size": "size"}.items() if id in ids}
        return Quality(**set_, size=self._full), frozenset(held)

    def _governed(self, snapshot: Snapshot, quality: Quality) -> Mapping[str, float]:
        """Return the snapshot with the quality's values, and the old layers for the old network."""
        before = self._before if self.dreamer.network is self._crossing.old else {}
        return MappingProxyType({**snapshot, **before, **quality.governed()})

    def _govern(self, took: float, tried: bool, snapshot: Snapshot) -> None:
        """Let the governor hear of a dream; of the first trial only what is far off."""
        rate = snapshot["dream.rate"]
        first = self._number <= TRIED * len(self._tuner.ways)
        counts = not tried or (first and Governor.is_far(took, rate))
        if snapshot["dream.governor"] and counts:
            scale = 1.0 if snapshot["dream.unzoom"] else snapshot["dream.octave_scale"]
            self._governor.note(took, rate, *self._hands(snapshot), scale)

    def _fit_memory(self, size: tuple[int, int]) -> None:
        """Take this size, or as much of it as the memory holds."""
        self._full = size
        if (fitting := memory.fitting(self.network, size)) != size:
            self._shrink(fitting)

    def _shrink(self, size: tuple[int, int]) -> None:
        w, h = self._full
        self._full = scaled(self._full, min(max(size[1], LEAST) / h, 1.0))
        self._error(
            f"not enough memory to dream {w}x{h} through {self.network.name}: "
            f"{self._full[0]}x{self._full[1]} instead"
        )


def resized(picture: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Return the picture at `size` (w, h), as sharp as that allows; itself where it has it."""
    w, h = size
    if picture.shape[2:] == (h, w):
        return picture
    smaller = h < picture.shape[2]
    return F.interpolate(picture, (h, w), mode="bicubic", antialias=smaller).clamp_(-1, 1)
