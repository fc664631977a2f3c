"""All rooms of one show: made, joined by callables and mailboxes, started and ended.

In: Options from the command line; act(name, argument), which asks for an action. Out: the rooms, as
attributes that figures.py, actions.py and undo.py read; what each tells another. Main thread, but
for the wires between rooms, which run in the thread that calls them.
"""

import random
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import platformdirs
import torch

from engine import clock, opening
from engine.audio.block import AudioError
from engine.audio.features import SILENT
from engine.audio.listener import Heard, Listener
from engine.autoplay import Autoplay
from engine.autosave import Autosave, State, StateError, state_of
from engine.bank import Bank
from engine.camera import CameraPath, Picture
from engine.control.bindings import BindingError
from engine.control.doors import Doors
from engine.control.keyboard import Keyboard
from engine.control.link import LinkSession
from engine.control.midi import Midi
from engine.control.notes import NOTES
from engine.control.osc import OscServer
from engine.control.oscquery import OscQuery
from engine.cores import PATIENT, be_nice
from engine.cues import CueError, Cues
from engine.display.output import DisplayError, Offscreen, Window
from engine.dream.layers import fill
from engine.dream.runner import Runner
from engine.figures import figures, names
from engine.looks import Looks
from engine.mailbox import Mailbox
from engine.mapping import ChannelWalk, Mapper, Signals
from engine.messages import Messages
from engine.networks.discriminator import Discriminator
from engine.networks.files import NetworkError
from engine.opener import Opener
from engine.options import (
    DREAM_RATES,
    KEPT,
    OPENING,
    ROOT,
    SIZES,
    Options,
    own_folder,
)
from engine.panel.dropped import open_files
from engine.panel.panel import Panel
from engine.panel.status import Status
from engine.panel.window import PanelError
from engine.parameters import MACROS, ParameterError, Store
from engine.presets import PresetError
from engine.recording.lines import TakeError
from engine.recording.reel import RecordingError
from engine.recording.score import Score
from engine.recording.tape import Tape
from engine.replay import Replay
from engine.settings import Followed, Settings
from engine.stage import Stage
from engine.stats import Times, rss_mb, write
from engine.taking import Taking

REFUSALS = (
    AudioError, NetworkError, PresetError, ParameterError, DisplayError, PanelError, RecordingError,
    BindingError, CueError, TakeError, StateError,
)  # fmt: skip


