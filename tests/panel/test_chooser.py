"""A file is chosen in the system's own window, while the panel goes on."""

import pytest

ASKED = """#!/bin/sh
[ "$1" = --help ] && exit 0
while [ ! -e "{answer}" ]; do sleep 0.05; done
cat "{answer}"
"""


@pytest.fixture
def path(monkeypatch, tmp_path):
    """A folder for programs; those that are needed elsewhere are found behind it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_the_panel_goes_on_while_a_file_is_chosen_and_then_opens_it(room, path, tmp_path):
    answer, program = tmp_path / "answer", path / "zenity"
    program.write_text(ASKED.format(answer=answer))
    program.chmod(0o755)
    room.open()
    room.click("Open…")
    room.click("Open…")  # one window is enough
    room.draw(20)
    assert room.acts == []
    answer.write_text("/music/Set 1.wav\n")
    for _ in range(200):
        room.draw(2)
        if room.acts:
            break
    room.draw(10)
    assert room.acts == [("audio.open", "/music/Set 1.wav")]


def test_without_a_program_for_it_there_is_no_button(room, monkeypatch, tmp_path):
    monkeypatch.setattr("engine.panel.chooser.PROGRAMS", ("no-such-program",))
    room.open()
    assert "##file" in room.places
    assert "Open…" not in room.places
