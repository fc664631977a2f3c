"""Switches among three networks while a show plays: python -m benchmarks.switching [SECONDS]

Out: one line of JSON: the display's intervals (ms) and how many were over 50, first of a show that
is left alone, then while it switches; the dream's rate; the machine's load before and after.
"""

import json
import os
import re
import sys
import tempfile
import threading
from pathlib import Path

os.environ |= {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}  # as perform.py has it

import torch
from safetensors.torch import save_file

from engine import clock
from engine.figures import figures
from engine.messages import Messages
from engine.networks.files import read
from engine.options import STARTER, Options
from engine.show import Show
from engine.stats import Times

ADDRESS = ("127.0.0.1", 9753)
STILL = 30.0  # seconds before the first switch, to compare with
EVERY = 5.0  # seconds from one switch to the next
LATE = 0.05  # seconds: no display frame may take longer


def variants(folder: Path) -> list[Path]:
    """Return the starter and two more: its channels shuffled; a small one at random."""
    dice = torch.Generator().manual_seed(1)
    shuffled = dict(read(STARTER).tensors)
    for name, tensor in shuffled.items():
        if re.fullmatch(r"b\d+\.conv[01]\.weight", name):
            shuffled[name] = tensor[torch.randperm(len(tensor), generator=dice)].contiguous()
    paths = [STARTER, folder / "shuffled.safetensors", folder / "small.safetensors"]
    save_file(shuffled, paths[1])
    save_file(small(dice), paths[2])
    return paths


def small(dice: torch.Generator, top: int = 64, channels: int = 32) -> dict[str, torch.Tensor]:
    """Return the tensors of a discriminator that nobody trained."""
    tensors = {}

    def layer(name: str, *shape: int) -> None:
        tensors[f"{name}.weight"] = torch.randn(shape, generator=dice)
        tensors[f"{name}.bias"] = torch.zeros(shape[0])

    layer(f"b{top}.fromrgb", channels, 3, 1, 1)
    r, c = top, channels
    while r > 4:
        layer(f"b{r}.conv0", c, c, 3, 3)
        layer(f"b{r}.conv1", 2 * c, c, 3, 3)
        tensors[f"b{r}.skip.weight"] = torch.randn((2 * c, c, 1, 1), generator=dice)
        r, c = r // 2, 2 * c
    layer("b4.conv", c, c + 1, 3, 3)
    layer("b4.fc", c, 16 * c)
    layer("b4.out", 1, c)
    return tensors


def run(seconds: float) -> dict:
    """Play a show, for half a minute as it is, then with its networks changed all the while."""
    load, messages = os.getloadavg()[0], Messages()
    sys.setswitchinterval(0.001)  # as a show has it
    with tempfile.TemporaryDirectory() as folder:
        paths = variants(Path(folder))
        show = Show(
            Options(headless=True, audio="demo", seconds=STILL + seconds, osc=ADDRESS), messages
        )
        still = show.stage.intervals
        changing = threading.Thread(target=_change, args=(show, paths), daemon=True)
        show.start()
        changing.start()
        show.run()
        show._ended = True
        told, dreams = figures(show), show.dreams.rate
        changing.join()
        show.close()
    return {
        "switches": sum(line.startswith("network: dreaming") for line in messages.lines),
        "still": _figures(still),
        "switching": _figures(show.stage.intervals),
        "dream_fps": round(dreams, 2),
        "size": told["size"],
        "errors": told["errors"],
        "load": [round(load, 2), round(os.getloadavg()[0], 2)],
    }


def _change(show: Show, paths: list[Path]) -> None:
    """Change the network every few seconds; count the display's intervals anew from then on."""
    clock.sleep_until(clock.now() + STILL)
    show.stage.intervals = Times()
    number = 0
    while not show._ended:
        number += 1
        show.act("network.load", str(paths[number % len(paths)]))
        clock.sleep_until(clock.now() + EVERY)


def _figures(intervals: Times) -> dict:
    late = intervals.over(LATE)
    return {"frames": intervals.count, "over_50_ms": late, **intervals.summary(50, 95, 99)}


if __name__ == "__main__":
    print(json.dumps(run(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)))
