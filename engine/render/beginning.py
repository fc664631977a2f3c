"""What a film of a sound file begins with: nobody has played it, so there is no take.

In: a Job with a sound file. Out: its score. Main thread; the beats of a file are found once and
kept in the performer's cache.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import torch

from engine.autosave import State
from engine.dream.dreamer import first_picture
from engine.dream.tone import Held
from engine.latent.walk import Walk
from engine.latent.walker import draw
from engine.networks.discriminator import Discriminator
from engine.networks.files import NetworkError, read
from engine.networks.generator import Generator
from engine.options import GENERATOR, SIZES, STARTER
from engine.parameters import SAFE_FLASHES, Store
from engine.recording.take import digest_of
from engine.render.composed import TICKS, Composed, analyse
from engine.render.job import Job

LUCK = 1  # any: the same film each time


def compose(job: Job) -> Composed:
    """Return the score of the job's sound file; AudioError where it is none."""
    dream, output, fps = SIZES["cuda" if torch.cuda.is_available() else "cpu"]
    network = (job.network or STARTER).resolve()
    head = {
        "output": output,
        "dream": dream,
        "fps": fps,
        "rate": TICKS,
        "flashes": SAFE_FLASHES,
        "luck": LUCK,
        "waves": {},
        "state": asdict(State(Store().values())),
    }
    found = network.as_posix(), digest_of(network)
    return Composed(job.audio, head, _start(dream), found, _beats(job.audio))


def generator(network: Discriminator) -> Generator | None:
    """Return the generator of the latent walk; None where there is none."""
    try:
        return Generator(read(GENERATOR), network.device)
    except NetworkError:
        return None


def _start(size: tuple[int, int]) -> dict[str, np.ndarray]:
    row = Store().get
    seed, psi = int(row("latent.seed")), row("latent.psi")
    try:
        made = Generator(read(GENERATOR))
        picture = draw(made, Walk(seed, made.z_dim).latent(0), psi, size)
    except NetworkError:
        picture = first_picture(size, seed)
    held = Held.of(picture)
    parts = {"picture": picture, "mean": held.mean, "deviation": held.deviation}
    arrays = {name: part.numpy() for name, part in parts.items()}
    return {**arrays, "moved": np.eye(3), "number": np.array(0)}


def _beats(path: Path) -> dict[str, Any]:
    cache = Path(platformdirs.user_cache_dir("Other Half", False)) / "beats"
    kept = cache / f"{digest_of(path)}.json"
    try:
        return json.loads(kept.read_text("utf-8"))
    except (OSError, ValueError):
        found = analyse(path)
    cache.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found), "utf-8")
    return found
