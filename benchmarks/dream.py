"""Times the dream against the plain loop (benchmarks/plain.py) at equal work, in one run.

In: nothing but the starter pair. Out: run(), a dict for `perform.py bench`: median milliseconds of
both, interleaved so that other programs disturb both alike, and how far their gradients differ.
Equal work: the same layers, octave sizes and number of gradients; the engine's dream also blurs
and evens out each gradient, the plain one does not.
"""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks import plain
from engine import clock
from engine.dream import channels, step
from engine.dream.dreamer import first_picture
from engine.dream.runner import choose_device
from engine.networks import files
from engine.networks.discriminator import Discriminator
from engine.networks.generator import Generator

NETWORKS = Path(__file__).resolve().parents[1] / "networks"
WEIGHTS = {"b16_conv1": 1.0}
OCTAVES, SCALE, STEP = 3, 2.0, 0.1
CLIMB = step.Climb(STEP, 0.5, 4.0)
SIZES, FULL_SIZES = ((128, 128), (224, 128)), ((256, 256), (448, 256), (512, 512), (912, 512))
ROUNDS = 9  # of which the first one, in which buffers are made, does not count


def run(full: bool = False) -> dict:
    """Return {"machine": ..., "cases": [...]}; a case gives ms, their ratio and the difference."""
    device, dtype = choose_device()
    network = files.read(NETWORKS / "ornament-256-discriminator.safetensors")
    ours, theirs = Discriminator(network, device, dtype), plain.PlainDiscriminator(network, device)
    cases = [c for size in SIZES + FULL_SIZES * full for c in _dreams(ours, theirs, size)]
    with torch.no_grad():
        cases.append(_picture(device))
    return {"machine": _machine(device, dtype), "cases": cases}


def _machine(device: torch.device, dtype: torch.dtype) -> dict:
    return {
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "cpu",
        "precision": str(dtype).removeprefix("torch."),
    }


def _dreams(ours, theirs, size: tuple[int, int]) -> list[dict]:
    """Return the cases of one picture size (w, h): a gradient alone, and a dream of 3 octaves."""
    w, h = size
    x = first_picture(size, 1, ours.device)
    vectors = {n: torch.from_numpy(channels.seeded(40, 6, ours.shapes[n][0])) for n in WEIGHTS}
    v, u = ({n: t.to(net.device, net.dtype) for n, t in vectors.items()} for net in (ours, theirs))
    target, sizes = step.Target(WEIGHTS, v), step.octave_sizes(h, w, OCTAVES, SCALE, [32])
    gradients = (
        functools.partial(step.picture_gradient, ours, x, target),
        functools.partial(plain.gradient, theirs, x, WEIGHTS, u),
    )
    dreams = (
        functools.partial(step.dream, ours, x, target, sizes, 1, CLIMB),
        functools.partial(plain.dream, theirs, x, WEIGHTS, u, sizes, STEP),
    )
    with torch.no_grad():
        far = _difference(gradients[0]() / (w * h), gradients[1]())
        return [
            _case(f"gradient {w}x{h}", *gradients, far),
            _case(f"dream {w}x{h}, {len(sizes)} octaves", *dreams, far),
        ]


def _picture(device: torch.device) -> dict:
    """Return the case of one generated picture."""
    network = files.read(NETWORKS / "ornament-256-generator.safetensors")
    ours, theirs = Generator(network, device), plain.PlainGenerator(network, device)
    z = torch.from_numpy(np.random.default_rng(0).standard_normal((1, ours.z_dim))).float()
    z = z.to(device)
    pair = (lambda: ours.draw(ours.map(z)), lambda: theirs.draw(theirs.map(z)))
    return _case(f"generated picture {ours.blocks[-1]}", *pair, _difference(pair[0](), pair[1]()))


def _difference(a: torch.Tensor, b: torch.Tensor) -> float:
    """Return the largest difference of `a` from `b`, relative to the largest value of `b`."""
    return float((a - b).abs().max() / b.abs().max())


def _case(name: str, ours: Callable, theirs: Callable, difference: float) -> dict:
    times = np.array([[_seconds(ours), _seconds(theirs)] for _ in range(ROUNDS)])[1:]
    mine, plain_ms = (float(ms) for ms in np.median(times, 0) * 1000)
    return {
        "case": name,
        "ms": round(mine, 2),
        "plain_ms": round(plain_ms, 2),
        "ratio": round(plain_ms / mine, 2),
        "difference": float(f"{difference:.1e}"),
    }


def _seconds(work: Callable) -> float:
    begun = clock.now()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return clock.now() - begun
