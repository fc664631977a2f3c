"""What the show tells the panel about itself; written by show.py, read by the panel."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.parameters import SAFE_FLASHES


@dataclass
class Status:
    """The newest figures; rates in pictures a second, times in milliseconds."""

    dream_fps: float = 0.0
    dream_ms: float = 0.0
    display_fps: float = 0.0
    display_ms: float = 0.0  # the display interval's recent 99th percentile
    bpm: float = 0.0
    leader: str = ""  # who gives the tempo: one of clock.LEADERS
    source: str = ""
    place: tuple[float, float, bool] | None = None  # of a track [s], its length [s], held
    network: Path = Path()  # its file
    device: str = ""
    size: str = ""  # of the dream
    governed: Mapping[str, float] = field(default_factory=dict)  # what the governor makes of rows
    lanes: Collection[str] = ()  # the rows that a take moves, which is replayed
    ends: tuple[str, ...] = ("", "")  # the names of A and B, of the crossfader
    waiting: str = ""  # the preset that waits for its beat
    bars: int | None = None  # until the next preset comes by itself
    slots: Mapping[int, str] = field(default_factory=dict)  # the presets that have a number
    flashes: float = SAFE_FLASHES  # a second, at most
    midi: tuple[str, ...] = ()  # what came last from controllers, newest last
    learning: str = ""  # what a MIDI control is sought for
    recording_seconds: float = 0.0
    dropped: int = 0  # frames of the recording that were lost
    held: int = 0  # and those that repeat the one before
