"""The panel's browser of networks: small pictures of what each dreams; a click loads one.

In: the shelf (look()), the name of the network that plays. Out: network.load asked for.
Main thread, with the panel's OpenGL current. Thumbnails become textures one a frame.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from imgui_bundle import ImVec2, imgui
from OpenGL import GL
from PIL import Image

from engine.panel import theme

ACROSS = 3
SHAPE = 9 / 16  # of a thumbnail


class Browser:
    """The networks of `shelf`, whose look() gives path, thumbnail (a PNG or None) and refusal."""

    def __init__(self, shelf, act: Callable[..., None]):
        self._shelf, self._act = shelf, act
        self._textures: dict[Path, int] = {}  # by thumbnail; 0 where it cannot be read

    def draw(self, playing: str) -> None:
        """Draw the header, and below it while it is open the networks, the `playing` one lit."""
        if not imgui.collapsing_header("NETWORKS"):
            return
        found, gap = self._shelf.look(), imgui.get_style().item_spacing.x
        if not found:
            imgui.text_disabled("none; drop a file on the window")
        width = (imgui.get_content_region_avail().x - (ACROSS - 1) * gap) / ACROSS
        self._upload_one(found)
        for number, network in enumerate(found):
            if number % ACROSS:
                imgui.same_line()
            self._draw_one(network, width, network.path.stem == playing)

    def _upload_one(self, found) -> None:
        new = (f.thumbnail for f in found if f.thumbnail and f.thumbnail not in self._textures)
        if thumbnail := next(new, None):
            self._textures[thumbnail] = _texture(thumbnail)

    def _draw_one(self, network, width: float, is_playing: bool) -> None:
        """Draw one network: its picture, its name below, a frame around the one that plays."""
        imgui.begin_group()
        imgui.push_id(str(network.path))
        size, corner = ImVec2(width, width * SHAPE), imgui.get_cursor_screen_pos()
        imgui.begin_disabled(bool(network.refusal))
        clicked = imgui.invisible_button("##load", size)
        imgui.end_disabled()
        end, pen = ImVec2(corner.x + size.x, corner.y + size.y), imgui.get_window_draw_list()
        if texture := self._textures.get(network.thumbnail, 0):
            pen.add_image(imgui.ImTextureRef(texture), corner, end)
        else:
            pen.add_rect_filled(corner, end, theme.ink(theme.FIELD), 3.0)
        if is_playing or imgui.is_item_hovered():
            pen.add_rect(corner, end, theme.ink(theme.TEXT if is_playing else theme.GRAB), 0, 2)
        tip = imgui.is_item_hovered(imgui.HoveredFlags_.for_tooltip | _DISABLED_TOO)
        _write_name(network.path.stem, width, theme.TEXT if is_playing else theme.DIM)
        if tip:
            imgui.set_tooltip(network.refusal or str(network.path))
        imgui.pop_id()
        imgui.end_group()
        if clicked:
            self._act("network.load", str(network.path))

    def close(self) -> None:
        """Free the textures."""
        for texture in filter(None, self._textures.values()):
            GL.glDeleteTextures([texture])
        self._textures.clear()


_DISABLED_TOO = imgui.HoveredFlags_.allow_when_disabled


def _write_name(name: str, width: float, colour) -> None:
    """Write the name, cut where it is too long for `width`."""
    room = max(int(width / imgui.calc_text_size("n").x), 1)
    imgui.text_colored(colour, name if len(name) <= room else f"{name[: room - 1]}…")


def _texture(path: Path) -> int:
    """Return a texture of the picture in `path`; 0 if it cannot be read."""
    try:
        pixels = np.asarray(Image.open(path).convert("RGB"))
    except (OSError, ValueError):
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
