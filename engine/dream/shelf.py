"""The networks that lie in some folders, with a small picture of what each dreams.

In: folders. Out: their files, thumbnails as they become ready. Main thread; pictures are drawn by
a process (thumbnail.py) while somebody looks, and kept in the performer's cache.
"""

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine import clock
from engine.dream.thumbnail import key

SUFFIXES = (".safetensors", ".pkl", ".pt")
REST = 1.0  # seconds between two looks at the folders
MOST = 200  # files of a folder that are shown
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Found:
    """A network's file; its thumbnail once there is one, or why it cannot be dreamed through."""

    path: Path
    thumbnail: Path | None = None
    refusal: str = ""


class Shelf:
    """The networks of `folders`; their thumbnails lie in `cache`."""

    def __init__(self, folders: Iterable[Path], cache: Path):
        self.folders, self._cache = tuple(folders), cache
        self._found: list[Found] = []
        self._looked = -REST
        self._drawing: subprocess.Popen | None = None
        self._batch: list[Path] = []  # that it draws, in order
        self._hopeless: set[str] = set()  # keys of those at which it died

    def look(self) -> list[Found]:
        """Return what lies there now; somebody looks, so thumbnails that lack are drawn."""
        now = clock.now()
        if now - self._looked >= REST:
            self._looked = now
            keys = dict(sorted(self._files().items(), key=lambda file: file[0].name.lower()))
            found = {path: self._describe(path, key) for path, key in keys.items()}
            self._found = list(found.values())
            lacks = [f.path for f in self._found if not f.thumbnail and not f.refusal]
            self._draw({path: keys[path] for path in lacks})
        return self._found

    def stop(self) -> None:
        """End the process that draws."""
        if self._drawing:
            self._drawing.kill()
            self._drawing.wait()

    def _files(self) -> dict[Path, str]:
        """Return the key of each file, those of a folder that cannot be read left out."""
        files = {}
        for folder in self.folders:
            try:
                there = [p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES][:MOST]
                files |= {path.resolve(): key(path) for path in there if path.is_file()}
            except OSError:
                continue  # no such folder, or one that changes just now
        return files

    def _describe(self, path: Path, key: str) -> Found:
        target = self._cache / key
        if (picture := target.with_suffix(".png")).is_file():
            return Found(path, thumbnail=picture)
        try:
            return Found(path, refusal=target.with_suffix(".txt").read_text("utf-8").strip())
        except (OSError, UnicodeError):
            return Found(path)

    def _draw(self, lacks: dict[Path, str]) -> None:
        """Begin to draw the thumbnails that lack, unless that is being done."""
        if self._drawing and self._drawing.poll() is None:
            return
        died_at = next((path for path in self._batch if path in lacks), None)
        self._hopeless |= {lacks[died_at]} if died_at else set()
        self._batch = [path for path, key in lacks.items() if key not in self._hopeless]
        if not self._batch:
            return
        words = [sys.executable, "-m", "engine.dream.thumbnail", self._cache, *self._batch]
        self._drawing = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
