"""interp: from one seed's start picture to the next, each step dreamed.

In: a Job, its Run. Out: frames and a video. Main thread. The last seed's picture is not reached
(it would be the first frame of the next leg); a file stands in the place of the first picture.
"""

import functools

import numpy as np

from engine.latent.walk import arc
from engine.paper.film import Progress, numbered, play
from engine.paper.job import Job
from engine.paper.run import Run

ALIKE = 0.9995  # cosine of pictures between which the straight way is taken


def interp(job: Job, run: Run, progress: Progress) -> None:
    """Dream the way through config["seeds"]."""
    c = job.config
    steps, legs = max(round(c["seed_sec"] * c["fps"]), 1), len(c["seeds"]) - 1

    @functools.lru_cache(maxsize=2)
    def stop(place: int) -> np.ndarray:
        return job.start(c["seeds"][place], use_file=place == 0)[1]

    def change(number: int) -> dict:
        leg, step = divmod(number, steps)
        return {
            "onto": between(stop(leg), stop(leg + 1), step / steps, c["interp_type"], c["smooth"])
        }

    names = numbered(steps * legs)
    play(run, job.loop(stop(0)), names, change, progress)
    run.film(names)


def between(a: np.ndarray, b: np.ndarray, t: float, way: str, smooth: bool) -> np.ndarray:
    """Return the picture `t` of the way from `a` to `b`, all uint8; spherical: by their angle."""
    if smooth:
        t = t * t * (3 - 2 * t)
    a, b = (x.astype(np.float64) / 255 for x in (a, b))
    mixed = _spherical(a, b, t) if way == "spherical" else (1 - t) * a + t * b
    return (255 * np.clip(mixed, 0, 1)).astype(np.uint8)


def _spherical(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    cosine = np.vdot(a, b) / lengths if lengths else 1.0
    if abs(cosine) > ALIKE:
        return (1 - t) * a + t * b
    return arc(a, b, np.arccos(cosine), t)
