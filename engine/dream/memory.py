"""How large a dream the memory holds: a size that is too large is refused before it takes it all.

In: a size, a network. Out: the size (w, h) to dream at. Any thread.
"""

from pathlib import Path

import psutil
import torch

from engine.networks.discriminator import Discriminator

TOGETHER = 5  # octaves at once on a card, where they are of one size
COPIES = 4  # of all features, at the worst moment: kept, padded, gradients, octaves side by side
SHARE = 0.8  # of what is free
LIMITS = Path("/sys/fs/cgroup")  # what Linux grants to a container


def free(device: torch.device) -> int:
    """Return the bytes that are free on `device`."""
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + kept  # what torch keeps and nobody uses
    there = psutil.virtual_memory().available
    try:
        most, used = (int((LIMITS / f"memory.{n}").read_text()) for n in ("max", "current"))
        files = int((LIMITS / "memory.stat").read_text().split("\nfile ")[1].split()[0])
    except (OSError, ValueError, IndexError):  # no container, or one without a limit
        return there
    return min(there, most - used + files)  # copies of files give way


def needed(network: Discriminator, size: tuple[int, int]) -> float:
    """Return about how many bytes a dream of `size` takes: measured, 0.7 to 1 of it."""
    (_, top, _), *_ = network.shapes.values()
    features = sum(torch.Size(shape).numel() for shape in network.shapes.values()) / top**2
    at_once = TOGETHER if network.device.type == "cuda" else 1
    return COPIES * features * network.dtype.itemsize * size[0] * size[1] * at_once


def fitting(network: Discriminator, size: tuple[int, int]) -> tuple[int, int]:
    """Return `size`, or the largest of its aspect that the free memory holds."""
    ratio = SHARE * free(network.device) / needed(network, size)
    if ratio >= 1:
        return size
    h = max(int(size[1] * max(ratio, 0) ** 0.5), 1)
    return max(round(h * size[0] / size[1]), 1), h


def is_out(fault: BaseException) -> bool:
    """Return whether `fault` says that the memory is used up; torch has no one class for it."""
    words = ("out of memory", "not enough memory", "can't allocate memory")
    return isinstance(fault, MemoryError | torch.OutOfMemoryError) or (
        isinstance(fault, RuntimeError) and any(word in str(fault).lower() for word in words)
    )
