import os
import signal
import time

import numpy as np
import psutil
import pytest
from sounds import tone
from waiting import until

from engine.audio import hearing as room
from engine.audio.analysis import SETTINGS, Analysis
from engine.audio.block import Block
from engine.audio.hearing import Hearing
from engine.parameters import Store

RATE = 48000
DEFAULTS = {id: Store().get(id) for id in SETTINGS}


@pytest.fixture
def heard():
    """What a hearing found, and the hearing."""
    found = []
    hearing = Hearing(found.append)
    until(lambda: hearing._ready)
    yield found, hearing
    hearing.close()


def blocks(count: int):
    sound = np.tile(tone(220, 1), (count // 180 + 1, 1)).astype(np.float32)
    for number in range(count):
        yield Block(sound[256 * number :][:256], RATE, 5.0 + 256 * number / RATE)


def test_the_process_finds_to_the_bit_what_is_found_here(heard):
    found, hearing = heard
    here = Analysis()
    wanted = []
    for block in blocks(200):
        hearing.push(block, 1, DEFAULTS)
        wanted += here.push(block, 1, DEFAULTS)
        until(lambda: len(found) == len(wanted))  # noqa: B023 - called at once
    assert found == wanted
    assert 0 < hearing.seconds < 1
    assert hearing.ended is None


def test_a_killed_process_is_known_and_pushing_goes_on_in_peace(heard):
    _, hearing = heard
    hearing._child.kill()
    until(lambda: hearing.ended)
    assert hearing.ended == "it was killed"
    for block in blocks(100):
        hearing.push(block, 1, DEFAULTS)


def test_why_it_failed_is_its_last_line(heard):
    _, hearing = heard
    hearing.push(Block(np.zeros((256, 2), np.float32), 1, 0.0), 1, DEFAULTS)  # one sample a second
    until(lambda: hearing.ended)
    assert "Error" in hearing.ended
    assert "\n" not in hearing.ended


def test_what_listens_may_fail_and_is_named():
    def fail(found):
        raise ValueError("no room for it")

    hearing = Hearing(fail)
    until(lambda: hearing._ready)
    for block in blocks(3):
        hearing.push(block, 1, DEFAULTS)
    until(lambda: hearing.ended)
    hearing.close()
    assert hearing.ended == "ValueError: no room for it"


def test_a_process_that_hangs_never_blocks_and_is_given_up(heard, monkeypatch):
    monkeypatch.setattr(room, "PATIENCE", 0.2)
    _, hearing = heard
    os.kill(hearing._child.pid, signal.SIGSTOP)
    for block in blocks(1000):
        hearing.push(block, 1, DEFAULTS)
    assert hearing._sent <= room.WAITING + 256
    time.sleep(0.3)
    hearing.push(next(blocks(1)), 1, DEFAULTS)
    assert hearing.ended == "it answers no more"


def test_a_process_that_hangs_before_it_is_ready_is_given_up(monkeypatch):
    monkeypatch.setattr(room, "START", 0.2, raising=False)
    hearing = Hearing(print)
    os.kill(hearing._child.pid, signal.SIGSTOP)
    time.sleep(0.3)
    hearing.push(next(blocks(1)), 1, DEFAULTS)
    assert hearing.ended == "it does not begin"
    hearing.close()


def test_why_it_ended_stays_true_while_blocks_go_on_coming(heard, monkeypatch):
    monkeypatch.setattr(room, "PATIENCE", 0.0)
    _, hearing = heard
    hearing._child.kill()
    until(lambda: hearing.ended)
    for block in blocks(100):
        hearing.push(block, 1, DEFAULTS)
    assert hearing.ended == "it was killed"


def test_the_time_it_takes_counts_from_the_block_that_told_the_hop(heard):
    found, hearing = heard
    *first, last = blocks(6)
    os.kill(hearing._child.pid, signal.SIGSTOP)
    for block in first:
        hearing.push(block, 1, DEFAULTS)
    time.sleep(0.4)
    hearing.push(last, 1, DEFAULTS)
    os.kill(hearing._child.pid, signal.SIGCONT)
    until(lambda: len(found) > 2)
    assert 0.01 < hearing.seconds < 10


def test_much_that_it_says_does_not_stop_it(monkeypatch):
    monkeypatch.setenv("PYTHONVERBOSE", "1")  # some 500 KB on stderr
    hearing = Hearing(print)
    until(lambda: hearing._ready)
    hearing.close()


def test_the_process_ends_with_the_show(heard):
    _, hearing = heard
    process = psutil.Process(hearing._child.pid)
    hearing._child.stdin.close()
    process.wait(10)
