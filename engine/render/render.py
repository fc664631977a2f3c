"""Renders a take to a film: what was played, again, at any size, rate and quality.

In: a Job. Out: the film; progress(done, all) after each frame. Main thread, or processes beside it.
"""

import math
from collections.abc import Callable
from dataclasses import replace

from engine.recording.heard import RATE, heard
from engine.recording.score import Score
from engine.render import beside, film
from engine.render.composed import Composed
from engine.render.job import Job
from engine.render.making import begin, make

Progress = Callable[[int, int], None]
DREAMS = 30.0  # a second, of what nobody has played
SETTLED = 4.0  # seconds after a fresh picture until nothing is seen of those before


def render(job: Job, progress: Progress) -> None:
    """Render to the end; what was rendered when it is stopped is used by the next of the same job.

    AudioError, TakeError, NetworkError, PresetError, PictureError or DisplayError where it cannot.
    """
    job = job if job.take else replace(job, dreams=job.dreams or DREAMS)
    score, begun, made = begin(job)
    ranges = _ranges(job, score, begun, made)
    if len(ranges) > 1 and job.jobs > 1:
        beside.make(job, ranges, made, progress)
    else:
        for range_ in ranges:
            make(job, score, made, range_, lambda place: progress(place, made.frames))
    film.join(made, RATE, heard(score, begun + job.begin, made.seconds))


def _ranges(job: Job, score: Score | Composed, begun: float, made: film.Film) -> list[film.Range]:
    """Return the ranges of parts that need nothing of each other: each after a fresh picture."""
    cuts, now = [(0, 0)], begun  # the first part, the first dream
    for line in score.lines():
        if line["kind"] == "tick":
            now = line["t"]
        elif line["kind"] == "dream" and line["anew"] and not job.dreams:
            seconds = now - begun + SETTLED
            part = max(math.ceil(seconds * made.fps / made.part_frames), 0)
            if part < made.parts:
                cuts = [cut for cut in cuts if cut[0] < part] + [(part, line["number"])]
    ends = [part for part, _ in cuts[1:]] + [made.parts]
    ranges = [film.Range(first, last, cut) for (first, cut), last in zip(cuts, ends, strict=True)]
    return [each for each in ranges if each.last * made.part_frames > made.lead]
