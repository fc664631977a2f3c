"""Makes a range of a film: the rooms of its take, joined.

In: a Job, a range of parts. Out: those parts, in the film's folder. The calling thread.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.dream.pulls import Guide
from engine.dream.runner import prepare
from engine.networks.discriminator import Discriminator
from engine.networks.files import read
from engine.opening import network_file
from engine.presets import read as read_preset
from engine.recording import formats
from engine.recording.lines import TakeError
from engine.recording.score import Score
from engine.recording.take import LOG, digest_of
from engine.render import film
from engine.render.beginning import compose, generator
from engine.render.composed import Composed
from engine.render.dreams import Dreams, Wish
from engine.render.job import Job
from engine.render.playback import Playback
from engine.render.projector import Projector
from engine.render.screening import Known, Screening


def begin(job: Job) -> tuple[Score | Composed, float, film.Film]:
    """Return the score, the moment of its first picture, and the film that is to be made of it."""
    score = Score(job.take) if job.take else compose(job)
    begun, last = score.span(job.dreams)
    length = last - begun - _late(score)
    end = length if job.end is None else min(job.end, length)
    if not 0 <= job.begin < end:
        raise TakeError(f"--from {job.begin:g}: must be before {end:.1f}, where the film ends")
    w, h = job.size or score.head["output"]
    fps = Fraction(job.fps or score.head["fps"]).limit_denominator(1001)
    lead = math.floor(job.begin * fps)
    frames = lead + max(int((end - job.begin) * fps), 1)
    mark = {name: str(value) for name, value in asdict(job).items() if name != "jobs"}
    read_from = (job.preset, job.network, job.audio, job.take and job.take / LOG)
    mark["files"] = [digest_of(path) for path in read_from if path]
    made = film.Film(job.out, formats.of(job.out), (w + w % 2, h + h % 2), fps, frames, lead, mark)
    made.begin()
    return score, begun, made


def make(
    job: Job,
    score: Score | Composed,
    made: film.Film,
    range_: film.Range,
    progress: Callable[[int], None],
) -> None:
    """Make the parts of this range that are not there yet."""
    done, known = made.known(range_)
    if done == range_.last:
        return
    projector = Projector(made.size, score.head["flashes"])
    try:
        screening = _screening(job, score, projector, known)
        begin = job.begin - float(made.lead / made.fps) + _late(score)
        film.make(made, screening, range_, done, begin, progress)
    finally:
        projector.close()


def _screening(
    job: Job, score: Score | Composed, projector: Projector, known: Known | None
) -> Screening:
    head, preset = score.head, job.preset and read_preset(job.preset)
    size, wish = tuple(head["dream"]), _wish(job, head)

    @lru_cache
    def network(path: str, digest: str) -> Discriminator:
        file = job.network or network_file(Path(path), digest)
        if file is None:
            name = Path(path).name
            raise TakeError(f"the network {name} of this take is not here: name one by --network")
        return prepare(read(file))

    def guide(line: Mapping[str, Any]) -> None:
        file = line["file"]
        dreams.guide(Guide.read(score.file(file), wish.size(size)) if file else None)

    first = next((line for line in score.lines() if line["kind"] == "network"), None)
    if first is None:
        raise TakeError(f"{job.take}: it ended before its first dream")
    begins = network(first["path"], first["sha256"])
    start = {**score.start(), **(known.loop if known else {})}
    exact = not (preset or job.dreams)
    dreams = Dreams(begins, start, size, generator(begins), wish, exact)
    return Screening(
        score, Playback(head, begins, preset), dreams, projector,
        lambda line: network(line["path"], line["sha256"]), guide,
        start["moved"], job.dreams, known,
    )  # fmt: skip


def _late(score: Score | Composed) -> float:
    """Return how many seconds after a frame's beginning it shows the wall: as a recording does.

    Of the display frames that pass in one of a video's, that takes the last (recorder.py).
    """
    return max(1 / score.head["fps"] - 1 / score.head["rate"], 0.0)


def _wish(job: Job, head: Mapping[str, Any]) -> Wish:
    (w, h), size = head["output"], job.size
    if size is None:
        return Wish(octaves=job.octaves, iterations=job.iterations)
    aspect = None if size[0] * h == size[1] * w else size[0] / size[1]
    return Wish(size[1] / h, aspect, job.octaves, job.iterations)
