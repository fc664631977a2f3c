"""A sound server of this room's own, which a test may take away and bring back."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

AT_ONCE = "norewinds=yes"  # an idle null sink's first block comes in 50 ms instead of two seconds
SINK = f"module-null-sink sink_name=vj rate=48000 channels=2 format=float32le {AT_ONCE}"


class SoundServer:
    """PulseAudio with a null sink; what is played into it is what the default input hears."""

    def __init__(self, home: Path):
        self.home = home
        self.socket = home / "native"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        command = ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "-L", SINK]
        command += ["-L", f"module-native-protocol-unix auth-anonymous=1 socket={self.socket}"]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while not self.socket.exists():
            assert self.process.poll() is None, "pulseaudio did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.socket.unlink(missing_ok=True)
        (self.home / "pulse" / "pid").unlink(missing_ok=True)

    def pactl(self, *words: str) -> str:
        """Tell the server something; return its answer."""
        return subprocess.run(
            ["pactl", *words], check=True, timeout=10, stdout=subprocess.PIPE, text=True
        ).stdout.strip()

    def play(self, samples: np.ndarray, rate: int = 48000, sink: str = "vj") -> subprocess.Popen:
        """Start playing float32 samples into the sink; the caller ends the player."""
        path = self.home / f"{sink}.wav"
        soundfile.write(path, samples, rate)
        command = ["paplay", "-d", sink, "--latency-msec=20", str(path)]
        return subprocess.Popen(command, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def sound_server(tmp_path_factory) -> Iterator[SoundServer]:
    """A server for the tests of a file: who takes something away brings it back."""
    home = tmp_path_factory.mktemp("server")
    home.chmod(0o700)
    (home / ".asoundrc").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_RUNTIME_DIR", str(home))
        patch.setenv("PULSE_SERVER", f"unix:{home / 'native'}")
        patch.delenv("PULSE_COOKIE", raising=False)
        patch.delenv("ALSA_CONFIG_PATH", raising=False)
        server = SoundServer(home)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def no_sound_card(tmp_path, monkeypatch) -> None:
    """Point ALSA and PulseAudio where nothing is."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'nothing'}")
    monkeypatch.delenv("ALSA_CONFIG_PATH", raising=False)
