"""style: the forms of one picture in the look of another, by the discriminator's features.

In: a Job, its Run. Out: one picture. Main thread. Gatys et al. 2016; climbed down by Adam (Kingma
and Ba 2015), whose means are kept with the picture, so that a stopped run goes on as if unbroken.
"""

import math
from collections.abc import Callable

import torch
from PIL import Image

from engine.dream import guide, start
from engine.paper.film import Progress
from engine.paper.job import Job
from engine.paper.run import Run

SLOW, SLOWER = 0.9, 0.999  # how long Adam remembers the gradient and its square
Gradients = dict[str, Callable[[torch.Tensor], torch.Tensor]]


def style(job: Job, run: Run, progress: Progress) -> None:
    """Change config["content"] towards the look of config["style"]."""
    c, size = job.config, _size(job)
    content, look = (_read(job, c[key], size) for key in ("content", "style"))
    with torch.no_grad():
        pulls = _pulls(job, content, look)
        x, m, v = content, torch.zeros_like(content), torch.zeros_like(content)
        done, kept = run.state()
        if done:
            x, m, v = (torch.from_numpy(kept[name]).to(x) for name in ("x", "m", "v"))
        try:
            while done < c["iterations"]:
                x, m, v = _step(x, m, v, _gradient(job, x, pulls), c["lr"], done + 1)
                done += 1
                run.save(done, {"x": x, "m": m, "v": v})
                progress(done, c["iterations"])
        finally:
            run.save(done, {"x": x, "m": m, "v": v}, now=True)
    pixels = x[0].mul(127.5).add(128).clamp(0, 255).byte().permute(1, 2, 0)
    run.keep(f"styled_{job.stem(c['content'])}", pixels.cpu().numpy())


def _size(job: Job) -> tuple[int, int]:
    """Return the size asked for, or the content's own shape with the network's area."""
    if job.config["size"]:
        return job.size
    with Image.open(job.config["content"]) as image:
        w, h = image.size
    area, least = math.prod(job.size), job.network.stride(job.layers)
    return tuple(max(round(math.sqrt(area * a / b)), least) for a, b in ((w, h), (h, w)))


def _read(job: Job, path: str, size: tuple[int, int]) -> torch.Tensor:
    pixels = torch.tensor(start.from_file(path, size), device=job.network.device)
    return pixels.permute(2, 0, 1)[None].float().div(127.5).sub(1)


def _pulls(job: Job, content: torch.Tensor, look: torch.Tensor) -> list[tuple[str, Callable]]:
    """Return (layer, features -> weighted gradient) of everything that is wanted."""
    c, network = job.config, job.network
    forms, looks = c["content_layer"], c["style_layers"]
    wanted = network.forward(content, [forms])[0][forms]
    found = [(forms, lambda f: c["content_weight"] * guide.content_gradient(f, wanted))]
    for name, f in network.forward(look, looks)[0].items():
        aim, share = guide.gram(f), c["style_weight"] / len(looks)
        found.append((name, lambda f, aim=aim, share=share: share * guide.gram_gradient(f, aim)))
    return found


def _gradient(job: Job, x: torch.Tensor, pulls: list[tuple[str, Callable]]) -> torch.Tensor:
    features, tape = job.network.forward(x, {name for name, _ in pulls})
    gradients: dict[str, torch.Tensor] = {}
    for name, pull in pulls:
        g = pull(features[name])
        gradients[name] = gradients[name] + g if name in gradients else g
    return job.network.backward(tape, gradients)


def _step(x, m, v, g: torch.Tensor, rate: float, number: int):
    """Return picture and means after Adam's step `number`; the picture stays in [-1, 1]."""
    m, v = m.lerp(g, 1 - SLOW), v.lerp(g * g, 1 - SLOWER)
    size = (v / (1 - SLOWER**number)).sqrt() + 1e-12
    return (x - rate * m / (1 - SLOW**number) / size).clamp(-1, 1), m, v
