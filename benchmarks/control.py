"""Times the way from a control to its parameter: MIDI through a JACK server into a real show.

python3 -m benchmarks.control [MOVES]          400 moves at each of three periods of the server

In: nothing; it starts a JACK server of its own without a sound card (Linux), a controller in a
process of its own, and a headless show that plays the demo track. Out: for each period of the
server the milliseconds from a knob's message being sent until the store has its value: median,
95th percentile, longest. JACK hands a message on with its next period, or the one after.
"""

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine import clock
from engine.options import Options, own_folder

RATE = 48000
PERIODS = (64, 128, 256)  # frames
KNOB = "Knob out:out"  # the controller's port, as the show knows it
BINDING = f"""version = 1
[[binding]]
port = "{KNOB}"
control = "1.cc.7"
to = "motion.zoom"
takeover = "jump"
"""


def send(count: int) -> None:
    """Be the controller: send so many moves once told to; print the moment of each."""
    import rtmidi

    out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, "Knob out")
    out.open_virtual_port("out")
    input()
    gaps, moments = random.Random(1), []
    for number in range(count):
        time.sleep(gaps.uniform(0.015, 0.035))
        moments.append(time.perf_counter())
        out.send_message([0xB0, 7, number % 128])
    time.sleep(0.2)
    print(*moments, flush=True)
    out.delete()


def until(ready, seconds: float = 30.0) -> None:
    """Wait until ready() holds."""
    end = clock.now() + seconds
    while not ready():
        if clock.now() > end:
            raise SystemExit("it did not happen in time")
        clock.sleep_until(clock.now() + 0.02)


def served(name: str, frames: int) -> subprocess.Popen:
    """Start a JACK server of this period; return its process once clients can come."""
    command = ["jackd", "--name", name, "-R", "-P", "10", "--no-mlock", "-d", "dummy"]
    command += ["-r", str(RATE), "-p", str(frames)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, **quiet)
    until(Path(f"/dev/shm/jack_{name}_{os.getuid()}_0").exists)
    return server


def moved(played, frames: int, count: int) -> np.ndarray:
    """Return how long each move took to the store, in milliseconds, at this period."""
    server = served(os.environ["JACK_DEFAULT_SERVER"], frames)
    command = [sys.executable, "-m", "benchmarks.control", "send", str(count)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    said = len(played.messages.lines)
    with subprocess.Popen(command, **pipes) as knob:
        until(lambda: any(f"{KNOB} is here" in x for x in list(played.messages.lines)[said:]))
        arrived, put = [], played.store.set

        def note(id: str, value: object) -> float:
            number = put(id, value)
            arrived.append(clock.now())
            return number

        played.store.set = note
        sent = np.array(knob.communicate("\n")[0].split(), float)
        played.store.set = put
    server.terminate()
    server.wait()
    until(lambda: any("has gone" in x for x in list(played.messages.lines)[said:]))
    if len(arrived) != count:
        raise SystemExit(f"{count} moves were sent, {len(arrived)} came")
    return 1000 * (np.array(arrived) - sent)


def measure(count: int) -> None:
    """Play a show, move its knob, print the figures."""
    from engine.messages import Messages
    from engine.show import Show

    own_folder().mkdir(parents=True, exist_ok=True)
    (own_folder() / "midi.toml").write_text(BINDING, "utf-8")
    addresses = {"osc": ("127.0.0.1", 0), "oscquery": ("127.0.0.1", 0)}
    played = Show(Options(headless=True, audio="demo", **addresses), Messages())

    def script() -> None:
        try:
            until(lambda: played.stage.first is not None, 60)
            for frames in PERIODS:
                took, period = moved(played, frames, count), 1000 * frames / RATE
                numbers = (*np.percentile(took, (50, 95)), took.max())
                print(f"{frames} frames ({period:.1f} ms): {count} moves, "
                      "median {:.2f}, 95% {:.2f}, longest {:.2f} ms".format(*numbers))  # fmt: skip
            rates = played.dreams.rate, played.stage.intervals.rate
            print("meanwhile {:.1f} dreams and {:.1f} frames a second".format(*rates))
        finally:
            played.act("show.quit")

    threading.Thread(target=script, name="script", daemon=True).start()
    played.start()
    played.run()
    played.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["send"]:
        send(int(sys.argv[2]))
    else:
        sys.setswitchinterval(0.001)
        with tempfile.TemporaryDirectory() as folder:
            os.environ |= {"XDG_DATA_HOME": folder, "JACK_NO_AUDIO_RESERVATION": "1"}
            os.environ["JACK_DEFAULT_SERVER"] = f"control-{os.getpid()}"
            measure(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
