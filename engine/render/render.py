"""Renders a take to a film: what was played, again, at any size, rate and quality.

In: a Job. Out: the film; progress(done, all) after each frame. Main thread, or processes beside it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.dream.pulls import Guide
from engine.dream.runner import prepare
from engine.networks.discriminator import Discriminator
from engine.networks.files import read
from engine.options import ROOT, own_folder
from engine.presets import read as read_preset
from engine.recording import formats
from engine.recording.heard import RATE, heard
from engine.recording.score import Score
from engine.recording.take import TakeError, digest_of
from engine.render import film
from engine.render.beginning import compose, generator
from engine.render.composed import Composed
from engine.render.dreams import Dreams, Wish
from engine.render.job import Job
from engine.render.playback import Playback
from engine.render.projector import Projector
from engine.render.screening import Known, Screening

Progress = Callable[[int, int], None]
DREAMS = 30.0  # a second, of what nobody has played
SETTLED = 4.0  # seconds after a fresh picture until nothing is seen of those before


def render(job: Job, progress: Progress) -> None:
    """Render to the end; what was rendered when it is stopped is used by the next of the same job.

    AudioError, TakeError, NetworkError, PresetError or DisplayError where it cannot be.
    """
    job = job if job.take else replace(job, dreams=job.dreams or DREAMS)
    score, begun, made = begin(job)
    ranges = _ranges(job, score, begun, made)
    if len(ranges) > 1 and job.jobs > 1:
        from engine.render import beside

        beside.make(job, ranges, made, progress)
    else:
        for range_ in ranges:
            make(job, score, made, range_, lambda place: progress(place, made.frames))
    seconds = float(made.frames / made.fps)
    film.join(made, RATE, heard(score, begun + job.begin, seconds))


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
    frames = max(int((end - job.begin) * fps), 1)
    same = {name: str(value) for name, value in asdict(job).items() if name != "jobs"}
    mark = {**same, "length": length}
    made = film.Film(job.out, formats.of(job.out), (w + w % 2, h + h % 2), fps, frames, mark)
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
        film.make(made, screening, range_, done, job.begin + _late(score), progress)
    finally:
        projector.close()


def _ranges(job: Job, score: Score | Composed, begun: float, made: film.Film) -> list[film.Range]:
    """Return the ranges of parts that need nothing of each other: each after a fresh picture."""
    cuts, now = [(0, 0)], begun  # the first part, the first dream
    for line in score.lines():
        if line["kind"] == "tick":
            now = line["t"]
        elif line["kind"] == "dream" and line["anew"] and not job.dreams:
            seconds = now - begun - job.begin + SETTLED
            part = max(math.ceil(seconds * made.fps / made.part_frames), 0)
            if part < made.parts:
                cuts = [cut for cut in cuts if cut[0] < part] + [(part, line["number"])]
    ends = [part for part, _ in cuts[1:]] + [made.parts]
    return [film.Range(first, last, cut) for (first, cut), last in zip(cuts, ends, strict=True)]


def _screening(
    job: Job, score: Score | Composed, projector: Projector, known: Known | None
) -> Screening:
    head, preset = score.head, job.preset and read_preset(job.preset)
    size, wish = tuple(head["dream"]), _wish(job, head)

    @lru_cache
    def network(path: str, digest: str) -> Discriminator:
        return prepare(read(job.network or _found(Path(path), digest)))

    def guide(line: Mapping[str, Any]) -> None:
        file = line["file"]
        dreams.guide(Guide.read(score.file(file), wish.size(size)) if file else None)

    first = next(line for line in score.lines() if line["kind"] == "network")
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


def _found(path: Path, digest: str) -> Path:
    """Return a file of this digest: where it was, or in a folder of networks."""
    folders = (ROOT / "networks", own_folder() / "networks")
    others = [p for folder in folders if folder.is_dir() for p in sorted(folder.iterdir())]
    for file in [path, *others]:
        if file.is_file() and digest_of(file) == digest:
            return file
    raise TakeError(f"the network {path.name} of this take is not here: name one by --network")
