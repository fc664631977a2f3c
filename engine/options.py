"""What a show is asked for, and what it takes where nothing is asked. Plain values, any thread."""

from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parents[1]
STARTER = ROOT / "networks" / "ornament-256-discriminator.safetensors"
GENERATOR = ROOT / "networks" / "ornament-256-generator.safetensors"
OPENING = "Pearl"  # the preset that a show begins with
SIZES = {"cpu": ((213, 120), (640, 360), 30), "cuda": ((910, 512), (1280, 720), 60)}
DREAM_RATES = {"cpu": 8, "cuda": 30}
KEPT = {"cpu": 0, "cuda": 30}  # seconds: on a processor that dreams it costs a tenth of the dreams


@dataclass(frozen=True)
class Options:
    """What the command line asks for; None takes the default of this machine."""

    audio: str | None = None
    network: Path | None = None
    preset: str | None = None
    size: tuple[int, int] | None = None
    output: tuple[int, int] | None = None
    single: bool = False
    headless: bool = False
    seconds: float | None = None
    record: Path | None = None
    take: Path | None = None
    replay: Path | None = None  # a take
    osc: tuple[str, int] = ("127.0.0.1", 9000)
    oscquery: tuple[str, int] = ("127.0.0.1", 9001)
    announce: bool = False
    settings: dict[str, object] = field(default_factory=dict)
    stats: Path | None = None


def own_folder() -> Path:
    """Return the performer's folder: portable/ beside perform.py, else the system's own."""
    portable = ROOT / "portable"
    return portable if portable.is_dir() else Path(platformdirs.user_data_dir("Other Half", False))
