"""Pads that are held while something else happens: nothing stays on the wall for good."""

import pytest
from midi_show import bound
from waiting import until

FLASH, ZOOM = "output.flash", "motion.zoom"


@pytest.fixture
def pad(plug):
    return plug("Pad")


@pytest.fixture
def show(begin, pad):
    """A show whose flash and zoom lie on keys of the pad; the flash is held."""
    rows = (f'control = "1.note.36"\nto = "{FLASH}"', f'control = "1.note.37"\nto = "{ZOOM}"')
    show = begin(bound(pad, *rows))
    show.sees(pad)
    hit(pad, 36, 100)
    show.reads(FLASH, 1)
    return show


def hit(pad, note, velocity):
    pad.send("note_on", channel=0, note=note, velocity=velocity)


def test_a_flash_ends_when_its_pad_is_unplugged(show, pad):
    pad.unplug()
    show.reads(FLASH, 0)


def test_a_flash_ends_when_its_pad_is_let_go_while_a_learn_waits(show, pad):
    show.midi.learn("motion.x")
    until(lambda: show.midi.learning)
    hit(pad, 36, 0)
    show.reads(FLASH, 0)


def test_a_held_flash_goes_on_while_another_control_is_bound_and_ends_when_it_is_let_go(show, pad):
    show.learn(pad, "motion.x", lambda: pad.change(7, *range(20, 40, 2)))
    assert show.store.get(FLASH) == 1
    hit(pad, 36, 0)
    show.reads(FLASH, 0)


def test_a_flash_ends_when_its_pad_is_unbound(show, pad):
    show.midi.forget(FLASH)
    show.reads(FLASH, 0)
    hit(pad, 36, 0)


def test_a_fader_that_was_picked_up_stays_so_when_another_control_is_learned(begin, plug):
    pad = plug("Desk")
    show = begin(bound(pad, f'control = "1.cc.7"\nto = "{ZOOM}"'))
    show.sees(pad)
    pad.change(7, 0, 127)
    show.reads(ZOOM, 2.0)
    show.learn(pad, "motion.x", lambda: pad.change(8, *range(20, 40, 2)))
    pad.change(7, 10)  # far from where it was
    show.reads(ZOOM, -2 + 4 * 10 / 127)


def test_what_is_being_learned_does_nothing_and_all_others_play_on(show, pad):
    """A knob that waits to be turned left, a pad that is pressed meanwhile, then the pad's own."""
    hit(pad, 36, 0)
    show.reads(FLASH, 0)

    def turn():
        pad.change(16, 1, 1, 2, 1, 1, rest=0.02)
        until(lambda: show.lines[-1] == "now turn it slowly to the left")
        hit(pad, 36, 100)
        show.reads(FLASH, 1)
        hit(pad, 36, 0)
        show.reads(FLASH, 0)
        assert show.midi.learning == ZOOM
        pad.change(16, 127, 127)

    show.learn(pad, ZOOM, turn)
    assert "1.cc.16 moves" in show.lines[-1]
    show.midi.learn("motion.x")
    until(lambda: show.midi.learning)
    hit(pad, 36, 100)
    until(lambda: "1.note.36 moves motion.x" in show.lines[-1])
    assert show.store.get(FLASH) == 0


def test_panic_lets_go_of_pads(show, pad):
    show.midi.let_go()
    show.reads(FLASH, 0)
