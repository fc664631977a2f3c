import glfw
import pytest


@pytest.fixture(scope="module")
def windows(screen):
    """The virtual screen, let go of before it ends."""
    yield screen
    glfw.terminate()
