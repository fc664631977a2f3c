"""Plays a whole frame of the loop as one CUDA graph: a thousand kernels, one call.

In: what makes a frame, and its plan. Out: the next picture. Dream thread, and no other: one at a
time may record. Floats and tensors of a plan are its numbers: they are packed, copied to the card
in one piece, and read there. All else of it - sizes, layers, edges - makes its kind, which is
recorded when it comes again and again: what never stands still makes a new kind each time.
"""

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
import torch

from engine.dream import memory

MET = 4  # times that a kind has come when it is recorded
COUNTED = 256  # kinds of which this is known
KEPT = 12  # recordings, of at most two networks
LONGEST = 200  # characters of a fault
WARM = 2  # plain runs before one is recorded, in which libraries choose their ways


@dataclass(frozen=True)
class Recording:
    """A graph with the tensors that it reads and the one that it writes."""

    graph: torch.cuda.CUDAGraph
    inputs: list[torch.Tensor]
    result: torch.Tensor


class Recorder:
    """Makes frames as `frame` does; those that cannot be recorded, or came too seldom, by it."""

    def __init__(self, frame: Callable[..., torch.Tensor]):
        self._frame, self._pool = frame, torch.cuda.graph_pool_handle()
        self.refused = ""  # why the newest kind that was to be recorded could not be
        self._kept: dict[tuple, Recording] = {}  # by network and kind, the newest last
        # Times that each kind has come, by network; a network that goes takes them along.
        self._met: WeakKeyDictionary[object, dict[tuple, float]] = WeakKeyDictionary()

    def forget(self) -> None:
        """Give back what the recordings hold."""
        self._kept, self._met = {}, WeakKeyDictionary()

    def __call__(self, network, picture, held, latent, plan, each=map) -> torch.Tensor:
        """Return the next picture."""
        if can_be_recorded(plan):
            if plan.ascent:  # jitter alone asks for the turn
                climb = replace(plan.ascent.climb, turn=0)
                plan = replace(plan, ascent=plan.ascent._replace(climb=climb))
            kind, numbers = taken_apart(plan)
            key = network, (picture.shape, latent is None, kind)
            given = [picture, held.mean, held.deviation, packed(numbers)]
            given += [] if latent is None else [latent]
            if found := self._found(key, given, held, plan):
                for mine, new in zip(found.inputs, given, strict=True):
                    mine.copy_(new, non_blocking=True)
                found.graph.replay()
                return found.result.clone()
        return self._frame(network, picture, held, latent, plan, each)

    def _found(self, key: tuple, given: list[torch.Tensor], held, plan) -> Recording | None:
        """Return the kind's recording, made now if it has come often enough."""
        if found := self._kept.pop(key, None):
            self._kept[key] = found
            return found
        network, kind = key
        met = self._met.setdefault(network, {})
        if len(met) >= COUNTED:
            met.clear()
        met[kind] = met.get(kind, 0) + 1
        if met[kind] < MET:
            return None
        try:
            self._record(key, given, held, plan)
        except RuntimeError as fault:  # whatever a driver or library refuses to record
            if memory.is_out(fault):
                raise
            met[kind] = -math.inf
            self.refused = " ".join(str(fault).split())[:LONGEST]
            return None
        return self._kept[key]

    def _record(self, key: tuple, given: list[torch.Tensor], held, plan) -> None:
        network, device = key[0], given[0].device
        inputs = [x.to(device, copy=True) for x in given]
        picture, mean, deviation, numbers, *latent = inputs
        held = replace(held, mean=mean, deviation=deviation)
        pieces = numbers.split([np.ravel(leaf).size for leaf in taken_apart(plan)[1]])
        plan = rebuilt(plan, iter(pieces))

        def frame() -> torch.Tensor:
            return self._frame(network, picture, held, latent[0] if latent else None, plan)

        networks = [network, *[k[0] for k in reversed(self._kept) if k[0] is not network][:1]]
        fits = [k for k in self._kept if any(k[0] is n for n in networks)][1 - KEPT :]
        self._kept = {k: self._kept[k] for k in fits}
        self._kept[key] = Recording(*_captured(frame, self._pool, inputs))


def can_be_recorded(plan) -> bool:
    """Tell whether all that changes from dream to dream is among the plan's numbers."""
    ascent = plan.ascent
    return not ascent or (not ascent.climb.jitter and all(t.is_plain for t in ascent.targets))


def taken_apart(value) -> tuple[Hashable, list[float | torch.Tensor]]:
    """Return the kind of a value made of dataclasses, dicts and sequences, and its leaves in order.

    Leaves are its floats and tensors; the kind is all else, to be looked up.
    """
    leaves = []

    def kind(value):
        if isinstance(value, float):
            leaves.append(value)
            return float
        if isinstance(value, torch.Tensor):
            leaves.append(value)
            return value.shape
        if isinstance(value, dict):
            return tuple([(key, kind(part)) for key, part in value.items()])
        if isinstance(value, list | tuple):
            return tuple([kind(part) for part in value])
        if is_dataclass(value):
            return tuple([kind(part) for part in vars(value).values()])
        return value

    return kind(value), leaves


def packed(leaves: Sequence[float | torch.Tensor]) -> torch.Tensor:
    """Return the numbers of these leaves in one piece, float32."""
    return torch.from_numpy(np.concatenate([np.ravel(x) for x in leaves], dtype=np.float32))


def rebuilt(value, pieces: Iterator[torch.Tensor]):
    """Return `value` with its leaves replaced, in order, by `pieces` in their shapes."""
    if isinstance(value, float | torch.Tensor):
        return next(pieces).view(torch.as_tensor(value).shape)
    if isinstance(value, dict):
        return {key: rebuilt(part, pieces) for key, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(rebuilt(part, pieces) for part in value))
    if isinstance(value, list | tuple):
        return type(value)(rebuilt(part, pieces) for part in value)
    if is_dataclass(value):
        names = (f.name for f in fields(value))
        return replace(value, **{name: rebuilt(getattr(value, name), pieces) for name in names})
    return value


def _captured(function: Callable[[], torch.Tensor], pool, inputs) -> tuple:
    """Return a graph of what `function` does, its inputs, and the tensor that it fills."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM):
            function()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    # Other threads (a network that warms up, the latent walk) use the card meanwhile.
    with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
        result = function()
    return graph, inputs, result
