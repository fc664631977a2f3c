"""Bad OSC by the million at a show that plays: python -m benchmarks.packets [NUMBER] [RATE]

In: how many random packets (1,000,000), how many a second (10,000). Out: one document of JSON: what
the display did meanwhile and in a show as long that was left alone, whether every value stayed in
its range and the show still obeys. The packets are bundles in bundles with times to come, patterns,
damaged and truncated ones, wrong types, plain noise and every third a good one.
"""

import json
import random
import socket
import struct
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from pythonosc.osc_message_builder import build_msg

from engine import clock
from engine.control.osc_input import AHEAD
from engine.options import ROOT
from engine.parameters import TABLE, Parameter

NTP_NOW = 0x83AA7E80 << 32  # of a time tag, 1970
PATTERNS = (
    *(b"/motion/{x,y", b"/{motion,tone}/[a-m]*", b"/?otion/z", b"/" + b"*a" * 60, b"/tone/*"),
    *(b"/lfo/*/*/norm", b"/[!a-z]*/norm", b"/*/" + b"{a,b}" * 30, b"/output/br??htness"),
)
TYPES = (b",f", b",i", b",ff", b",s", b",T", b",[", b",b", b",\xff")
REACHING = ("recording.on", "tempo.link")  # out of the show
SLOWING = ("dream.octaves", "dream.octave_scale", "dream.iterations", "dream.unzoom")  # the dream
AT_ONCE = 50  # packets between two looks at the clock


def address_of(row: Parameter) -> bytes:
    """Return a row's address."""
    return b"/" + row.id.replace(".", "/").encode()


def message(address: bytes, tags: bytes, data: bytes = b"") -> bytes:
    """Return a message's bytes, whether they make sense or not."""
    return b"".join(text + bytes(4 - len(text) % 4) for text in (address, tags)) + data


def random_packet(chance: random.Random, rows: list[Parameter], unix: float = 0.0) -> bytes:
    """Return a packet of any kind; times of bundles are up to 20 s after `unix`, in seconds."""
    value = struct.pack(">f", chance.uniform(-1e6, 1e6))
    good = message(address_of(chance.choice(rows)), b",f", value)
    wild = message(chance.choice([*PATTERNS, address_of(chance.choice(rows))]),
                   chance.choice(TYPES), value)  # fmt: skip
    place = chance.randrange(len(wild))
    return chance.choice(
        (
            good,
            good,
            wild,
            chance.randbytes(chance.randrange(64)),
            _bundled(chance, chance.choice((good, wild)), unix),
            wild[:place] + chance.randbytes(1) + wild[place + 1 :],
            wild[:place],
        )
    )


def _bundled(chance: random.Random, packet: bytes, unix: float) -> bytes:
    for _ in range(chance.randrange(1, 12)):
        tag = NTP_NOW + int((unix + chance.random() * 20) * 2**32)
        twice = 1 + (len(packet) < 500)
        element = struct.pack(">i", len(packet)) + packet
        packet = b"#bundle\0" + struct.pack(">Q", tag) + element * twice
    return packet


def _free(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Show:
    """A headless show in a process of its own."""

    def __init__(self, stats: Path):
        self.osc, self.http, self.stats = _free(socket.SOCK_DGRAM), _free(socket.SOCK_STREAM), stats
        command = [sys.executable, str(ROOT / "perform.py"), "--here", "play", "--headless"]
        command += ["--audio", "demo", "--stats", str(stats), "--osc", f"127.0.0.1:{self.osc}"]
        command += ["--oscquery", f"127.0.0.1:{self.http}"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        while True:
            try:
                self.values()
                break
            except OSError:
                rest(0.2)
        rest(5)

    def send(self, packet: bytes) -> None:
        """Send one packet."""
        self.socket.sendto(packet, ("127.0.0.1", self.osc))

    def values(self) -> dict:
        """Return the tree as the show tells it."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/", timeout=5) as answer:
            return json.load(answer)

    def end(self) -> tuple[dict, int]:
        """Ask it to end; return its figures and how many lines it said."""
        while self.process.poll() is None:
            self.send(build_msg("/show/quit", 1).dgram)
            rest(0.5)
        said = self.process.stderr.read()
        assert "Traceback" not in said, said
        return json.loads(self.stats.read_text("utf-8")), said.count("\n")


def rest(seconds: float) -> None:
    """Sleep."""
    clock.sleep_until(clock.now() + seconds)


def flood(show: Show, number: int, rate: float) -> float:
    """Send so many packets at this rate; return the seconds that it took."""
    chance = random.Random(1)
    rows = [row for row in TABLE if row.id not in REACHING + SLOWING and not row.id.endswith("*")]
    unix = -clock.of_ntp(NTP_NOW) + clock.now()
    begun = clock.now()
    for sent in range(number):
        if sent % AT_ONCE == 0:
            clock.sleep_until(begun + sent / rate)
            packets = [random_packet(chance, rows, unix + sent / rate) for _ in range(AT_ONCE)]
        show.send(packets[sent % AT_ONCE])
    return clock.now() - begun


def out_of_range(node: dict) -> list[str]:
    """Return the paths whose value is outside its own range."""
    found = [path for child in node.get("CONTENTS", {}).values() for path in out_of_range(child)]
    if node.get("RANGE") and node.get("VALUE"):
        (span,), (value,) = node["RANGE"], node["VALUE"]
        fits = value in span["VALS"] if "VALS" in span else span["MIN"] <= value <= span["MAX"]
        found += [] if fits else [node["FULL_PATH"]]
    return found


def run(number: int, rate: float) -> dict:
    """Play twice, once in peace and once under fire, and return what the display did."""
    with tempfile.TemporaryDirectory() as folder:
        show = Show(Path(folder) / "peace.json")
        rest(min(number / rate, 60))
        peace, _ = show.end()
        show = Show(Path(folder) / "fire.json")
        seconds = flood(show, number, rate)
        rest(AHEAD + 1)  # until the last bundle's time has come
        outside = out_of_range(show.values())
        show.send(build_msg("/output/brightness", 0.5).dgram)
        rest(0.5)
        obeys = show.values()["CONTENTS"]["output"]["CONTENTS"]["brightness"]["VALUE"] == [0.5]
        fire, lines = show.end()
    keys = ("display_interval_ms", "display_fps", "dream_fps", "errors")
    return {
        "packets": number, "a_second": round(number / seconds), "outside": outside, "obeys": obeys,
        "lines_said": lines, "in_peace": {k: peace[k] for k in keys},
        "under_fire": {k: fire[k] for k in keys},
    }  # fmt: skip


if __name__ == "__main__":
    words = [float(word) for word in sys.argv[1:]] + [1e6, 1e4][len(sys.argv) - 1 :]
    print(json.dumps(run(int(words[0]), words[1]), indent=1))
