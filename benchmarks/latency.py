"""Times the way from sound to picture: clicks through a virtual sound card into a real show.

python3 -m benchmarks.latency [CLICKS]        60; then the card is taken away and put back

In: nothing; it starts a PulseAudio of its own (Linux, root or not) whose null sink is the card.
Out: for each station the milliseconds after the click itself (its sample's moment, as the card
tells it) and after the block that brought it came, median and 95th percentile; then how long the
card's return took to be heard, and the longest display frame meanwhile.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine import clock, show
from engine.display.output import Offscreen
from engine.mapping import Mapping
from engine.messages import Messages
from engine.options import Options

RATE = 48000
SINK = "module-null-sink sink_name=card rate=48000 channels=2 format=float32le"
LEAD = 2.5  # seconds of silence before the first click: an idle card takes 2 to wake
LOUD = 0.1  # of full scale: a click has begun
RISE = 1.3  # from one frame's mean light to the next: the picture has changed
STATIONS = ("block", "analysis", "parameter", "frame")


class Server:
    """A PulseAudio with one null sink; what is played into it is what the default input hears."""

    def __init__(self, home: Path):
        home.chmod(0o700)
        (home / ".asoundrc").write_text("pcm.!default {type pulse}\nctl.!default {type pulse}\n")
        own = {"HOME": home, "XDG_RUNTIME_DIR": home, "PULSE_SERVER": f"unix:{home}/native"}
        os.environ.update({name: str(value) for name, value in own.items()})
        os.environ.update(XDG_DATA_HOME=str(home / "data"))
        command = ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "-L", SINK]
        command += ["-L", f"module-native-protocol-unix auth-anonymous=1 socket={home}/native"]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        until((home / "native").exists, 10)

    def tell(self, *words: str) -> str:
        """Tell the server something; return its answer."""
        return subprocess.run(["pactl", *words], check=True, capture_output=True, text=True).stdout

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait()


def until(ready, seconds: float) -> float:
    """Wait until ready() holds; return how long that took."""
    begun = clock.now()
    while not ready():
        if clock.now() - begun > seconds:
            raise SystemExit("it did not happen in time")
        clock.sleep_until(clock.now() + 0.002)
    return clock.now() - begun


class Watched(Offscreen):
    """An output that notes when each frame was finished, and its mean light, read back."""

    frames: list[tuple[float, float]] = []

    def present(self) -> None:
        """Read the frame's middle back, then show it."""
        width, height = self.size
        part = (width // 4, height // 4, width // 2, height // 2)
        light = np.frombuffer(self.framebuffer.read(part, 3), np.uint8).mean()
        self.frames.append((clock.now(), float(light)))
        super().present()


def write_clicks(path: Path, count: int) -> None:
    """Write bursts of noise about half a second apart, after some silence."""
    draw = np.random.default_rng(1)
    length = round(0.02 * RATE)
    click = draw.uniform(-0.7, 0.7, length) * np.exp(-np.arange(length) / 200)
    places = RATE * (LEAD + np.cumsum(draw.uniform(0.4, 0.6, count)))
    sound = np.zeros((int(places[-1]) + 2 * RATE, 2), np.float32)
    for place in places.astype(int):
        sound[place : place + length] = click[:, None]
    soundfile.write(path, sound, RATE)


class Notes:
    """When each click reached each station of a show; the first time within `GAP` of another."""

    GAP = 0.2  # seconds

    def __init__(self, played: show.Show):
        self.seen: dict[str, list[float]] = {name: [] for name in STATIONS}
        self.sounds: list[float] = []  # moments of the clicks as the sound card tells them
        heard, published = played.listener._heard, played.signals.publish
        applied = played.store.apply

        def hear(samples, rate, moment):
            loud = np.flatnonzero(np.abs(samples[:, 0]) > LOUD)
            if len(loud) and self._note("block"):
                self.sounds.append(moment + loud[0] / rate)
            heard(samples, rate, moment)

        def publish(values, moment):
            published(values, moment)
            if values.get("audio.onset") == 1.0:
                self._note("analysis")

        def apply(offsets):
            applied(offsets)
            if offsets.get("output.brightness", 0.0) > 0.8:
                self._note("parameter")

        played.listener._heard, played.listener._publish = hear, publish
        played.store.apply = apply

    def _note(self, name: str) -> bool:
        now, seen = clock.now(), self.seen[name]
        fresh = not seen or now - seen[-1] > self.GAP
        if fresh:
            seen.append(now)
        return fresh

    def take_frames(self, frames: list[tuple[float, float]]) -> None:
        """Find the frames in which the picture became lighter at once."""
        light = np.array([light for _, light in frames])
        for place in 1 + np.flatnonzero(light[1:] > RISE * light[:-1] + 1):
            moment, seen = frames[place][0], self.seen["frame"]
            if not seen or moment - seen[-1] > self.GAP:
                seen.append(moment)


def first_after(moments: list[float], start: float, within: float = 0.3) -> float:
    """Return the first moment from `start` on, NaN if none comes in time."""
    return next((m for m in moments if start <= m < start + within), np.nan)


def report(count: int, notes: Notes) -> None:
    """Print a line for each station."""
    rows = []
    for sound, block in zip(notes.sounds, notes.seen["block"], strict=True):
        rows.append([sound, *(first_after(notes.seen[name], block) for name in STATIONS)])
    times = 1000 * np.array(rows)
    print(f"{count} clicks, {np.isfinite(times).all(axis=1).sum()} seen to the end; milliseconds")
    print("until        after the click                after its block came")
    for place, name in enumerate(STATIONS, 1):
        both = (times[:, place] - times[:, 0], times[:, place] - times[:, 1])
        numbers = [np.nanpercentile(x, p) for x in both for p in (50, 95)]
        line = "{:10} median {:5.1f}, 95% {:5.1f}      median {:5.1f}, 95% {:5.1f}"
        print(line.format(name, *numbers))


def unplug(server: Server, played: show.Show) -> None:
    """Take the card away for three seconds; print what that did to sound and picture."""
    begun = len(Watched.frames)
    number = server.tell("list", "short", "modules").split()[0]
    server.tell("unload-module", number)
    clock.sleep_until(clock.now() + 3)
    lines = len(played.messages.lines)
    server.tell("load-module", *SINK.split())
    back = until(lambda: any("is back" in x for x in list(played.messages.lines)[lines:]), 10)
    moments = np.array([moment for moment, _ in Watched.frames[begun:]])
    print(
        f"card taken away and put back: heard {back:.2f} s after (an idle null sink takes up to 2)"
    )
    print(f"longest display frame meanwhile {1000 * np.diff(moments).max():.1f} ms, "
          f"99% under {np.percentile(1000 * np.diff(moments), 99):.1f} ms")  # fmt: skip


def measure(count: int, home: Path) -> None:
    """Play a show with clicks and print the figures."""
    server = Server(home)
    show.Offscreen = Watched
    played = show.Show(Options(headless=True, audio="default", osc=("127.0.0.1", 0)), Messages())
    played.mapper.replace([Mapping("audio.onset", "output.brightness", 1.0)])
    played.store.set("output.brightness", 0.4)
    notes = Notes(played)
    failed: list[BaseException] = []

    def script() -> None:
        try:
            until(lambda: played.stage.first is not None, 60)
            write_clicks(home / "clicks.wav", count)
            subprocess.run(["paplay", "-d", "card", str(home / "clicks.wav")], check=True)
            notes.take_frames(Watched.frames)
            report(count, notes)
            print(f"{played.dreams.rate:.1f} dreams a second, "
                  f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")  # fmt: skip
            unplug(server, played)
        except BaseException as fault:
            failed.append(fault)
            raise
        finally:
            played.act("show.quit")

    worker = threading.Thread(target=script, name="script", daemon=True)
    played.start()
    worker.start()
    played.run()
    played.close()
    server.close()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"processor time of the whole show {used.ru_utime + used.ru_stime:.0f} s")
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    sys.setswitchinterval(0.001)
    with tempfile.TemporaryDirectory() as folder:
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else 60, Path(folder))
