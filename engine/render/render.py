"""Renders a take to a film: what was played, again, at any size, rate and quality.

In: what the command line asks for. Out: the film; progress(done, all) after each frame.
Main thread.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path
from typing import Any

from engine.dream.pulls import Guide
from engine.dream.runner import prepare
from engine.networks.discriminator import Discriminator
from engine.networks.files import NetworkError, read
from engine.networks.generator import Generator
from engine.options import GENERATOR, ROOT, own_folder
from engine.presets import read as read_preset
from engine.recording import formats
from engine.recording.score import Score
from engine.recording.take import TakeError
from engine.render import film
from engine.render.dreams import Dreams, Wish
from engine.render.heard import RATE, heard
from engine.render.playback import Playback
from engine.render.projector import Projector
from engine.render.screening import Screening

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Job:
    """A film to be rendered; None leaves a thing as it was in the take."""

    take: Path
    out: Path
    size: tuple[int, int] | None = None
    fps: float | None = None
    octaves: int | None = None
    iterations: int | None = None
    network: Path | None = None
    preset: Path | None = None
    dreams: float | None = None  # a second
    begin: float = 0.0  # seconds
    end: float | None = None


def render(job: Job, progress: Progress) -> None:
    """Render to the end; what was rendered when it is stopped is used by the next of the same job.

    TakeError, NetworkError, PresetError or DisplayError where it cannot be.
    """
    score = Score(job.take)
    begun, last = score.span(job.dreams)
    made = _film(job, score, last - begun)
    done = made.begin()
    if done < made.parts:
        screening, projector = _screening(job, score, made, done)
        try:
            film.make(made, screening, done, job.begin, lambda place: progress(place, made.frames))
        finally:
            projector.close()
    seconds = float(made.frames / made.fps)
    film.join(made, RATE, heard(score, begun + job.begin, seconds))


def _film(job: Job, score: Score, length: float) -> film.Film:
    end = length if job.end is None else min(job.end, length)
    if not 0 <= job.begin < end:
        raise TakeError(f"--from {job.begin:g}: must be before {end:.1f}, where the film ends")
    size = job.size or tuple(score.head["output"])
    fps = Fraction(job.fps or score.head["fps"]).limit_denominator(1001)
    plain = {name: str(value) for name, value in asdict(job).items()}
    plain["log"] = score.log.stat().st_size
    even = size[0] + size[0] % 2, size[1] + size[1] % 2
    frames = max(int((end - job.begin) * fps), 1)
    return film.Film(job.out, formats.of(job.out), even, fps, frames, plain)


def _screening(job: Job, score: Score, made: film.Film, done: int) -> tuple[Screening, Projector]:
    head, preset = score.head, job.preset and read_preset(job.preset)
    size = tuple(head["dream"])
    wish = _wish(job, head)

    @lru_cache
    def network(path: str, digest: str) -> Discriminator:
        return prepare(read(job.network or _found(Path(path), digest)))

    first = next(line for line in score.lines() if line["kind"] == "network")
    begins = network(first["path"], first["sha256"])
    exact, start = not (preset or job.dreams), score.start()
    dreams = Dreams(begins, start, size, _generator(begins), wish, exact)

    def guide(line: Mapping[str, Any]) -> None:
        file = line["file"]
        dreams.guide(Guide.read(score.file(file), wish.size(size)) if file else None)

    projector = Projector(made.size, head["flashes"])
    return Screening(
        score, Playback(head, begins, preset), dreams, projector,
        lambda line: network(line["path"], line["sha256"]), guide,
        start["moved"], job.dreams, made.known() if done else None,
    ), projector  # fmt: skip


def _wish(job: Job, head: Mapping[str, Any]) -> Wish:
    (w, h), size = head["output"], job.size
    if size is None:
        return Wish(octaves=job.octaves, iterations=job.iterations)
    aspect = None if size[0] * h == size[1] * w else size[0] / size[1]
    return Wish(size[1] / h, aspect, job.octaves, job.iterations)


def _found(path: Path, digest: str) -> Path:
    """Return a file of this digest: where it was, or in a folder of networks."""
    folders = (ROOT / "networks", own_folder() / "networks")
    others = [p for folder in folders if folder.is_dir() for p in sorted(folder.iterdir())]
    for file in [path, *others]:
        if file.is_file() and _digest(file) == digest:
            return file
    raise TakeError(f"the network {path.name} of this take is not here: name one by --network")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _generator(network: Discriminator) -> Generator | None:
    try:
        return Generator(read(GENERATOR), network.device)
    except NetworkError:
        return None  # the take was played without one, too, or its latent walk is left out
