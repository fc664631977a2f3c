"""The panel's browser of networks: small pictures of what each dreams; a click loads one.

In: the shelf (look()), the file of the network that plays. Out: network.load asked for.
Main thread, with the panel's OpenGL current. Thumbnails become textures one a frame.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from imgui_bundle import ImVec2, imgui

from engine.panel import theme, tip
from engine.panel.tiles import SHAPE, Textures, cut

ACROSS = 3


class Browser:
    """The networks of `shelf`, whose look() gives path, thumbnail (a PNG or None) and refusal."""

    def __init__(self, shelf, act: Callable[..., None]):
        self._shelf, self._act = shelf, act
        self._textures = Textures()

    def draw(self, playing: Path) -> None:
        """Draw the header, and below it while it is open the networks, the `playing` one lit."""
        if not imgui.collapsing_header("NETWORKS"):
            return
        found, gap = self._shelf.look(), imgui.get_style().item_spacing.x
        if not found:
            imgui.text_disabled("none; drop a file on the window")
        width = (imgui.get_content_region_avail().x - (ACROSS - 1) * gap) / ACROSS
        self._textures.refresh((f.thumbnail, None) for f in found if f.thumbnail)
        names = named(network.path for network in found)
        for number, network in enumerate(found):
            if number % ACROSS:
                imgui.same_line()
            self._draw_one(network, names[network.path], width, network.path == playing)

    def _draw_one(self, network, name: str, width: float, is_playing: bool) -> None:
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
        rests = tip.rests(_DISABLED_TOO)
        colour = theme.TEXT if is_playing else theme.DIM
        imgui.text_colored(colour, cut(name, width))
        if rests:
            with tip.window():
                imgui.text(network.refusal or str(network.path))
        imgui.pop_id()
        imgui.end_group()
        if clicked:
            self._act("network.load", str(network.path))

    def close(self) -> None:
        """Free the textures."""
        self._textures.close()


_DISABLED_TOO = tip.RESTS | imgui.HoveredFlags_.allow_when_disabled


def named(paths: Iterable[Path]) -> dict[Path, str]:
    """Return the name of each file; where others have it too, what tells it apart goes before.

    That is its suffix, else the nearest folder that none of them has in its place.
    """
    alike: dict[str, list[Path]] = {}
    for path in paths:
        alike.setdefault(path.stem, []).append(path)
    return {path: _apart(path, same) for same in alike.values() for path in same}


def _apart(path: Path, same: list[Path]) -> str:
    if len(same) == 1:
        return path.stem
    for place, mark in enumerate(_marks(path)):
        if sum(_marks(other)[place : place + 1] == [mark] for other in same) == 1:
            return f"{mark}: {path.stem}"
    return path.stem


def _marks(path: Path) -> list[str]:
    return [path.suffix.removeprefix("."), *reversed(path.parent.parts)]
