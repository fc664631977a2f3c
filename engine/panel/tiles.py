"""Small pictures on the panel: textures of their files; and texts cut to their width.

In: files. Out: OpenGL's numbers. Main thread, with the panel's OpenGL current.
"""

from bisect import bisect_right
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


def cut(text: str, width: float) -> str:
    """Return the text, cut where it is too long for `width`."""
    if imgui.calc_text_size(text).x <= width:
        return text
    room = bisect_right(
        range(len(text)), width, key=lambda n: imgui.calc_text_size(f"{text[:n].rstrip()}…").x
    )
    return f"{text[: max(room - 1, 0)].rstrip()}…"


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
