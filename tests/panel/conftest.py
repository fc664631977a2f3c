import glfw
import pytest
from room import Room


@pytest.fixture(scope="module")
def windows(screen):
    """The virtual screen, let go of before it ends."""
    yield screen
    glfw.terminate()


@pytest.fixture
def room(windows, monkeypatch):
    room = Room(monkeypatch)
    yield room
    room.panel.close()
