"""A dream that came early: the fade before it runs twice as fast, until it is its turn."""

import numpy as np
import pytest
from frames import picture, pixels_of

from engine.camera import CameraPath
from engine.display.renderer import Renderer
from engine.parameters import Store


def flat(grey):
    return np.full((64, 64, 4), grey, np.uint8)


@pytest.fixture
def shown(offscreen):
    """shown(now, *pictures) -> the grey seen at that moment, after these were uploaded."""
    output, context = offscreen(64, 64)
    renderer, still = Renderer(context, output.size), Store()
    for row in still.rows():
        if row.id.startswith("motion."):
            still.set(row.id, 0)

    def show(now, *pictures):
        for shown in pictures:
            renderer.upload(shown)
        renderer.draw(output.framebuffer, still.snapshot(), CameraPath(), now)
        return float(pixels_of(output.framebuffer)[..., :3].mean())

    return show


def test_a_fade_takes_its_interval_while_nothing_waits(shown):
    shown(5.0, picture(flat(0)))
    shown(5.0, picture(flat(200), seconds=1.0))
    for part in (0.25, 0.5, 0.75, 1.0):
        assert shown(5.0 + part) == pytest.approx(200 * part, abs=2)


def test_a_fade_runs_twice_as_fast_while_the_next_dream_waits(shown):
    shown(5.0, picture(flat(0)))
    shown(5.0, picture(flat(200), seconds=1.0))
    assert shown(5.25) == pytest.approx(50, abs=2)
    shown(5.25, picture(flat(100), seconds=0.5))
    assert shown(5.375) == pytest.approx(100, abs=2)
    assert shown(5.5) == pytest.approx(150, abs=2)
    assert shown(5.625) == pytest.approx(200, abs=2)
    assert shown(5.875) == pytest.approx(150, abs=2)  # its own fade, at its own pace again
    assert shown(6.125) == pytest.approx(100, abs=2)
