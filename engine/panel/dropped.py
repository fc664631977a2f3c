"""Files that are named or dropped on a window: sound to listen to, a network to dream through."""

from collections.abc import Callable, Iterable
from pathlib import Path

NETWORKS = (".safetensors", ".pkl", ".pt")  # the reader says which it cannot read


def open_files(paths: Iterable[str], act: Callable[..., None]) -> None:
    """Ask for each file by its suffix: a network is loaded, anything else is listened to."""
    for path in paths:
        is_network = Path(path).suffix.lower() in NETWORKS
        act("network.load" if is_network else "audio.open", str(path))
