"""A show and its peer in one network: prints as JSON what the show's clock makes of the peer's.

Run by test_link.py where nobody else hears it; with the word "peer" it is the peer.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import link

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine import clock
from engine.control.link import LinkSession
from engine.parameters import Store


def peer() -> None:
    """Answer each line of standard input, a tempo or nothing, with the moment and the beat then."""
    one = link.Link(123.4)
    one.enabled = True
    for line in sys.stdin:
        state = one.captureSessionState()
        if line.strip():
            state.setTempo(float(line), one.clock().micros())
            one.commitSessionState(state)
        before, there = clock.now(), one.clock().micros()
        moment = (before + clock.now()) / 2
        print(json.dumps([moment, state.beatAtTime(there, 4)]), flush=True)


def ask(process: subprocess.Popen, line: str = "") -> list[float]:
    """Return what the peer says: moment and beat."""
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def until(condition) -> None:
    """Wait until `condition` holds, at most ten seconds."""
    for _ in range(400):
        if condition():
            return
        time.sleep(0.025)
    raise AssertionError("never came")


def show() -> dict:
    """Return what the show heard."""
    store, lines = Store(), []
    beat = clock.Clock(store.get)
    session = LinkSession(store.get, beat, lines.append)
    session.start()
    words = [sys.executable, __file__, "peer"]
    other = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    ask(other)
    time.sleep(1)
    found = {"peers_before": session._peers}
    store.set("tempo.link", "on")
    until(lambda: beat.signals(clock.now())["tempo.bpm"] != 120)
    time.sleep(2.5)  # the glide is over
    said = [ask(other) for _ in range(10) if time.sleep(0.05) is None]
    apart = [beat.at(moment) - theirs for moment, theirs in said]
    bpm = beat.signals(clock.now())["tempo.bpm"]
    found |= {
        "leader": beat.leader,
        "bpm": bpm,
        "off_ms": [abs((a + 0.5) % 1 - 0.5) * 60000 / bpm for a in apart],
        "bars_apart": [abs((a + 2) % 4 - 2) for a in apart],
    }
    ask(other, "140")
    until(lambda: abs(beat.signals(clock.now())["tempo.bpm"] - 140) < 0.1)
    found["changed_bpm"] = beat.signals(clock.now())["tempo.bpm"]
    other.stdin.close()  # it says goodbye; of one that is killed Link hears after 6 s
    other.wait()
    until(lambda: beat.signals(clock.now()) and beat.leader == "fixed")
    found |= {"leader_after": beat.leader, "bpm_after": beat.signals(clock.now())["tempo.bpm"]}
    session.stop()
    return found


if __name__ == "__main__":
    peer() if sys.argv[1:] == ["peer"] else print(json.dumps(show()))
