"""Whoever asks gets what the wall shows; a stage that stands keeps nobody for long."""

import threading

import numpy as np

from engine.camera import CameraPath, Picture
from engine.display import still
from engine.display.grade import PLAIN
from engine.display.renderer import Renderer
from engine.display.still import Stills
from engine.parameters import Store


def asked(stills, step, fine=False):
    """Ask, and let the stage step until the answer is there."""
    came = []
    asking = threading.Thread(target=lambda: came.append(stills.ask(fine)))
    asking.start()
    while asking.is_alive():
        step()
    return came[0]


def test_what_is_shown_is_handed_out_as_a_copy_and_the_next_asks_anew(offscreen):
    output, context = offscreen(32, 20)
    stills, came = Stills(), []
    stills.open(context, output.size)
    for number in range(2):
        pixels = np.random.default_rng(number).integers(0, 256, (20, 32, 4), np.uint8)
        output.framebuffer.color_attachments[0].write(pixels)
        output.present()
        came.append(asked(stills, lambda: stills.step(output.shown, None, 0.0)))
        assert (came[number] == pixels).all()
    assert not (came[0] == came[1]).all()


def test_a_fine_picture_is_what_is_shown_in_sixteen_bits(offscreen, dream):
    output, context = offscreen(96, 64)
    renderer, stills, store, path = Renderer(context, (96, 64)), Stills(), Store(), CameraPath()
    stills.open(context, output.size)
    for number in range(2):
        renderer.upload(Picture(dream(36, 24, number), path.mark(), 0.1, number))
        renderer.draw(output.framebuffer, store.snapshot(), path, 0.05 * number)
    output.present()
    shown = asked(stills, lambda: stills.step(output.shown, None, 0.0))[..., :3]
    fine = asked(
        stills,
        lambda: stills.step(output.shown, lambda to: renderer.fine(PLAIN, to), 0.0),
        True,
    )
    assert fine.dtype == np.uint16
    assert np.abs(fine[..., :3] / 257 - shown).max() < 2
    assert (fine[..., :3] % 257 != 0).mean() > 0.9, "what 8 bits cannot hold"
    assert len(np.unique(fine[..., :3])) > 2000


def test_a_stage_that_stands_gives_none(monkeypatch):
    monkeypatch.setattr(still, "LONGEST", 0.01)
    assert Stills().ask() is None
