"""Lines for the performer: each once, errors kept."""

import time

from engine import messages as rooms
from engine.messages import Messages


def test_a_line_is_shown_once_until_it_changes():
    heard = []
    messages = Messages(heard.append)
    for text in ("lost", "lost", "back", "lost"):
        messages.say("audio", text)
    messages.close()
    assert heard == list(messages.lines) == ["audio: lost", "audio: back", "audio: lost"]
    assert not messages.errors


def test_rooms_do_not_silence_each_other():
    messages = Messages()
    for _ in range(3):
        messages.say("audio", "lost")
        messages.say("osc", "refused")
    assert list(messages.lines) == ["audio: lost", "osc: refused"]


def test_an_error_is_said_and_kept_once():
    messages = Messages()
    messages.error("dream", "failed")
    messages.error("dream", "failed")
    assert list(messages.errors) == list(messages.lines) == ["dream: failed"]


def test_what_happens_a_second_time_is_said_a_second_time(monkeypatch):
    monkeypatch.setattr(rooms, "QUIET", 0.05)
    messages = Messages()
    for _ in range(2):
        messages.error("preset", "no preset is called 'Reeef'")
        time.sleep(0.1)
    assert (
        list(messages.errors) == list(messages.lines) == ["preset: no preset is called 'Reeef'"] * 2
    )


def test_a_fault_that_still_stands_is_not_said_again(monkeypatch):
    monkeypatch.setattr(rooms, "QUIET", 0.0)
    messages = Messages()
    messages.stand("osc", "cannot listen")
    messages.stand("osc", "cannot listen", "nor be found")
    messages.stand("osc")
    messages.stand("osc", "cannot listen")
    assert list(messages.errors) == [
        "osc: cannot listen",
        "osc: nor be found",
        "osc: cannot listen",
    ]


def test_however_much_is_said_little_is_kept():
    messages = Messages(keep=5)
    for number in range(1000):
        messages.error("osc", f"refused {number}")
    assert list(messages.lines) == [f"osc: refused {n}" for n in range(995, 1000)]
    assert len(messages.errors) == 5


def test_a_console_that_cannot_be_written_stops_nobody():
    def full(line):
        raise OSError("no space left")

    messages = Messages(full)
    messages.say("audio", "lost")
    messages.error("audio", "gone")
    messages.close()
    assert list(messages.lines) == ["audio: lost", "audio: gone"]


def test_a_name_that_is_no_text_is_said_all_the_same():
    messages = Messages()
    messages.error("audio", "caf\udce9.wav")
    assert list(messages.errors) == ["audio: caf?.wav"]


def test_a_fault_stands_until_its_room_has_recovered_however_much_is_said():
    messages = Messages(keep=5)
    messages.stand("osc", "cannot listen")
    messages.stand("cues", "no preset Reeef", "no preset Tiide")
    for number in range(100):
        messages.say("osc", f"refused {number}")
    assert list(messages.faults.values()) == [
        "osc: cannot listen", "cues: no preset Reeef (and 1 more, below)",
    ]  # fmt: skip
    messages.stand("osc")
    messages.stand("midi")  # nothing was wrong there
    assert list(messages.faults) == ["cues"]
    assert "cues: no preset Tiide" in messages.errors
