"""Times the paper's loop as the engine does it against the plain one, at equal work, in one run.

In: nothing, or --full for the longer cases. Out: run() gives what `perform.py bench --json` prints.
Each round times both, so that a busy machine slows both; a case's ratio is the median over its
rounds. `peak_share`: the plain loop's arithmetic over our time, as a share of what this machine's
matrix product reached in the same run.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import paper, plain
from engine import clock
from engine.dream import classic
from engine.dream.runner import choose_device
from engine.dream.start import perlin
from engine.networks import files
from engine.networks.discriminator import Discriminator
from engine.options import STARTER

LAYER, RATE = "b16_conv1", 1e-2
ROUNDS = 7  # of which the first one, in which buffers are made, does not count
SECONDS = 15.0  # after which a case is given no further round
MATRIX, COPIED = 1536, 1 << 24  # rows of the product; numbers copied


@dataclass(frozen=True)
class Case:
    """One piece of work: `full` brings each octave back to full size, as the paper's stills do."""

    name: str
    size: int
    octaves: int
    iterations: int
    full: bool = False


CASES = (
    Case("one step", 128, 1, 1),
    Case("one step", 256, 1, 1),
    Case("three octaves", 128, 3, 1),
    Case("three octaves", 256, 3, 1),
    Case("three octaves, full size", 256, 3, 1, True),
)
LONG_CASES = (
    Case("three octaves", 512, 3, 1),
    Case("the paper's video", 256, 5, 10),
    Case("the paper's still", 256, 5, 20, True),
)


def run(full: bool = False) -> dict:
    """Return the device, the machine's measured peak, the median ratio, and each case."""
    device, dtype = choose_device()
    network = files.read(STARTER)
    ours, theirs = Discriminator(network, device, dtype), plain.PlainDiscriminator(network, device)
    peak = _peak(device)
    cases = [_measured(case, ours, theirs, peak) for case in CASES + LONG_CASES * full]
    return {
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "cpu",
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "precision": str(dtype).removeprefix("torch."),
        **peak,
        "ratio": float(np.median([case["ratio"] for case in cases])),
        "cases": cases,
    }


def _measured(case: Case, ours, theirs, peak: dict[str, float]) -> dict:
    start = perlin((case.size, case.size), 1)
    settings = classic.Settings(
        (LAYER,), octaves=case.octaves, unzoom=case.full, iterations=case.iterations, lr=RATE
    )
    words = [LAYER], case.octaves, settings.scale, case.full, case.iterations, RATE

    def fast():
        return classic.dream(ours, start, settings)

    def slow():
        return paper.dream(theirs, start, *words)

    times, (a, b) = _interleaved(fast, slow)
    fast_ms, plain_ms = (float(ms) for ms in np.median(times, 0) * 1000)
    return {
        "name": case.name,
        "size": case.size,
        "octaves": case.octaves,
        "iterations": case.iterations,
        "plain_ms": round(plain_ms, 1),
        "fast_ms": round(fast_ms, 1),
        "ratio": round(float(np.median(times[:, 1] / times[:, 0])), 2),
        "peak_share": round(_operations(slow) / fast_ms / 1e6 / peak["peak_gflops"], 2),
        "difference": float(f"{_difference(a, b, start):.1e}"),
    }


def _interleaved(fast: Callable, slow: Callable) -> tuple[np.ndarray, tuple]:
    """Return the seconds of each round (fast, slow), and what both made."""
    rounds, begun = [], clock.now()
    while len(rounds) < 2 or (len(rounds) < ROUNDS and clock.now() - begun < SECONDS):
        pair = _timed(fast), _timed(slow)
        rounds.append([pair[0][0], pair[1][0]])
    return np.array(rounds[1:]), (pair[0][1], pair[1][1])


def _timed(work: Callable) -> tuple[float, np.ndarray]:
    begun = clock.now()
    result = work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return clock.now() - begun, result


def _difference(a: np.ndarray, b: np.ndarray, start: np.ndarray) -> float:
    """Return |a - b| over |b - start|."""
    a, b, start = (x.astype(float) for x in (a, b, start))
    return float(np.linalg.norm(a - b) / np.linalg.norm(b - start))


def _operations(work: Callable) -> float:
    """Return how many multiplications and additions the convolutions of `work` take."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def _peak(device: torch.device) -> dict[str, float]:
    """Return what a matrix product (GFLOP/s) and a copy (GB/s, both ways) reach here, float32."""
    a, b = torch.randn(2, MATRIX, MATRIX, device=device)
    x, y = torch.zeros(2, COPIED, device=device)
    product = min(_timed(lambda: a @ b)[0] for _ in range(5))
    copy = min(_timed(lambda: y.copy_(x))[0] for _ in range(5))
    return {
        "peak_gflops": round(2 * MATRIX**3 / product / 1e9, 1),
        "peak_gbs": round(2 * 4 * COPIED / copy / 1e9, 1),
    }
