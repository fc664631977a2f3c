"""Whoever asks gets what the wall shows; a stage that stands keeps nobody for long."""

import threading

import numpy as np

from engine.display import still
from engine.display.readback import ReadBack
from engine.display.still import Stills


def test_what_is_shown_is_handed_out_as_a_copy_and_the_next_asks_anew(offscreen):
    output, context = offscreen(32, 20)
    back, stills, came = ReadBack(context, output.size), Stills(), []
    for number in range(2):
        pixels = np.random.default_rng(number).integers(0, 256, (20, 32, 4), np.uint8)
        output.framebuffer.color_attachments[0].write(pixels)
        output.present()
        asking = threading.Thread(target=lambda: came.append(stills.ask()))
        asking.start()
        while asking.is_alive():
            stills.step(back, output.shown, 0.0)
        assert (came[number] == pixels).all()
    assert not (came[0] == came[1]).all()


def test_a_stage_that_stands_gives_none(monkeypatch):
    monkeypatch.setattr(still, "LONGEST", 0.01)
    assert Stills().ask() is None
