"""Ableton Link with real peers, in a network of their own that reaches nobody else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.clock import Clock
from engine.control.link import PACKAGE, LinkSession
from engine.parameters import Store

HERE = Path(__file__).parent
ALONE = "ip link set lo up && ip route add 224.0.0.0/4 dev lo && exec "


@pytest.fixture(scope="module")
def heard():
    """What a show says of the beat of a peer at 123.4 beats a minute, and of its going."""
    script = ALONE + f"'{sys.executable}' '{HERE / 'link_show.py'}'"
    command = ["unshare", "--map-root-user", "--net", "bash", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=HERE.parents[1])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_show_takes_the_peers_tempo_and_beat_within_5_ms(heard):
    assert heard["leader"] == "link"
    assert heard["bpm"] == pytest.approx(123.4, abs=0.01)
    assert max(heard["off_ms"]) < 5


def test_the_bar_is_the_peers(heard):
    assert max(heard["bars_apart"]) < 0.02


def test_a_tempo_that_a_peer_changes_is_followed(heard):
    assert heard["changed_bpm"] == pytest.approx(140, abs=0.01)


def test_when_the_peer_goes_the_lead_goes_on_without_a_jump(heard):
    assert heard["leader_after"] == "fixed"
    assert heard["bpm_after"] == pytest.approx(140, abs=0.01)


def test_switched_off_nothing_is_joined(heard):
    assert heard["peers_before"] == 0


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "link", None)
    store, standing = Store(), []
    session = LinkSession(
        store.get, Clock(store.get), print, lambda *lines: standing.append(lines)
    )  # fmt: skip
    store.set("tempo.link", "on")
    for _ in range(3):
        session._tick()
    assert PACKAGE in standing[-1][0]
    assert sum(map(len, standing)) == 1
    store.set("tempo.link", "off")
    session._tick()
    assert standing[-1] == ()  # nobody wants it any more
