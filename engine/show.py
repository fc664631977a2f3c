"""Joins the rooms and owns the show: one object, one loop, from the first frame to the last.

In: Options from the command line. Out: an exit status. Main thread: window events, the panel,
actions; everything that plays runs in the rooms' own threads (ARCHITECTURE.md, Threads).
"""

import contextlib
import json
import signal
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
import torch

from engine import clock
from engine.audio.block import AudioError
from engine.audio.listener import Listener
from engine.camera import CameraPath, Picture
from engine.control.keyboard import Keyboard
from engine.control.osc import OscError, OscServer
from engine.display.output import DisplayError, Offscreen, Window, wait_events
from engine.dream.runner import Runner, prepare
from engine.latent.walker import Walker
from engine.mailbox import Mailbox
from engine.mapping import Mapper, Signals
from engine.messages import Messages
from engine.networks.files import NetworkError, read
from engine.networks.generator import Generator
from engine.parameters import ACTIONS, ParameterError, Store
from engine.presets import Bank, PresetError
from engine.recording.recorder import Recorder, RecordingError
from engine.stage import Stage
from engine.stats import Times, rss_mb

ROOT = Path(__file__).resolve().parents[1]
STARTER = ROOT / "networks" / "ornament-256-discriminator.safetensors"
GENERATOR = ROOT / "networks" / "ornament-256-generator.safetensors"
OPENING = "Pearl"  # the preset that a show begins with
LAYERS = {"b16_conv1": 1.0, "b8_conv1": 0.3}  # that a network starts with, where it has them
TICK = 1 / 30  # seconds of the main loop
WAITING = 64  # actions that may wait for the main loop
SIZES = {"cpu": ((224, 128), (640, 360), 30), "cuda": ((896, 512), (1280, 720), 60)}
REFUSALS = (AudioError, NetworkError, PresetError, ParameterError, DisplayError, RecordingError)


@dataclass(frozen=True)
class Options:
    """What the command line asks for; None takes the default of this machine."""

    audio: str | None = None
    network: Path | None = None
    preset: str | None = None
    size: tuple[int, int] | None = None
    output: tuple[int, int] | None = None
    single: bool = False
    headless: bool = False
    seconds: float | None = None
    record: Path | None = None
    osc: tuple[str, int] = ("127.0.0.1", 9000)
    settings: dict[str, object] = field(default_factory=dict)
    stats: Path | None = None


def play(options: Options) -> int:
    """Play a show to its end; return the exit status, 2 if it could not start."""
    messages = Messages(lambda line: print(line, file=sys.stderr, flush=True))
    sys.setswitchinterval(0.001)  # a waiting stage gets its turn within a millisecond
    try:
        show = Show(options, messages)
    except REFUSALS as refusal:
        print(f"Error: {refusal}", file=sys.stderr)
        return 2
    try:
        signal.signal(signal.SIGTERM, lambda *_: show.act("show.quit"))
        with contextlib.suppress(KeyboardInterrupt):
            show.run()
    finally:
        show.close()
    return 0


