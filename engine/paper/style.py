"""style: the forms of one picture in the look of another, by the discriminator's features.

In: a Job, its Run. Out: one picture. Main thread. Gatys et al. 2016; climbed down by Adam (Kingma
and Ba 2015), whose means are kept with the picture, so that a stopped run goes on as if unbroken.
"""

import math
from collections.abc import Callable

import torch
from PIL import Image

from engine.dream import likeness, start
from engine.dream.pixels import from_pixels, to_pixels
from engine.paper.film import Progress
from engine.paper.job import Job
from engine.paper.run import Run

Gradients = dict[str, Callable[[torch.Tensor], torch.Tensor]]


def style(job: Job, run: Run, progress: Progress) -> None:
    """Change config["content"] towards the look of config["style"]."""
    c, size = job.config, _size(job)
    content, look = (_read(job, c[key], size) for key in ("content", "style"))
    with torch.no_grad():
        pulls = _pulls(job, content, look)
        x, adam, done = _begin(job, run, content)
        kept = done, _copied(x, adam)
        try:
            while kept[0] < c["iterations"]:
                x.grad = _gradient(job, x, pulls)
                adam.step()
                x.clamp_(-1, 1)
                kept = kept[0] + 1, _copied(x, adam)  # as one: a stop is before it or after it
                run.save(*kept)
                progress(kept[0], c["iterations"])
        finally:
            run.save(*kept, now=True)
    run.keep(f"styled_{job.stem(c['content'])}", to_pixels(x))


def _begin(job: Job, run: Run, content: torch.Tensor):
    """Return the picture, Adam, which climbs down from it, and the steps that are already done."""
    like = dict.fromkeys(("x", "exp_avg", "exp_avg_sq"), content) | {"step": torch.tensor(0.0)}
    done, kept = run.state(job.config["iterations"], like)
    state = {name: torch.from_numpy(x).to(like[name].device) for name, x in kept.items()}
    x = state.pop("x", content).clone()
    adam = torch.optim.Adam([x], job.config["lr"], eps=1e-12)
    if done:
        adam.state[x] = state
    return x, adam, done


def _copied(x: torch.Tensor, adam: torch.optim.Adam) -> dict[str, torch.Tensor]:
    """Return all that the next step needs, which this one's leaves alone."""
    return {name: value.clone() for name, value in {"x": x, **adam.state[x]}.items()}


def _size(job: Job) -> tuple[int, int]:
    """Return the size asked for, or the content's own shape with the network's area."""
    if job.config["size"]:
        return job.size
    with Image.open(job.config["content"]) as image:
        w, h = image.size
    area, least = math.prod(job.size), job.network.stride(job.layers)
    return tuple(max(round(math.sqrt(area * a / b)), least) for a, b in ((w, h), (h, w)))


def _read(job: Job, path: str, size: tuple[int, int]) -> torch.Tensor:
    return from_pixels(start.from_file(path, size), job.network.device)


def _pulls(job: Job, content: torch.Tensor, look: torch.Tensor) -> list[tuple[str, Callable]]:
    """Return (layer, features -> weighted gradient) of everything that is wanted."""
    c, network = job.config, job.network
    forms, looks = c["content_layer"], c["style_layers"]
    wanted = network.forward(content, [forms])[0][forms]
    found = [(forms, lambda f: c["content_weight"] * likeness.content_gradient(f, wanted))]
    for name, f in network.forward(look, looks)[0].items():
        aim, share = likeness.gram(f), c["style_weight"] / len(looks)
        found.append((name, lambda f, aim=aim, share=share: share * likeness.gram_gradient(f, aim)))
    return found


def _gradient(job: Job, x: torch.Tensor, pulls: list[tuple[str, Callable]]) -> torch.Tensor:
    features, tape = job.network.forward(x, {name for name, _ in pulls})
    gradients: dict[str, torch.Tensor] = {}
    for name, pull in pulls:
        g = pull(features[name])
        gradients[name] = gradients[name] + g if name in gradients else g
    # What is no number pulls nowhere, as a gradient of nothing.
    return torch.nan_to_num(job.network.backward(tape, gradients), 0.0, 0.0, 0.0)
