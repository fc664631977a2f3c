"""Times whole frames of the loop on this machine: warp, octaves, steps, tone.

In: nothing. Out: a line for each case, milliseconds a frame (medians). Through the starter at the
show's size, and through a network of the shape of FFHQ-512 (drawn at random: that costs the same)
at 512 x 512. On a card each case is also timed without graphs, and its memory told.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from engine import clock
from engine.camera import step as camera_step
from engine.dream.dreamer import Dreamer, first_picture, frame
from engine.dream.graphs import Recorder
from engine.dream.layers import fill
from engine.dream.runner import choose_device
from engine.networks import files
from engine.networks.discriminator import Discriminator
from engine.networks.layers import NetworkFile
from engine.options import STARTER
from engine.parameters import Store

FRAMES, SECONDS = 30, 8.0  # frames of a case, but no longer than this
CASES = {  # octaves, iterations, whether each octave comes back to full size
    "3 octaves x 1": (3, 1, False),
    "3 octaves x 1, full size": (3, 1, True),
    "5 octaves x 10, full size (the paper's video)": (5, 10, True),
}


def large(resolution: int = 512, base: int = 32768, most: int = 512) -> NetworkFile:
    """Return a discriminator of the shape that NVIDIA's FFHQ networks have, drawn at random."""
    random = torch.Generator().manual_seed(0)
    sides = [resolution >> n for n in range(resolution.bit_length() - 2)]
    counts = [min(base // side, most) for side in sides]
    tensors = {f"b{resolution}.fromrgb": (counts[0], 3, 1, 1)}
    for side, (c, n) in zip(sides, pairwise(counts), strict=False):
        tensors |= {f"b{side}.conv0": (c, c, 3, 3), f"b{side}.conv1": (n, c, 3, 3)}
        tensors |= {f"b{side}.skip": (n, c, 1, 1)}
    c = counts[-1]
    tensors |= {"b4.conv": (c, c + 1, 3, 3), "b4.fc": (c, 16 * c), "b4.out": (1, c)}
    weights = {f"{n}.weight": torch.randn(s, generator=random) for n, s in tensors.items()}
    biases = {f"{n}.bias": torch.zeros(s[0]) for n, s in tensors.items() if ".skip" not in n}
    return NetworkFile(Path("large.safetensors"), "discriminator", weights | biases, {})


def frame_ms(network: Discriminator, size: tuple[int, int], case: tuple, make) -> float:
    """Return the median milliseconds of a frame at `size` (w, h)."""
    octaves, iterations, full = case
    store = Store()
    fill(store, network)
    for name in network.layers:
        store.set(f"dream.layer.{name}", float(name == "b16_conv1"))
    numbers = {"octaves": octaves, "iterations": iterations, "unzoom": full}
    for name, value in numbers.items():
        store.set(f"dream.{name}", value)
    store.set("motion.zoom", 0.1)
    dreamer = Dreamer(network, first_picture(size, 1, network.device))
    dreamer.make = make
    snapshot, took = store.snapshot(), []
    while len(took) < 3 or (len(took) < FRAMES and sum(took[1:]) < SECONDS):
        begun = clock.now()
        dreamer(snapshot, 1 / 30, camera_step(snapshot, 1 / 30))
        _wait()
        took.append(clock.now() - begun)
    return float(np.median(took[2:]) * 1000)


def main() -> None:
    device, dtype = choose_device()
    card = device.type == "cuda"
    print(torch.cuda.get_device_name() if card else "cpu", dtype, torch.__version__)
    ways = {"recorded": Recorder(frame), "plain": frame} if card else {"plain": frame}
    small, wide = ((910, 512), (512, 512)) if card else ((213, 120), (512, 512))
    for file, size in ((files.read(STARTER), small), (large(), wide)):
        network = Discriminator(file, device, dtype)
        for name, case in CASES.items():
            told = ", ".join(
                f"{frame_ms(network, size, case, a):.2f} ms {n}" for n, a in ways.items()
            )
            print(f"{file.path.stem} {size[0]}x{size[1]}, {name}: {told}", flush=True)


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
