"""Joins the rooms and owns the show: one object, one loop, from the first frame to the last.

In: Options from the command line. Out: an exit status. Main thread: window events, the panel,
actions; everything that plays runs in the rooms' own threads (ARCHITECTURE.md, Threads).
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path

import platformdirs
import torch

from engine import clock
from engine.actions import Actions
from engine.audio.block import AudioError
from engine.audio.listener import Listener
from engine.audio.soundcard import devices
from engine.autosave import Autosave, State
from engine.bank import Bank
from engine.camera import CameraPath, Picture
from engine.control.bindings import BindingError
from engine.control.keyboard import Keyboard
from engine.control.link import LinkSession
from engine.control.midi import Midi
from engine.control.osc import OscError, OscServer
from engine.control.oscquery import OscQuery
from engine.cores import PATIENT, be_nice
from engine.cues import CueError, Cues
from engine.display.output import DisplayError, Offscreen, Window, wait_events
from engine.dream.dreamer import first_picture
from engine.dream.layers import fill
from engine.dream.runner import Runner, prepare
from engine.dream.shelf import Shelf
from engine.figures import figures, tell
from engine.history import History
from engine.latent.walker import Walker
from engine.looks import Looks
from engine.mailbox import Mailbox
from engine.mapping import ChannelWalk, Mapper, Signals
from engine.messages import Messages
from engine.networks.convolution import hindrance
from engine.networks.discriminator import Discriminator
from engine.networks.files import NetworkError, read
from engine.networks.generator import Generator
from engine.opener import Opener
from engine.options import (
    DREAM_RATES,
    GENERATOR,
    KEPT,
    OPENING,
    ROOT,
    SIZES,
    STARTER,
    Options,
    own_folder,
)
from engine.panel.dropped import open_files
from engine.panel.panel import Panel, PanelError
from engine.panel.status import Status
from engine.parameters import ACTIONS, ParameterError, Store
from engine.presets import PresetError
from engine.recording.reel import RecordingError
from engine.recording.tape import Tape
from engine.settings import read as read_settings
from engine.stage import Stage
from engine.stats import Times, rss_mb, write

TICK = 1 / 30  # seconds of the main loop
A_TICK = 8  # actions done in one tick: a flood of them must not starve the windows
WAITING = 64  # actions that may wait; further ones are refused
PANEL_REST = 0.08  # seconds that it rests at most: a button must answer the hand
PANEL_SHARE = 6  # the panel rests this many times as long as it was drawn
REFUSALS = (
    AudioError, NetworkError, PresetError, ParameterError, DisplayError, PanelError, RecordingError,
    BindingError, CueError,
)  # fmt: skip


class Show:
    """All rooms of one show, wired; refuses (REFUSALS) what cannot start."""

    def __init__(self, options: Options, messages: Messages):
        self.options, self.messages = options, messages
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        size, output_size, record_fps = SIZES[self.device]
        self.size, output_size = options.size or size, options.output or output_size
        self.store, self.signals, self.mapper = Store(), Signals(), Mapper()
        self.beat = clock.Clock(self.store.effective)
        self.path, self.pictures = CameraPath(), Mailbox[Picture]()
        self._asked: deque[tuple[str, str, float]] = deque()  # actions: name, argument, moment
        self._opener = Opener(messages.error, lambda: be_nice(PATIENT))
        self._actions = Actions(self, self._opener)
        self._ended, self._panel_cost, self.memory = False, 0.0, 0.0
        self.guide, self.history = "", History()
        self.settings = read_settings(own_folder(), self.store, self._say("settings"))
        self.autosave, self._before = self._take_up()
        network = self._first_network()
        if network.device.type == "cuda" and (why := hindrance(network.device)):
            self.messages.say("dream", f"plain kernels, much slower: {why}")
        fill(self.store, network)
        self.bank = Bank([ROOT / "presets", own_folder() / "presets"], self._say("preset"))
        self.looks = self._begin_look()
        self.cues = Cues(
            own_folder() / "setlist.toml", self.store, self.signals, self.looks, self._say("cues"),
            self._before.cue if self._before else -1,
        )  # fmt: skip
        self.shelf = Shelf(
            [ROOT / "networks", own_folder() / "networks"],
            Path(platformdirs.user_cache_dir("Other Half", False)) / "thumbnails",
        )
        self.dreams = Times()
        self.tape = self._tape(output_size, record_fps)
        self.listener = Listener(
            self.store, self.signals.publish, self._say("audio"), self.beat.follow, self.tape.hear,
            own_folder() / "sound input.txt",
        )  # fmt: skip
        self.osc, self.oscquery, self.link, self.midi = self._open_to_others()
        self.output, self.panel = self._open_windows(output_size)
        walker, picture = self._begin_latent_walk(network.device)
        self.runner = Runner(
            network, picture, walker, self.store.snapshot, self.path, self.pictures,
            self._took, self._error("dream"),
            held=self._held, bar=self._bar, began=self._network_began,
            degrees=self._before.degrees if self._before else 0.0,
        )  # fmt: skip
        self.stage = Stage(
            self.output, self.store, self.signals, self.mapper, self.beat, self.path,
            self.pictures, self.tape, self._error("stage"), self.walk, self.looks.step,
            self.settings.flashes,
        )  # fmt: skip

    def _tape(self, size: tuple[int, int], fps: int) -> Tape:
        folder = Path(platformdirs.user_videos_dir()) / "Other Half"
        return Tape(
            size, fps, self.options.record, folder, self.store,
            self._say("recording"), self._error("recording"),
        )  # fmt: skip

    def _take_up(self) -> tuple[Autosave, State | None]:
        """A show of a set length is a measurement: it neither takes up nor is taken up."""
        autosave = Autosave(own_folder(), self._say("show"), self._error("show"))
        return autosave, autosave.take() if self.options.seconds is None else None

    def _begin_look(self) -> Looks:
        say, options, self.walk = self._say("layers"), self.options, ChannelWalk()
        looks = Looks(self.store, self.signals, self.mapper, self.bank, self.walk.reset, say)
        looks.cut(options.preset or OPENING)
        self.store.set("dream.rate", DREAM_RATES[self.device])
        self.store.set("recording.keep", KEPT[self.device])
        if self._before and not options.preset:  # what the command line asks for goes first
            self._before.put(self.store, self.mapper)
            self.bank.plays(self._before.preset)
            self.walk.resume(self.store.get("dream.channels.seed"), self._before.gone)
            looks.wake_layers()
        for id, value in options.settings.items():
            self.store.set(id, value)
        self.store.set("recording.on", options.record is not None)
        return looks

    def _first_network(self) -> Discriminator:
        if self._before and not self.options.network:
            try:
                return prepare(read(self._before.network))
            except NetworkError as refusal:
                self.messages.error("network", str(refusal))
        return prepare(read(self.options.network or STARTER))

    def _state(self) -> State:
        """Return all that this show needs to go on after a crash."""
        return State(
            self.store.values(), self.mapper.mappings, self.bank.current,
            str(self.runner.network.path.resolve()), self.guide, self.walk.gone,
            self.runner.degrees, self.cues.place, tuple(sorted(self.store.locks)),
        )  # fmt: skip

    def _open_to_others(self) -> tuple[OscServer, OscQuery, LinkSession, Midi]:
        store, act, say, signals = self.store, self.act, self._say, self.signals.all
        osc = OscServer(*self.options.osc, store, act, say("osc"), signals)
        query = OscQuery(
            *self.options.oscquery, store, act, say("oscquery"),
            self.bank.names, signals, lambda: osc.address, self.options.announce,
        )  # fmt: skip
        bound = own_folder() / "midi.toml"
        midi = Midi(store, act, self.beat, say("midi"), bound, self.bank.lamp, self.signals.publish)
        return osc, query, LinkSession(store.get, self.beat, say("link")), midi

    def _open_windows(self, size: tuple[int, int]) -> tuple[Offscreen | Window, Panel | None]:
        if self.options.headless:
            return Offscreen(size), None
        keys, single = self.settings.keys, self.options.single
        keyboard = Keyboard(self.store, self.act, self._say("keys"), keys)
        output = Window(
            size, "Other Half: the wall", visible=not single, key=keyboard.event, drop=self._dropped
        )
        self.status = Status(device=self.device)
        panel = Panel(
            self.store, self.signals, self.mapper, self.bank, self.messages, self.status,
            self.act, keyboard.event, source_names, output, single, self.shelf, self.cues,
            keys,
        )  # fmt: skip
        return output, panel

    def start(self) -> None:
        """Start every room that can be; the output first, for without it there is no show."""
        self.memory = rss_mb()
        self.stage.start()
        self.runner.start()
        self.listener.open(self.options.audio)
        self.link.start()
        self.midi.start()
        if self._before and self._before.guide:
            self.act("guide.load", self._before.guide)
        for name, room in (("osc", self.osc), ("oscquery", self.oscquery)):
            try:
                room.start()
            except OscError as fault:
                self.messages.error(name, str(fault))

    def run(self) -> None:
        """The show itself: serve the windows and the performer until someone ends it."""
        while not self._ended and not self.output.closed:
            try:
                self._tick()
            except Exception as fault:  # noqa: BLE001 - the guard that keeps the show alive
                self.messages.error("show", f"{type(fault).__name__}: {fault}")
                clock.sleep_until(clock.now() + TICK)

    def _tick(self) -> None:
        self._serve_windows()
        for _ in range(min(len(self._asked), A_TICK)):
            self._do(*self._asked.popleft())
        if not self.looks.coming:
            self.history.note(self.looks.state(), clock.now())
        self.cues.step()
        self.tape.follow()
        if self.stage.first is not None and self.options.seconds is None:
            self.autosave.keep(self._state, clock.now())
        self._ended |= self._time_is_over()

    def close(self) -> None:
        """Write the figures, stop every room, finish the recordings behind the closed windows."""
        stats = figures(self)
        self.tape.end()
        others = (self.osc, self.oscquery, self.link, self.midi)
        for room in (self._opener, self.shelf, *others, self.runner, self.listener, self.stage):
            room.stop()
        self.autosave.end()
        for window in (self.panel, self.output):
            if window:
                window.close()
        recorded = self.tape.close()
        stats["drops"]["record"] = sum(report.dropped for report in recorded)
        stats["drops"]["held"] = sum(report.held for report in recorded)
        if self.options.stats:
            write(self.options.stats, stats)

    # The performer.

    def act(self, name: str, argument: str = "") -> None:
        """Ask for an action of the table, from any thread; the main loop does it."""
        if name not in ACTIONS:
            raise ParameterError(f"{name!r}: no action of this name")
        if len(self._asked) >= WAITING:
            self.messages.error("show", f"too many actions at once: {name} is not done")
            return
        self._asked.append((name, argument, clock.now()))

    def _do(self, name: str, argument: str, moment: float) -> None:
        try:
            self._actions(argument, moment)[name]()
        except REFUSALS as refusal:
            self.messages.error(name.split(".")[0], str(refusal))

    def end(self) -> None:
        """End the show with this tick."""
        self._ended = True

    def _dropped(self, paths: list[str]) -> None:
        open_files(paths, self.act)

    # The rooms.

    def _serve_windows(self) -> None:
        """Wait for a tick of the loop; windows are served meanwhile and the panel is drawn."""
        if self.panel is None:
            clock.sleep_until(clock.now() + TICK)
            return
        # Where the processor draws the panel, that must not cost the dream too much.
        wait_events(max(TICK, min(PANEL_SHARE * self._panel_cost, PANEL_REST)))
        if self.panel.closed:
            self._ended |= self.options.single
            self.panel.toggle()
        begun = clock.now()
        tell(self.status, self)
        self.panel.draw()
        self._panel_cost = clock.now() - begun

    def _network_began(self, network: Discriminator) -> None:
        """Give the panel the layers of the network that comes in; dream thread."""
        fill(self.store, network)
        self.looks.wake_layers()
        self.messages.say("network", f"dreaming through {network.name}")

    def _held(self) -> frozenset[str]:
        """Return what the governor must not move: what the performer or a mapping does."""
        return self.store.held() | ({"size"} if self.options.size else set())

    def _bar(self) -> float:
        return self.beat.signals(clock.now())["bar.phase"]

    def _begin_latent_walk(self, device: torch.device) -> tuple[Walker | None, torch.Tensor]:
        """Return the walk and its first picture; without a generator, none and coloured noise."""
        seed = int(self.store.get("latent.seed"))
        try:
            generator = Generator(read(GENERATOR), device)
        except NetworkError as refusal:
            self.messages.error("latent", str(refusal))
            return None, first_picture(self.size, seed, device)
        walker = Walker(generator, self.size, self._error("latent"))
        return walker, walker.first(seed, self.store.get("latent.psi"))

    def _took(self, seconds: float) -> None:
        """Count a dream of the show: those before the first frame are not."""
        if self.stage.first is not None:
            self.dreams.add(seconds)

    def _say(self, room: str) -> Callable[[str], None]:
        return lambda text: self.messages.say(room, text)

    def _error(self, room: str) -> Callable[[str], None]:
        return lambda text: self.messages.error(room, text)

    def _time_is_over(self) -> bool:
        first, seconds = self.stage.first, self.options.seconds
        return None not in (first, seconds) and clock.now() - first >= seconds


def source_names() -> list[str]:
    """Return the names of the sound inputs; none where PortAudio has nothing to say."""
    try:
        return [device["name"] for device in devices() if device["channels"]]
    except AudioError:
        return []
