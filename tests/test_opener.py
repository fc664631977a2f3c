"""What is opened beside the show: in order, a failure as a line, not waited for at the end."""

import subprocess
import sys
import threading

from waiting import until

from engine.opener import AT_ONCE, Opener

HANGS = """
import time
from engine.opener import Opener
opener, begun = Opener(print, lambda: None), []
opener.do("audio", lambda: (begun.append(1), time.sleep(60)))
while not begun:
    time.sleep(0.01)
opener.stop()
"""


def test_things_are_opened_one_after_the_other_and_a_failure_is_a_line():
    done, errors = [], []
    opener = Opener(lambda *line: errors.append(line), lambda: done.append("begun"))
    for number in range(3):
        assert opener.do("audio", done.append, number)
    until(lambda: done == ["begun", 0, 1, 2])
    assert opener.do("guide", {}.__getitem__, "gone")
    assert opener.do("audio", done.append, 3)
    until(lambda: done[-1] == 3)
    assert errors == [("guide", "'gone'")]
    opener.stop()


def test_more_than_a_few_that_wait_are_refused():
    gate, done, errors = threading.Event(), [], []
    opener = Opener(lambda *line: errors.append(line), lambda: None)
    opener.do("audio", gate.wait)
    until(opener._work.empty)
    assert all(opener.do("audio", done.append, number) for number in range(AT_ONCE))
    assert not opener.do("network", done.append, AT_ONCE)
    assert errors == [("network", "too much to open at once")]
    gate.set()
    until(lambda: done == list(range(AT_ONCE)))
    opener.stop()


def test_what_is_begun_when_the_show_ends_is_not_waited_for():
    subprocess.run([sys.executable, "-c", HANGS], check=True, timeout=20)
