"""A program in C on the other side: liblo's oscsend plays, its oscdump listens."""

import subprocess

import pytest
from osc_client import address_of, wait

from engine.parameters import ACTIONS


def oscsend(show, *words):
    command = ["oscsend", f"osc.udp://127.0.0.1:{show.server.port}", *map(str, words)]
    subprocess.run(command, check=True, timeout=10)


def test_every_parameter_and_action_is_played_from_c(show):
    for row in show.store.rows():
        value = row.clip(row.min + 0.75 * (row.max - row.min))
        tag = "i" if row.whole else "f"
        oscsend(show, address_of(row), tag, int(value) if row.whole else value)
        wait(lambda row=row, value=value: show.store.get(row.id) == pytest.approx(value, rel=1e-5))
    for name in ACTIONS:
        oscsend(
            show, "/" + name.replace(".", "/"), *(("s", "a name") if ACTIONS[name].takes else ())
        )
    wait(lambda: [name for name, _ in show.acts] == list(ACTIONS))
    assert show.lines == []


def test_the_types_that_c_programs_send_are_read(show):
    for words, value in (
        (("T",), 1), (("F",), 0), (("i", 1), 1), (("h", 0), 0), (("d", 1.0), 1), (("f", 0.0), 0),
    ):  # fmt: skip
        oscsend(show, "/output/freeze", *words)
        wait(lambda value=value: show.store.get("output.freeze") == value)
    oscsend(show, "/beat/tap", "I")
    oscsend(show, "/motion/{x,y}/norm", "f", 1.0)
    wait(lambda: show.acts == [("beat.tap", "")] and show.store.get("motion.y") == 1)


def test_c_programs_hear_values_and_signals(show):
    show.signals = {"audio.level": 0.25}
    port = show.client.getsockname()[1]
    show.client.close()
    dump = subprocess.Popen(["oscdump", "-L", str(port)], stdout=subprocess.PIPE, text=True)
    try:
        heard, wanted = "", ("/motion/zoom f 0.12", "/audio/level f 0.25")
        show.client = show.socket()
        while not all(words in heard for words in wanted):
            show.send("/subscribe", port)
            show.send("/subscribe/signals", port, 20.0)
            heard += dump.stdout.readline()
    finally:
        dump.terminate()
        dump.wait(10)
        dump.stdout.close()
