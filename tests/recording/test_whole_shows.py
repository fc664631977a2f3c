"""Recordings of real shows: sound and picture meet, and a kill leaves what was recorded."""

import socket

import pytest

from benchmarks import flash_click, kill


@pytest.fixture
def small():
    """Options of a small show on ports of its own."""
    free = []
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as s:
            s.bind(("127.0.0.1", 0))
            free.append(f"127.0.0.1:{s.getsockname()[1]}")
    return ["--size", "112x64", "--output", "320x180", "--osc", free[0], "--oscquery", free[1]]


def test_flash_and_click_meet_within_a_frame_at_the_start_and_at_the_end(tmp_path, small):
    found = flash_click.run(tmp_path, 9, small)
    assert found["clicks"] >= 8
    assert found["flashes"] >= 8
    assert abs(found["first_ms"]) < found["frame_ms"]
    assert abs(found["last_ms"]) < found["frame_ms"]


def test_a_show_that_is_killed_leaves_all_but_the_last_two_seconds(tmp_path, small):
    path = tmp_path / "set.mp4"
    recorded = kill.kill(path, 4.3, small)
    found = kill.look(path, recorded)
    assert found["opens"]
    assert found["lost"] < kill.LOST, found
