import os
import subprocess
import sys

import numpy as np
import pytest
from sounds import tone

from engine.audio.block import AudioError
from engine.audio.child import ROOT
from engine.audio.soundcard import SoundCard, Speaker, devices, find
from engine.clock import now


def capture(card: SoundCard, seconds: float) -> list:
    """Read until `seconds` after the first block, which may take a while; the blocks that came."""
    end = now() + 8
    blocks = []
    while now() < end:
        if (block := card.read()) is not None:
            end = end if blocks else now() + seconds
            blocks.append(block)
    return blocks


def pitch(samples: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples)), 8 * len(samples)))
    return np.argmax(spectrum) * rate / (8 * len(samples))


def test_devices_are_described(sound_server):
    there = devices()
    assert {"name", "hostapi", "channels", "outputs", "rate", "default"} <= there[0].keys()
    assert [d["name"] for d in there if d["default"]] == ["default"]


def test_without_a_sound_card_there_is_no_input(no_sound_card):
    with pytest.raises(AudioError, match="no sound input"):
        find("")


def test_an_unknown_device_is_refused_with_the_names_there_are(sound_server):
    with pytest.raises(AudioError, match=r"'Scarlett'.*pulse.*default"):
        find("Scarlett")


def test_a_played_tone_is_captured_at_its_pitch_and_in_time(sound_server):
    card = SoundCard("default", print)
    player = sound_server.play(tone(1234.5, 20))
    try:
        blocks = capture(card, 2)
    finally:
        player.kill()
        card.close()
    rate = blocks[0].rate
    sound = np.concatenate([block.samples for block in blocks])
    assert sound.shape[1] == 2
    assert sound.dtype == np.float32
    assert max(len(block.samples) for block in blocks) <= 512
    assert pitch(sound[-rate:], rate) == pytest.approx(1234.5, abs=1)
    assert np.abs(sound[-rate // 2 :]).max() == pytest.approx(0.5, abs=0.05)
    moments = np.array([block.moment for block in blocks[-100:]])
    assert np.diff(moments) == pytest.approx(len(blocks[0].samples) / rate, abs=0.003)
    assert -0.02 < now() - moments[-1] < 0.5


def test_an_idle_output_is_waited_for(sound_server):
    sound_server.pactl("load-module", "module-null-sink", "sink_name=idle", "rate=48000")
    sound_server.pactl("set-default-source", "idle.monitor")
    lines = []
    card = SoundCard("default", lines.append)
    assert capture(card, 0.1)
    card.close()
    sound_server.pactl("set-default-source", "vj.monitor")
    assert lines == []


def test_the_childs_end_is_said_once_and_it_is_started_again(sound_server):
    lines = []
    standing = []
    card = SoundCard("default", lines.append, stand=lambda *line: standing.append(line))
    assert capture(card, 0.2)
    card._child.kill()
    end = now() + 10
    while "default is back" not in lines and now() < end:
        card.read()
    card.close()
    assert lines == ["default is back"]
    (why,), passed = standing
    assert "trying until it is back" in why
    assert passed == ()


def test_closing_leaves_no_process_behind(sound_server):
    card = SoundCard("default", print)
    capture(card, 0.3)
    card.close()
    assert card._child.poll() is not None


def test_a_device_that_is_missing_is_waited_for_not_replaced(sound_server):
    lines = []
    card = SoundCard("Scarlett 2i2", print, stand=lines.append)
    end = now() + 1.2
    while now() < end:
        assert card.read() is None
    card.close()
    assert len(lines) == 1
    assert "Scarlett 2i2" in lines[0]


def test_the_speaker_is_heard(sound_server):
    card, speaker = SoundCard("default", print), Speaker(48000, print)
    capture(card, 0.1)
    assert 0 < speaker.lead < 0.5
    sound = tone(700, 2)
    heard, begun = [], now()
    for start in range(0, len(sound), 480):
        speaker.write(sound[start : start + 480])
        while now() - begun < start / 48000:
            if (block := card.read()) is not None:
                heard.append(block)
    speaker.close()
    card.close()
    samples = np.concatenate([block.samples for block in heard])[-heard[0].rate :]
    assert pitch(samples, heard[0].rate) == pytest.approx(700, abs=2)


def test_without_an_output_there_is_no_speaker(no_sound_card):
    with pytest.raises(AudioError):
        Speaker(48000, print)


def test_the_child_imports_nothing_heavy():
    """What takes long to import would delay every start and every return of a device."""
    code = "import sys, engine.audio.portaudio; print([*{'numpy', 'torch'} & {*sys.modules}])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert loaded.stdout.strip() == "[]"


def test_the_child_ends_when_its_stdin_closes(sound_server):
    child = subprocess.Popen(
        [sys.executable, "-m", "engine.audio.portaudio", "listen", "default", "2"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ),
    )
    assert b'"rate"' in child.stdout.readline()
    child.stdin.close()
    assert child.wait(3) == 0
    child.stdout.close()
