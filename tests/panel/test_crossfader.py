"""The crossfader on the panel: its buttons take the look of now, its fader moves with both."""

import pytest


def test_its_buttons_take_the_look_of_now_and_show_what_was_taken(room):
    room.open()
    room.click("A   take###a")
    room.status.ends = ("Pearl", "")
    room.draw()
    room.click("A   Pearl###a")
    assert room.acts == [("mix.a", "")] * 2


def test_its_fader_has_its_place_from_the_first_and_moves_once_both_ends_are(room):
    room.open()
    before = room.places["##ab"]
    room.click("##ab", 0.75)
    assert room.store.get("mix.ab") == 0
    room.status.ends = ("Pearl", "Reef")
    room.draw()
    assert room.places["##ab"] == before
    room.click("##ab", 0.75)
    assert room.store.get("mix.ab") == pytest.approx(0.75, abs=0.05)
