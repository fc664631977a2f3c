"""The figures of a show: how fast, how late, how large it was, and what failed. Main thread.

And the names of what plays and moves, for whoever asks from another thread.
"""

from engine import clock
from engine.parameters import MACROS
from engine.stats import rss_mb


def figures(show) -> dict:
    """Return the figures of the show until now."""
    stage, dreams, intervals = show.stage, show.dreams, show.stage.intervals
    seconds = clock.now() - (stage.first or clock.now())
    return {
        "dream_fps": round(dreams.count / max(seconds, 1e-3), 2),
        "display_fps": round(intervals.count / max(seconds, 1e-3), 2),
        "display_interval_ms": intervals.summary(50, 95, 99),
        "dream_ms": dreams.summary(50, 95),
        "drops": {"display": intervals.over(1.5 / show.output.rate), "record": 0, "held": 0},
        "latency_ms": {
            "audio_block": round(show.listener.block_ms, 2),
            "analysis": round(show.listener.analysis_ms, 2),
            "display": round(stage.latency.percentile(50), 2),
        },
        "device": show.device,
        "network": show.runner.network.name,
        "size": list(show.runner.quality.size),
        "octaves": show.runner.quality.octaves,
        "iterations": show.runner.quality.iterations,
        "seconds": round(seconds, 2),
        "rss_mb": {"start": round(show.memory, 1), "end": round(rss_mb(), 1)},
        "errors": list(show.messages.errors),
    }


def tell(status, show) -> None:
    """Give the panel's status the figures of now."""
    stage = show.stage
    status.dream_ms, status.dream_fps = show.dreams.recent, show.dreams.rate
    status.display_fps = stage.intervals.rate
    status.display_ms = stage.intervals.recent_percentile(99)
    status.bpm, status.leader = show.signals.read("tempo.bpm"), show.beat.leader
    status.source, status.network = show.listener.source, show.runner.network.path
    status.place, status.flashes = show.listener.place, show.settings.flashes
    status.ends, status.slots = show.looks.ends, show.bank.slots
    status.bars, status.waiting = show.autoplay.bars, show.looks.waiting
    status.midi, status.learning = show.midi.recent, show.midi.learning
    tape = show.tape
    status.recording_seconds, status.dropped, status.held = tape.seconds, tape.dropped, tape.held
    status.lanes = show.replay.lanes.keys() if show.replay else ()
    quality = show.runner.quality
    status.size, status.governed = "x".join(map(str, quality.size)), quality.governed()


def names(show) -> dict[str, str]:
    """Return the names of what plays, comes next, is A and B, and is moved by a macro, by id.

    Any thread; without a set list no cue is told.
    """
    a, b = show.looks.ends
    playing = {"preset.playing": show.looks.playing, "look.a": a, "look.b": b}
    playing |= {f"moves.{macro}": names for macro, names in show.mapper.moves(MACROS).items()}
    cues, place, missing = show.cues.cues, show.cues.place, show.cues.missing
    if not cues:
        return playing
    for cue in cues[place + 1 : place + 2]:
        note = cue.note if cue.preset not in missing else "no such preset"
        return playing | {"cue.next": cue.preset, "cue.song": cue.song, "cue.note": note}
    return playing | {"cue.next": "", "cue.song": "", "cue.note": "the last cue plays"}
