"""Small pictures on the panel: textures of their files, and names cut to their width.

In: files. Out: OpenGL's numbers. Main thread, with the panel's OpenGL current.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from imgui_bundle import imgui
from OpenGL import GL
from PIL import Image

SHAPE = 9 / 16  # of a tile
LARGEST = 1024  # pixels of a side: what is larger would hold the panel up


class Textures(dict[Path, int]):
    """The texture of each file; 0 where it cannot be read."""

    def __init__(self):
        super().__init__()
        self._versions: dict[Path, object] = {}

    def refresh(self, wanted: Iterable[tuple[Path, object]]) -> None:
        """Read the first of these files that is not there yet in this version: one a frame."""
        for path, version in wanted:
            if path not in self or self._versions[path] != version:
                self._free(path)
                self[path], self._versions[path] = _texture(path), version
                return

    def _free(self, path: Path) -> None:
        if texture := self.pop(path, 0):
            GL.glDeleteTextures([texture])

    def close(self) -> None:
        """Free all."""
        for path in list(self):
            self._free(path)


def cut(name: str, width: float) -> str:
    """Return the name, cut where it is too long for `width`."""
    room = max(int(width / imgui.calc_text_size("n").x), 1)
    return name if len(name) <= room else f"{name[: room - 1]}…"


def _texture(path: Path) -> int:
    """Return a texture of the picture in `path`; 0 if it cannot be read."""
    try:
        picture = Image.open(path)
        if max(picture.size) > LARGEST:
            return 0
        pixels = np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # as Pillow fails
        return 0
    texture = int(GL.glGenTextures(1))
    GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
    for side in (GL.GL_TEXTURE_MIN_FILTER, GL.GL_TEXTURE_MAG_FILTER):
        GL.glTexParameteri(GL.GL_TEXTURE_2D, side, GL.GL_LINEAR)
    GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
    h, w = pixels.shape[:2]
    GL.glTexImage2D(
        GL.GL_TEXTURE_2D, 0, GL.GL_RGB8, w, h, 0, GL.GL_RGB, GL.GL_UNSIGNED_BYTE, pixels.tobytes()
    )
    return texture