class Show:
    """All rooms of one show, wired; refuses (REFUSALS) what cannot start."""

    def __init__(self, options: Options, messages: Messages):
        self.options, self.messages = options, messages
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        size, output, self.record_fps = SIZES[self.device]
        self.size, output = options.size or size, options.output or output
        self.store, self.signals, self.mapper = Store(), Signals(), Mapper()
        self.beat, self.path, self.pictures = clock.Clock(), CameraPath(), Mailbox[Picture]()
        self._asked: deque[tuple[str, str, float]] = deque(maxlen=WAITING)
        self._ended = False
        self.recorder: Recorder | None = None
        self._record_path = options.record

        network = prepare(read(options.network or STARTER))
        self._fill_layers(network)
        self.bank = Bank([ROOT / "presets", _own_folder() / "presets"], self._say("preset"))
        self.bank.load(options.preset or OPENING, self.store, self.mapper)
        for id, value in options.settings.items():
            self.store.set(id, value)
        self.store.set("recording.on", options.record is not None)

        self.dream_times = Times()
        self.runner = Runner(
            network, self.size, self.store.snapshot, self.path, self.pictures,
            self.dream_times.add, self._error("dream"),
        )  # fmt: skip
        self.listener = Listener(
            self.store, self.signals.publish, self._say("audio"), self.beat.follow, self._heard
        )
        self.osc = OscServer(*options.osc, self.store, self.act, self._say("osc"))
        self.keyboard = Keyboard(self.store, self.act, self._say("keys"))
        self.output = self._open_output(output)
        self.stage = Stage(
            self.output, self.store, self.signals, self.mapper, self.beat, self.path,
            self.pictures, self._error("stage"),
        )  # fmt: skip
        self._start()

    def _start(self) -> None:
        """Start every room that can be; the output first, for without it there is no show."""
        self.rss_start = rss_mb()
        self.stage.start()
        self.runner.start()
        self._in_background("latent", self._start_walker)
        self.listener.open(self.options.audio)
        try:
            self.osc.start()
        except OscError as fault:
            self.messages.error("osc", str(fault))

    def run(self) -> None:
        """The show itself: serve the windows and the performer until someone ends it."""
        while not self._ended and not self.output.closed:
            self._serve_windows()
            while self._asked:
                self._do(*self._asked.popleft())
            self._keep_recording()
            self._ended |= self._time_is_over()

    def close(self) -> None:
        """Finish the recording, stop every room, write the figures."""
        seconds = clock.now() - (self.stage.first or clock.now())
        self.store.set("recording.on", 0)
        self._keep_recording()
        for room in (self.osc, self.runner, self.listener, self.stage):
            room.stop()
        report = self.recorder.stop() if self.recorder else None
        self.output.close()
        if self.options.stats:
            self._write_stats(seconds, report)

    # ------------------------------------------------------------------ the performer

    def act(self, name: str, argument: str = "") -> None:
        """Ask for an action of the table, from any thread; the main loop does it."""
        if name not in ACTIONS:
            raise ParameterError(f"{name!r}: no action of this name")
        self._asked.append((name, argument, clock.now()))

    def _do(self, name: str, argument: str, moment: float) -> None:
        try:
            getattr(self, "_do_" + name.replace(".", "_"))(argument, moment)
        except REFUSALS as refusal:
            self.messages.error(name.split(".")[0], str(refusal))

    def _do_beat_tap(self, argument: str, moment: float) -> None:
        self.beat.tap(moment)

    def _do_beat_release(self, argument: str, moment: float) -> None:
        self.beat.release()

    def _do_preset_load(self, name: str, moment: float) -> None:
        self.bank.load(name, self.store, self.mapper)

    def _do_preset_save(self, name: str, moment: float) -> None:
        self.bank.save(name, self.store, self.mapper)

    def _do_preset_next(self, argument: str, moment: float) -> None:
        self.bank.load(self.bank.step(1), self.store, self.mapper)

    def _do_preset_previous(self, argument: str, moment: float) -> None:
        self.bank.load(self.bank.step(-1), self.store, self.mapper)

    def _do_audio_open(self, source: str, moment: float) -> None:
        self._in_background("audio", lambda: self.listener.open(source or None))

    def _do_network_load(self, path: str, moment: float) -> None:
        self._in_background("network", lambda: self._load_network(Path(path)))

    def _do_output_fullscreen(self, argument: str, moment: float) -> None:
        self.output.fullscreen()

    def _do_show_quit(self, argument: str, moment: float) -> None:
        self._ended = True

    # ------------------------------------------------------------------ the rooms

    def _open_output(self, size: tuple[int, int]) -> Offscreen | Window:
        if self.options.headless:
            return Offscreen(size)
        return Window(size, "Other Half", key=self.keyboard.event, drop=self._dropped)

    def _serve_windows(self) -> None:
        if self.options.headless:
            clock.sleep_until(clock.now() + TICK)
        else:
            wait_events(TICK)

    def _dropped(self, paths: list[str]) -> None:
        for path in paths[:1]:
            network = path.lower().endswith((".safetensors", ".pkl", ".pt"))
            self.act("network.load" if network else "audio.open", path)

    def _fill_layers(self, network) -> None:
        defaults = {name: LAYERS.get(name, 0.0) for name in network.layers}
        self.store.fill("dream.layer.", defaults)

    def _load_network(self, path: Path) -> None:
        network = prepare(read(path))
        self._fill_layers(network)
        self.runner.use(network)
        self.messages.say("network", f"dreaming through {path.name}")

    def _start_walker(self) -> None:
        generator = Generator(read(GENERATOR), self.runner.dreamer.network.device)
        self.runner.walker = Walker(generator, self.size, self._error("latent"))

    def _in_background(self, room: str, work) -> None:
        """Do `work` beside the show; what it refuses becomes a line."""

        def guarded() -> None:
            try:
                work()
            except REFUSALS as refusal:
                self.messages.error(room, str(refusal))

        threading.Thread(target=guarded, name=room, daemon=True).start()

    def _say(self, room: str):
        return lambda text: self.messages.say(room, text)

    def _error(self, room: str):
        return lambda text: self.messages.error(room, text)

    # ------------------------------------------------------------------ recording and the end

    def _heard(self, block, rate: int, moment: float) -> None:
        recorder = self.recorder
        if recorder is not None:
            recorder.sound(block, rate, moment)

    def _keep_recording(self) -> None:
        """Make the recorder follow the parameter recording.on."""
        wanted = bool(self.store.get("recording.on"))
        running = self.stage.recorder is not None
        if running and self.recorder.failed:
            self.messages.error("recording", self.recorder.failed)
            self.store.set("recording.on", 0)
            wanted = False
        if running and not wanted:
            self.stage.recorder = None
            self.recorder.end()
        if wanted and not running:
            self._start_recording()

    def _start_recording(self) -> None:
        path, self._record_path = self._record_path or _new_recording(), None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            say = self._say("recording")
            self.recorder = Recorder(path, self.output.size, self.record_fps, say)
            self.stage.recorder = self.recorder
        except (RecordingError, OSError) as refusal:
            self.messages.error("recording", str(refusal))
            self.store.set("recording.on", 0)

    def _time_is_over(self) -> bool:
        first, seconds = self.stage.first, self.options.seconds
        return None not in (first, seconds) and clock.now() - first >= seconds

    def _write_stats(self, seconds: float, report) -> None:
        late = self.stage.intervals.over(1.5 / 60)
        figures = {
            "dream_fps": round(self.dream_times.count / max(seconds, 1e-3), 2),
            "display_fps": round(self.stage.intervals.count / max(seconds, 1e-3), 2),
            "display_interval_ms": self.stage.intervals.summary(50, 95, 99),
            "dream_ms": self.dream_times.summary(50, 95),
            "drops": {"display": late, "record": report.dropped if report else 0},
            "latency_ms": {
                "audio_block": round(self.listener.block_ms, 2),
                "analysis": round(self.listener.analysis_ms, 2),
                "display": round(self.stage.intervals.percentile(50), 2),
            },
            "device": self.device,
            "network": self.runner.dreamer.network.name,
            "size": list(self.size),
            "octaves": int(self.store.get("dream.octaves")),
            "iterations": int(self.store.get("dream.iterations")),
            "seconds": round(seconds, 2),
            "rss_mb": {"start": round(self.rss_start, 1), "end": round(rss_mb(), 1)},
            "errors": list(self.messages.errors),
        }
        self.options.stats.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def _own_folder() -> Path:
    """Return the performer's folder: portable/ beside perform.py if it is there, else the system's."""
    portable = ROOT / "portable"
    return portable if portable.is_dir() else Path(platformdirs.user_data_dir("Other Half", False))


def _new_recording() -> Path:
    folder = Path(platformdirs.user_videos_dir()) / "Other Half"
    return folder / f"{clock.today()}.mp4"
