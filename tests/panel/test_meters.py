"""Meters show what is heard; a track's place is held and sought."""

import pytest
from imgui_bundle import imgui
from room import amber, red

from engine.audio.features import SILENT
from engine.panel import meters


def test_meters_show_every_signal_the_sounds_first(room, tmp_path, monkeypatch):
    drawn = []
    bar = meters._bar
    monkeypatch.setattr(meters, "_bar", lambda *a: (drawn.append(a[0]), bar(*a)))
    room.open()
    before = amber(room.screenshot(tmp_path / "silent.png"))
    room.signals.publish({"osc./1/fader1": 1.0, "beat.phase": 1.0, "audio.bass": 1.0}, 0.0)
    drawn.clear()
    room.draw(1)
    assert drawn == ["audio.bass", "beat.phase", "osc./1/fader1"]
    room.draw()
    assert amber(room.screenshot(tmp_path / "loud.png")) > before + 5000


def test_every_signal_of_the_sound_has_its_meter_without_scrolling(room, monkeypatch, tmp_path):
    drawn = {}
    bar = meters._bar

    def note(name, value, *rest):
        bar(name, value, *rest)
        drawn[name] = imgui.get_item_rect_max().y

    monkeypatch.setattr(meters, "_bar", note)
    room.open()
    room.signals.publish(dict.fromkeys(SILENT, 0.5), 0.0)
    room.signals.publish({"audio.key": 22.0, "audio.pitch.note": 69.0}, 0.0)
    room.draw()
    assert drawn.keys() == SILENT.keys()
    assert max(drawn.values()) < 500
    silent = amber(room.screenshot(tmp_path / "half.png"))
    room.signals.publish({f"audio.chroma.{note}": 1.0 for note in meters.NOTES}, 0.0)
    room.draw()
    assert amber(room.screenshot(tmp_path / "full.png")) > silent + 1000


def test_a_track_is_held_and_sought_on_the_panel(room):
    room.status.place = (30.0, 61.0, False)
    room.open()
    room.click("Hold##hold")
    room.click("##place", 0.75)
    (held, _), (sought, to) = room.acts[0], room.acts[-1]
    assert (held, sought) == ("audio.pause", "audio.seek")
    assert float(to) == pytest.approx(0.75 * 61, abs=2)


def test_a_clip_is_red(room, tmp_path):
    room.open()
    room.signals.publish({"audio.clip": 0.0}, 0.0)
    room.draw()
    before = red(room.screenshot(tmp_path / "clean.png"))
    room.signals.publish({"audio.clip": 1.0}, 0.0)
    room.draw()
    assert red(room.screenshot(tmp_path / "clipped.png")) > before + 1000


@pytest.mark.parametrize(
    ("name", "value", "text"),
    (("audio.key", 22.0, "A minor"), ("audio.key", 1.0, "C major"), ("audio.key", 0.0, ""),
     ("audio.pitch.note", 69.2, "A4"), ("audio.pitch.note", 60.0, "C4"),
     ("audio.dbfs", -12.4, "-12"), ("bar.count", 17.0, "17"), ("audio.level", 0.5, "0.50")),
)  # fmt: skip
def test_a_meters_number_is_what_a_performer_reads(name, value, text):
    assert meters._number(name, value) == text
