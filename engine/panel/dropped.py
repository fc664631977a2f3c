"""Files that are named or dropped on a window: sound to hear, a network, a picture as the guide."""

from collections.abc import Callable, Iterable
from pathlib import Path

NETWORKS = (".safetensors", ".pkl", ".pt")  # the reader says which it cannot read
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


def open_files(paths: Iterable[str], act: Callable[..., None]) -> None:
    """Ask for each file by its suffix: a network, a guide picture; anything else is listened to."""
    for path in paths:
        act(_action(Path(path).suffix.lower()), str(path))


def _action(suffix: str) -> str:
    if suffix in NETWORKS:
        return "network.load"
    return "guide.load" if suffix in PICTURES else "audio.open"
