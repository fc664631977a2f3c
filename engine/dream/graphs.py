"""Plays a whole frame of the loop as one CUDA graph: a thousand kernels, one call.

In: what makes a frame, and its plan. Out: the next picture. Dream thread. A frame is recorded when
its kind is first met. Floats and tensors of the plan are its numbers: they are packed, copied to
the card in one piece, and read there. All else of it - sizes, layers, edges - makes its kind.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace

import torch

KEPT = 12  # recordings
WARM = 2  # plain runs before one is recorded, in which libraries choose their ways


@dataclass(frozen=True)
class Recording:
    """A graph with the tensors that it reads and the one that it writes."""

    graph: torch.cuda.CUDAGraph
    inputs: list[torch.Tensor]
    result: torch.Tensor


class Recorder:
    """Makes frames as `frame` does; those that cannot be recorded, by it."""

    def __init__(self, frame: Callable[..., torch.Tensor]):
        self._frame, self._pool = frame, torch.cuda.graph_pool_handle()
        self._kept: dict[tuple, Recording] = {}

    def __call__(self, network, picture, held, latent, plan, each=map) -> torch.Tensor:
        """Return the next picture."""
        ascent = plan.ascent
        if ascent and (ascent.climb.jitter or not all(t.is_plain for t in ascent.targets)):
            return self._frame(network, picture, held, latent, plan, each)
        if ascent:  # jitter alone asks for the turn
            plan = replace(plan, ascent=ascent._replace(climb=replace(ascent.climb, turn=0)))
        numbers = torch.cat([torch.as_tensor(n).float().flatten() for n in leaves(plan)])
        key = network, picture.shape, latent is None, kind(plan)
        inputs = [
            picture,
            held.mean,
            held.deviation,
            numbers,
            *([] if latent is None else [latent]),
        ]
        if key not in self._kept:
            self._record(
                key, [x.to(picture.device, copy=True) for x in inputs], network, held, plan
            )
        found = self._kept[key]
        for mine, given in zip(found.inputs, inputs, strict=True):
            mine.copy_(given, non_blocking=True)
        found.graph.replay()
        return found.result.clone()

    def _record(self, key, inputs, network, held, plan) -> None:
        picture, mean, deviation, numbers, *rest = inputs
        held = replace(held, mean=mean, deviation=deviation)
        pieces = numbers.split([torch.as_tensor(n).numel() for n in leaves(plan)])
        plan = rebuilt(plan, iter(pieces))

        def frame() -> torch.Tensor:
            return self._frame(network, picture, held, rest[0] if rest else None, plan)

        while len(self._kept) >= KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = Recording(*_captured(frame, self._pool, inputs))


def leaves(value) -> list[float | torch.Tensor]:
    """Return the floats and tensors in a value made of dataclasses, mappings and sequences."""
    if isinstance(value, float | torch.Tensor):
        return [value]
    return [leaf for part in _parts(value) for leaf in leaves(part)]


def rebuilt(value, pieces: Iterator[torch.Tensor]):
    """Return `value` with its leaves replaced, in order, by `pieces` in their shapes."""
    if isinstance(value, float | torch.Tensor):
        return next(pieces).view(torch.as_tensor(value).shape)
    if isinstance(value, Mapping):
        return {key: rebuilt(part, pieces) for key, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(rebuilt(part, pieces) for part in value))
    if isinstance(value, list | tuple):
        return type(value)(rebuilt(part, pieces) for part in value)
    if is_dataclass(value):
        names = (f.name for f in fields(value))
        return replace(value, **{name: rebuilt(getattr(value, name), pieces) for name in names})
    return value


def kind(value):
    """Return what a value is but for its leaves, to be looked up."""
    if isinstance(value, float):
        return float
    if isinstance(value, torch.Tensor):
        return value.shape
    if isinstance(value, Mapping):
        return tuple((key, kind(part)) for key, part in value.items())
    parts = _parts(value)
    return tuple(map(kind, parts)) if parts else value if not isinstance(value, list) else ()


def _parts(value) -> list:
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, list | tuple):
        return list(value)
    if is_dataclass(value):
        return [getattr(value, f.name) for f in fields(value)]
    return []


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
