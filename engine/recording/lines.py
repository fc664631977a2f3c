"""What a take's head and lines hold, one table of types: every value is checked at the door.

In: plain data from JSON. Out: nothing, or a TakeError that names what is wrong. Any thread.
"""

from typing import Annotated, Any, TypedDict

import msgspec
from msgspec import Meta

SIDE = 8192  # pixels of a side, at most


class TakeError(ValueError):
    """A take that cannot be written or read."""


Number = Annotated[float, Meta(ge=-1e15, le=1e15)]
Numbers = dict[str, Number]
Count = Annotated[int, Meta(ge=0, le=10**12)]
Threads = Annotated[int, Meta(ge=0, le=1024)]
Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=3600)]
Ahead = Annotated[float, Meta(ge=-10, le=10)]
Tempo = Annotated[float, Meta(ge=1, le=1e4)]  # beats a minute
Pixels = Annotated[int, Meta(ge=1, le=SIDE)]
Size = tuple[Pixels, Pixels]
Step = tuple[Count, Annotated[float, Meta(ge=0, le=10)], Count]  # of the latent walk: seed, psi, n
Mappings = list[dict[str, Any]]


class Blend(TypedDict):
    """The mappings that play, those that leave, the share of the first, the one that is alone."""

    mappings: Mappings
    leaving: Mappings
    share: Share
    solo: dict[str, Any] | None


class State(TypedDict):
    """What of the show's state is checked here; the rest is the autosave's."""

    degrees: Number


class Head(TypedDict):
    """What was there at the beginning."""

    output: Size
    dream: Size
    fps: Annotated[float, Meta(ge=1, le=240)]
    rate: Annotated[float, Meta(ge=1, le=1000)]
    flashes: Annotated[float, Meta(ge=0.1, le=100)]
    luck: Count
    waves: dict[str, tuple[Number, Number, Number]]
    state: State


PARTS = {"hand": Numbers, "set": Numbers, "signals": Numbers}  # of a tick: what has changed
KINDS = {  # what each line holds, or one of its kind before it
    "tick": {
        "t": Number, "ahead": Ahead, "heard": Number | None, "shows": Count,
        "lead": tuple[str, Tempo, Number, Number, Number, Number], "blend": Blend, "step": Count,
    },
    "dream": {
        "number": Count, "after": Count, "seconds": Seconds, "size": Size,
        "octaves": Annotated[int, Meta(ge=1, le=12)] | None,
        "iterations": Annotated[int, Meta(ge=1, le=1000)] | None,
        "latent": tuple[Step, Step] | None, "anew": bool, "threads": Threads,
        "beside": bool, "layers": Numbers, "network": str,
    },
    "sound": {
        "t": Number, "frames": Annotated[int, Meta(ge=0, le=1 << 20)], "file": Count,
        "rate": Annotated[int, Meta(ge=1000, le=1 << 20)], "source": Count, "settings": Numbers,
        "hearing": Count,
    },
    "network": {"path": str, "sha256": str, "after": Count},
    "guide": {"file": str},
    "preset": {"file": str, "name": str},
    "mark": {"t": Number, "name": str},
}  # fmt: skip
LINES = {kind: TypedDict(kind, PARTS | fields, total=False) for kind, fields in KINDS.items()}


def verify(data: Any, type: Any, where: str) -> None:
    """Raise TakeError where plain data are not of this type; what they hold besides is left."""
    try:
        msgspec.convert(data, type)
    except msgspec.ValidationError as fault:
        raise TakeError(f"{where}: {fault}") from None
