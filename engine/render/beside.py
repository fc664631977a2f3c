"""Makes ranges of a film side by side, in processes of their own.

In: a job and the ranges that need nothing of each other. Out: their parts, in the film's folder;
progress(done, all). Main thread.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, wait

from engine.render.film import Film, Range
from engine.render.job import Job

LOOK = 0.5  # seconds between two looks at what is done


def make(
    job: Job, ranges: Sequence[Range], film: Film, progress: Callable[[int, int], None]
) -> None:
    """Make these ranges, `job.jobs` at once; raises what made one of them fail."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(job.jobs, context) as pool:
        made = [pool.submit(_make, job, range_) for range_ in ranges]
        while wait(made, LOOK).not_done:
            done = sum(film.part(number).is_file() for number in range(film.parts))
            progress(min(done * film.part_frames, film.frames), film.frames)
        for one in made:
            one.result()


def _make(job: Job, range_: Range) -> None:
    from engine.render import render

    score, _, film = render.begin(job)
    render.make(job, score, film, range_, lambda place: None)