class Rooms:
    """The rooms of one show, wired; refuses (REFUSALS) what cannot start."""

    def __init__(self, options: Options, messages: Messages, act: Callable[..., None]):
        self.options, self.messages, self._act = options, messages, act
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        size, output_size, record_fps = SIZES[self.device]
        self.size, output_size = options.size or size, options.output or output_size
        self.luck, self.fps, self.memory = random.randrange(2**32), record_fps, 0.0
        self.store, self.signals = Store(), Signals()
        self.mapper = Mapper(luck=random.Random(self.luck).random)
        self.beat = clock.Clock(self.store.effective)
        self.signals.expect({*SILENT, *self.beat.signals(clock.now()), *MACROS, *NOTES})
        self.path, self.pictures = CameraPath(), Mailbox[Picture]()
        self.opener = Opener(messages.error, lambda: be_nice(PATIENT))
        told = self._say("settings"), self._stand("settings")
        self._followed = Followed(own_folder(), self.store, *told)
        self.autosave, self._before = self._take_up()
        before = self._before.network if self._before else ""
        self.guide = self._before.guide if self._before else ""
        told = self._say("dream"), self._error("network")
        network = opening.network(options.network, before, *told)
        self.network = str(network.path)  # that was asked for last and could be read
        fill(self.store, network)
        folders = [ROOT / "presets", own_folder() / "presets"]
        self.bank = Bank(folders, self._say("preset"), self._error("preset"))
        self.looks = self._begin_look()
        self.cues = Cues(
            own_folder() / "setlist.toml", self.store, self.looks, self._stand("cues"),
            self._before.cue if self._before else -1,
        )  # fmt: skip
        self.autoplay = Autoplay(self.store, self.looks, self.cues)
        self.shelf = opening.shelf()
        self.dreams = Times()
        self.tape = self._tape(output_size, record_fps)
        self.listener = Listener(
            self.store, self.signals.publish, self._say("audio"), self.beat.follow, self._hear,
            own_folder() / "sound input.txt", self.messages.stand,
        )  # fmt: skip
        self.osc, self.oscquery, self.link, self.midi = self._open_to_others()
        self.output, self.panel = self._open_windows(output_size)
        self.runner, self.stage = self._begin_to_play(network)
        self.replay = self._begin_replay(self.score) if self.score else None
        self.taking = Taking(self, options.take) if options.take else None

    def _begin_to_play(self, network: Discriminator) -> tuple[Runner, Stage]:
        seed, psi = int(self.store.get("latent.seed")), self.store.get("latent.psi")
        walk = self.size, seed, psi, network.device, self._error("latent")
        walker, picture = opening.latent_walk(*walk)
        runner = Runner(
            network, picture, walker, self.store.snapshot, self.path, self.pictures,
            self._took, self._error("dream"),
            held=self._held, bar=self._bar, began=self._network_began,
            degrees=self._before.degrees if self._before else 0.0,
        )  # fmt: skip
        stage = Stage(
            self.output, self.store, self.signals, self.mapper, self.beat, self.path,
            self.pictures, self.tape, self._stand("stage"), self.walk, self._play,
            self.settings.flashes,
        )  # fmt: skip
        return runner, stage

    def _begin_replay(self, score: Score) -> Replay:
        return Replay(
            score, self.store, self.mapper, self.signals, self.beat, self._act,
            lambda: self.listener.place and self.listener.place[0], self.runner.begin_anew,
            self.looks.plays, self._error("take"),
        )  # fmt: skip

    def _tape(self, size: tuple[int, int], fps: int) -> Tape:
        folder = Path(platformdirs.user_videos_dir()) / "Other Half"
        return Tape(
            size, fps, self.options.record, folder, self.store,
            self._say("recording"), self._error("recording"),
        )  # fmt: skip

    def _take_up(self) -> tuple[Autosave, State | None]:
        """A show of a set length is a measurement: it neither takes up nor is taken up."""
        self.score = Score(self.options.replay) if self.options.replay else None
        autosave = Autosave(own_folder(), self._say("show"), self._stand("state"))
        if self.score:
            return autosave, state_of(self.score.head["state"])
        return autosave, autosave.take() if self.options.seconds is None else None

    def _begin_look(self) -> Looks:
        say, options, self.walk = self._say("layers"), self.options, ChannelWalk()
        looks = Looks(self.store, self.signals, self.mapper, self.bank, self.walk.reset, say)
        looks.cut(options.preset or OPENING)
        self.store.set("dream.rate", DREAM_RATES[self.device])
        self.store.set("recording.keep", KEPT[self.device])
        if self._before and not options.preset:  # what the command line asks for goes first
            self._before.put(self.store, self.mapper)
            looks.plays(self._before.preset)
            looks.resume(self._before.ends)
            self.walk.resume(self.store.get("dream.channels.seed"), self._before.gone)
            looks.wake_layers()
        for id, value in options.settings.items():
            self.store.set(id, value)
        self.store.set("recording.on", options.record is not None)
        return looks

    def state(self) -> State:
        """Return all that this show needs to go on after a crash."""
        playing = self.looks.playing
        return State(
            self.store.values(), self.mapper.mappings, playing,
            str(self.runner.network.path), self.guide, self.walk.gone,
            self.runner.degrees, self.cues.stand(playing)[0], tuple(sorted(self.store.locks)),
            self.looks.sides, self.listener.asked,
        )  # fmt: skip

    def _open_to_others(self) -> tuple[OscServer, OscQuery, LinkSession, Midi]:
        store, act, say, signals = self.store, self._act, self._say, self.signals.all
        osc = OscServer(*self.options.osc, store, act, say("osc"), signals)
        osc.tell(self.settings.receivers)
        query = OscQuery(
            *self.options.oscquery, store, act, say("oscquery"),
            self.bank.names, lambda: signals() | names(self), lambda: osc.address,
            self.options.announce, self.bank.picture,
        )  # fmt: skip
        bound = own_folder() / "midi.toml"
        midi = Midi(
            store, act, self.beat, say("midi"), bound, self.bank.lamp, self.signals.publish,
            self._stand("midi"),
        )  # fmt: skip
        link = LinkSession(store.get, self.beat, say("link"), self._stand("link"))
        self.doors = Doors({"osc": osc, "oscquery": query}, self.messages.stand)
        return osc, query, link, midi

    def _open_windows(self, size: tuple[int, int]) -> tuple[Offscreen | Window, Panel | None]:
        if self.options.headless:
            return Offscreen(size), None
        keys, single = self.settings.keys, self.options.single
        self.keyboard = keyboard = Keyboard(self.store, self._act, self._say("keys"), keys)
        output = Window(
            size, "Other Half: the wall", visible=not single, key=keyboard.event, drop=self._dropped
        )
        self.status = Status(device=self.device)
        panel = Panel(
            self.store, self.signals, self.mapper, self.bank, self.messages, self.status,
            self._act, keyboard.event, opening.source_names, output, single, self.shelf, self.cues,
            keys,
        )  # fmt: skip
        return output, panel

    def start(self) -> None:
        """Start every room that can be; the output first, for without it there is no show."""
        self.memory = rss_mb()
        self.stage.start()
        self.runner.start(self.stage.is_on_card)
        if self.replay:
            self.store.set("audio.loop", 0)
            self.listener.play(self.score.folder.name, self.replay.track)
            self.messages.say("take", "it plays; what you move leaves it; a new one is written")
        else:
            before = self._before.source if self._before else ""
            opening.listen(self.listener, self.options.audio, before, self._error("audio"))
        self.link.start()
        self.midi.start()
        if self._before and self._before.guide:
            self._act("guide.load", self._before.guide)
        self.doors.open()

    def close(self) -> None:
        """Write the figures, stop every room, finish the recordings behind the closed windows."""
        stats = figures(self)
        self.tape.end()
        others = (self.osc, self.oscquery, self.link, self.midi)
        rooms = (self.opener, self.shelf, *others, self.runner, self.listener, self.stage)
        ends = [room.stop for room in rooms] + [self.autosave.end]
        ends += [window.close for window in (self.panel, self.output) if window]
        ends += [self.replay.stop] if self.replay else []
        ends += [self.taking.take.stop] if self.taking else []
        with ExitStack() as stack:  # a room that fails keeps nothing else from its end
            for end in (*ends, partial(self._finish, stats))[::-1]:
                stack.callback(end)

    def _finish(self, stats: dict) -> None:
        recorded = self.tape.close()
        stats["drops"]["record"] = sum(report.dropped for report in recorded)
        stats["drops"]["held"] = sum(report.held for report in recorded)
        if self.options.stats:
            write(self.options.stats, stats)

    @property
    def settings(self) -> Settings:
        """What the performer has set for all shows."""
        return self._followed.now

    def follow_settings(self) -> None:
        """Let the rooms know what the performer has edited."""
        if not self._followed.follow():
            return
        self.stage.light.flash.most = self.settings.flashes
        self.osc.tell(self.settings.receivers)
        if self.panel:
            self.keyboard.keys = self.settings.keys
            self.panel.list_keys(self.settings.keys)

    # The wires between rooms.

    def _dropped(self, paths: list[str]) -> None:
        open_files(paths, self._act)

    def _play(self, moment: float) -> None:
        """Play the looks and the take, if there is one; stage thread."""
        self.looks.step(moment)
        if self.replay:
            self.replay.play(moment)

    def _hear(self, heard: Heard) -> None:
        """Keep what is heard; audio thread."""
        self.tape.hear(*heard.block)
        if self.taking:
            self.taking.hear(heard)

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

    def _took(self, seconds: float) -> None:
        """Count a dream of the show: those before the first frame are not."""
        if self.stage.first is not None:
            self.dreams.add(seconds)

    def _say(self, room: str) -> Callable[[str], None]:
        return lambda text: self.messages.say(room, text)

    def _error(self, room: str) -> Callable[[str], None]:
        return lambda text: self.messages.error(room, text)

    def _stand(self, room: str) -> Callable[..., None]:
        return partial(self.messages.stand, room)
