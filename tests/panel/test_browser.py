"""The browser of networks: what lies on the shelf is seen and loaded by a click."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from imgui_bundle import imgui
from PIL import Image

from engine.panel.browser import named


def found(path, thumbnail=None, refusal=""):
    return SimpleNamespace(path=path, thumbnail=thumbnail, refusal=refusal)


@pytest.fixture
def shelf(room, tmp_path):
    """Three networks: one with a thumbnail, one whose thumbnail is yet to come, one refused."""
    Image.new("RGB", (96, 54), (250, 10, 250)).save(tmp_path / "a.png")
    room.networks += [
        found(tmp_path / "one.pkl", tmp_path / "a.png"),
        found(tmp_path / "two.pt"),
        found(tmp_path / "three.pkl", refusal="three.pkl: a generator, not a discriminator"),
    ]
    return tmp_path


def places_of(room, monkeypatch):
    """Note where each thumbnail lies, in the order of the shelf."""
    places = []
    button = imgui.invisible_button

    def noted(*arguments):
        result = button(*arguments)
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        places.append((low.x, low.y, high.x, high.y))
        return result

    monkeypatch.setattr(imgui, "invisible_button", noted)
    room.draw(1)
    places.clear()
    room.draw(1)
    return dict(zip(("one", "two", "three"), places, strict=True))


def test_nobody_looks_at_the_shelf_while_the_browser_is_closed(room, monkeypatch):
    room.open()
    looked = []
    room.panel._browser._shelf.look = lambda: looked.append(1) or []
    room.draw()
    assert not looked
    room.click("NETWORKS")
    room.draw()
    assert looked


def test_a_click_on_a_thumbnail_loads_its_network_and_a_refused_one_cannot_be(
    room, shelf, monkeypatch, tmp_path
):
    room.open()
    room.click("NETWORKS")
    room.draw()
    room.places |= places_of(room, monkeypatch)
    for name in ("three", "one", "two"):
        room.click(name)
    assert room.acts == [
        ("network.load", str(shelf / "one.pkl")),
        ("network.load", str(shelf / "two.pt")),
    ]


def test_thumbnails_are_seen(room, shelf, tmp_path):
    room.open()
    room.click("NETWORKS")
    room.draw()
    seen = room.screenshot(tmp_path / "panel.png")
    pink = (seen[..., 0] > 200) & (seen[..., 1] < 60) & (seen[..., 2] > 200)
    assert pink.sum() > 2000


def test_a_thumbnail_that_cannot_be_read_leaves_the_browser_as_it_is(room, shelf):
    (shelf / "bad.png").write_bytes(b"no picture")
    room.networks.append(found(shelf / "four.pt", shelf / "bad.png"))
    room.open()
    room.click("NETWORKS")
    room.draw()
    assert room.panel._browser._textures[shelf / "bad.png"] == 0


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/a/one.pkl", "/a/two.pkl"], ["one", "two"]),
        (["/a/one.pkl", "/a/one.pt"], ["pkl: one", "pt: one"]),
        (["/mine/networks/one.pkl", "/house/networks/one.pkl"], ["mine: one", "house: one"]),
        (["/a/one.pkl", "/a/one.pt", "/b/one.pkl"], ["one", "pt: one", "b: one"]),
    ],
)
def test_networks_of_the_same_name_are_told_apart(paths, names):
    assert list(named(map(Path, paths)).values()) == names


def test_of_networks_of_the_same_name_the_one_that_plays_is_lit(room, monkeypatch):
    room.networks += [found(Path("/house/one.pkl")), found(Path("/mine/one.pkl"))]
    room.open()
    lit, draw = [], room.panel._browser._draw_one
    monkeypatch.setattr(
        room.panel._browser, "_draw_one", lambda *of: lit.append(of[-1]) or draw(*of)
    )
    room.click("NETWORKS")
    for playing, which in (("/mine/one.pkl", [False, True]), ("/else/two.pkl", [False, False])):
        room.status.network = Path(playing)
        lit.clear()
        room.draw(1)
        assert lit == which
