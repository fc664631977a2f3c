"""What a film is to be rendered from, and how. Plain values, any thread."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Job:
    """A film to be rendered of a take, or of a sound file; None leaves a thing as it was."""

    out: Path
    take: Path | None = None
    audio: Path | None = None
    size: tuple[int, int] | None = None
    fps: float | None = None
    dreams: float | None = None  # a second
    octaves: int | None = None
    iterations: int | None = None
    network: Path | None = None
    preset: Path | None = None
    begin: float = 0.0  # seconds
    end: float | None = None
    jobs: int = 1  # at once
