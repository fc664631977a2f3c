"""A MIDI controller at the JACK server, in a process of its own as real ones are.

Each line of standard input is obeyed, and answered with a line: bytes in hex are sent, "told"
asks what the lamps were told, "clock BPM JITTER SECONDS" plays a MIDI clock from a start on and
answers the moment of its first tick. libjack takes no clients that end in two threads at once.
"""

import random
import sys
import time

import rtmidi


def clock(keys, bpm: float, jitter: float, seconds: float) -> float:
    """Send a start and ticks, each at its time give or take `jitter`; return the first's time."""
    noise, tick = random.Random(1), 60 / bpm / 24
    begin = time.perf_counter() + 0.1
    keys.send_message([0xFA])
    for number in range(round(seconds / tick)):
        at = begin + number * tick + noise.uniform(-jitter, jitter)
        time.sleep(max(at - time.perf_counter(), 0))
        keys.send_message([0xF8])
    return begin


def main(name: str) -> None:
    keys = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, f"{name} out")
    keys.open_virtual_port("out")
    lamps = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, f"{name} in")
    lamps.ignore_types(sysex=False)
    lamps.open_virtual_port("in")
    print("ready", flush=True)
    for line in sys.stdin:
        word, *more = line.split()
        if word == "told":
            heard = iter(lamps.get_message, None)
            print(",".join(bytes(data).hex() for data, _ in heard), flush=True)
        elif word == "clock":
            print(clock(keys, *map(float, more)), flush=True)
        else:
            keys.send_message(list(bytes.fromhex(word)))
            print(flush=True)
    keys.delete(), lamps.delete()


main(sys.argv[1])
