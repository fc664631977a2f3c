"""zoom and channels: a picture that is dreamed, moved, and dreamed again.

In: a Job, its Run. Out: frames, the start picture, a video. Main thread. Frame 0 is dreamed where
it is; each later one is the frame before it, moved.
"""

from engine.paper.film import Progress, numbered, play
from engine.paper.job import Job
from engine.paper.run import Run

START = "starting_image"


def zoom(job: Job, run: Run, progress: Progress) -> None:
    """Dream a zoom of config["duration_sec"]."""
    count = max(round(job.config["duration_sec"] * job.config["fps"]), 1)
    _make(job, run, [None] * count, progress)


def channels(job: Job, run: Run, progress: Progress) -> None:
    """Dream a zoom through the channels of one layer, each for some frames."""
    total = job.network.shapes[job.layers[0]][0]
    each = job.config["frames_per_channel"]
    _make(job, run, [(c,) for c in range(total) for _ in range(each)], progress)


def _make(job: Job, run: Run, dreaming: list[tuple[int, ...] | None], progress: Progress) -> None:
    _, picture = job.start(job.config["seed"])
    shown = job.config["include_starting_image"]
    names, motion = numbered(len(dreaming), int(shown)), job.motion()
    first = numbered(len(dreaming))[0] if shown else START
    run.keep(first, picture)

    def change(number: int) -> dict:
        return {"motion": motion if number else None, "channels": dreaming[number]}

    play(run, job.loop(picture), names, change, progress)
    run.film([first, *names] if shown else names)
