"""Makes ranges of a film side by side, in processes of their own.

In: a job and the ranges that need nothing of each other. Out: their parts, in the film's folder;
progress(done, all). Main thread. Whatever ends this, an error or the performer, ends them at once.
"""

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait

from engine.render.film import Film, Range
from engine.render.job import Job
from engine.render.making import begin
from engine.render.making import make as make_range

LOOK = 0.5  # seconds between two looks at what is done


def make(
    job: Job, ranges: Sequence[Range], film: Film, progress: Callable[[int, int], None]
) -> None:
    """Make these ranges, `job.jobs` at once; raises what made one of them fail."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(job.jobs, context, _leave_interrupts)
    try:
        left = {pool.submit(_make, job, range_) for range_ in ranges}
        while left:
            ended, left = wait(left, LOOK, FIRST_EXCEPTION)
            for one in ended:
                one.result()
            done = sum(film.part(number).is_file() for number in range(film.parts))
            progress(min(done * film.part_frames, film.frames), film.frames)
    finally:
        for process in multiprocessing.active_children():
            process.kill()
        pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Leave Ctrl-C, which the terminal gives to all processes, to the one that started them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _make(job: Job, range_: Range) -> None:
    score, _, film = begin(job)
    make_range(job, score, film, range_, lambda place: None)
