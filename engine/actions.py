"""What each action of the table does to a show.

In: an action's argument and the moment of its asking. Out: what the performer asked for, done, or a
refusal raised (rooms.REFUSALS). Main thread; what opens files and devices goes to the opener.
"""

from collections.abc import Callable
from pathlib import Path

from engine import undo
from engine.display.output import monitor_of
from engine.dream.pulls import Guide
from engine.dream.runner import prepare
from engine.networks.files import read
from engine.opener import Opener
from engine.options import OPENING
from engine.tomlfile import few


class Actions:
    """The performer's acts on `show`."""

    def __init__(self, show, opener: Opener):
        self._show, self._opener = show, opener

    def __call__(self, argument: str, moment: float) -> dict[str, Callable[[], None]]:
        """Return what each action of the table does with `argument`, asked for at `moment`."""
        show = self._show
        bank, beat, looks, midi, panel = show.bank, show.beat, show.looks, show.midi, show.panel
        listener, history, cues = show.listener, show.history, show.cues
        return {
            "beat.tap": lambda: beat.tap(moment),
            "beat.release": beat.release,
            "beat.resync": lambda: beat.resync(moment),
            "beat.downbeat": lambda: beat.downbeat(moment),
            "beat.earlier": lambda: beat.nudge(-1, moment),
            "beat.later": lambda: beat.nudge(1, moment),
            "beat.double": lambda: beat.double(moment),
            "beat.halve": lambda: beat.halve(moment),
            "preset.load": lambda: looks.load(argument),
            "preset.save": lambda: self._save(argument),
            "preset.rename": lambda: self._change(bank.rename, argument),
            "preset.delete": lambda: self._change(bank.delete, argument),
            "preset.next": lambda: looks.load(looks.neighbour(1)),
            "preset.previous": lambda: looks.load(looks.neighbour(-1)),
            "preset.number": lambda: looks.load(bank.numbered(argument)),
            "preset.slot": lambda: bank.keep(argument),
            "lock.toggle": lambda: show.store.toggle_lock(argument),
            "hand.release": lambda: self._let_go(argument),
            "mix.a": lambda: looks.take("a", argument),
            "mix.b": lambda: looks.take("b", argument),
            "cue.go": cues.go,
            "cue.back": lambda: cues.go(-1),
            "cue.jump": lambda: cues.jump(argument),
            "take.mark": lambda: show.taking and show.taking.mark(argument, moment),
            "song.next": lambda: cues.song(1),
            "song.previous": lambda: cues.song(-1),
            "midi.learn": lambda: midi.learn(argument),
            "midi.forget": lambda: midi.forget(argument),
            "audio.open": lambda: self._opener.do("audio", listener.open, argument),
            "audio.pause": listener.pause,
            "audio.seek": lambda: listener.seek(argument),
            "guide.load": lambda: self._opener.do("guide", self._load_guide, argument),
            "network.load": lambda: self._opener.do("network", self._load_network, argument),
            "edit.undo": lambda: self._go(history.undo, "undo"),
            "edit.redo": lambda: self._go(history.redo, "redo"),
            "recording.save": show.tape.save,
            "recording.still": lambda: self._opener.do("still", self._keep_still),
            "output.dark": self._dark,
            "output.fullscreen": self._fullscreen,
            "panel.toggle": lambda: panel and panel.toggle(),
            "panel.help": lambda: panel and panel.toggle_help(),
            "show.panic": self._panic,
            "show.quit": show.end,
        }

    def _let_go(self, id: str) -> None:
        store, replay = self._show.store, self._show.replay
        gone = store.release(*([store.row(id).id] if id else []))
        if replay:
            replay.take_back(gone)

    def _save(self, name: str) -> None:
        undo.note(self._show)  # what was done until now is an act
        self._show.looks.save(name)
        self._show.history.skip(undo.state(self._show))
        self._opener.do("preset", self._take_picture, self._show.bank.current)

    def _change(self, change: Callable[[str, str], None], words: str) -> None:
        """Rename or delete a preset, and say who still names it; the look is the same."""
        looks, history = self._show.looks, self._show.history
        undo.note(self._show)
        change(words, self._named(words.partition("/")[0].strip(" ")))
        history.skip({"preset": looks.playing})

    def _named(self, preset: str) -> str:
        """Return the end of a line that tells which cues, keys and MIDI controls name a preset."""
        show, load = self._show, f"preset.load {preset}"
        cues = [f"cue {n}" for n, cue in enumerate(show.cues.cues, 1) if cue.preset == preset]
        keys = [f"key {key}" for key, act in show.settings.keys.items() if act == load]
        there = few([*cues, *keys, *(f"MIDI {control}" for control in show.midi.controls(load))])
        return f"; still named by {', '.join(there)}" if there else ""

    def _take_picture(self, name: str) -> None:
        pixels, bank = self._show.stage.stills.ask(), self._show.bank
        if pixels is not None and bank.current == name:  # and no other has come meanwhile
            bank.show(name, pixels)

    def _keep_still(self) -> None:
        pixels = self._show.stage.stills.ask(fine=True)
        if pixels is not None:
            self._show.tape.keep_still(pixels)

    def _load_network(self, path: str) -> None:
        network = prepare(read(path))
        self._show.runner.warm_up(network)
        self._show.runner.use(network)
        self._show.network = str(Path(path).resolve())

    def _load_guide(self, path: str) -> None:
        show = self._show
        show.runner.dreamer.guide = Guide.read(path, show.size) if path else None
        show.guide = str(Path(path).resolve()) if path else ""
        show.messages.say("guide", f"the guide is {Path(path).name}" if path else "no guide")

    def _go(self, step: Callable[[], dict[str, object]], word: str) -> None:
        """Go back or forth by one act; where a hand's preset waits, that alone is taken back."""
        show = self._show
        if waited := show.looks.drop():
            show.cues.take_back(waited)
            show.messages.say("edit", f"{waited} does not come")
            return
        undo.note(show)
        if act := step():
            loads = {"network": self._load_network, "guide": self._load_guide}
            try:
                undo.put(show, act, loads, self._opener)
            finally:  # what was refused is no act
                show.history.skip(undo.state(show))
            show.messages.say("edit", f"{word}: {undo.words(act)}")
        else:
            self._show.messages.say("edit", f"nothing to {word}")

    def _dark(self) -> None:
        id, fade, store = "output.blackout", self._show.stage.light.blackout, self._show.store
        dark = store.get(id)
        if dark == store.effective(id) and fade.fading(bool(dark)):
            fade.cut()
        else:
            store.set(id, not dark)

    def _fullscreen(self) -> None:
        if self._show.options.single:
            panel = self._show.panel
            panel.fullscreen(monitor_of(panel.window))
        else:
            self._show.output.fullscreen()

    def _panic(self) -> None:
        self._show.midi.let_go()
        self._show.cues.stand_at(self._show.cues.place)
        self._show.runner.begin_anew()
        self._show.looks.begin_anew(self._show.options.preset or OPENING)
        self._show.messages.say("show", "begun anew")
