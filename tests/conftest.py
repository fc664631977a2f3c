"""Real parts for the tests: a virtual screen, a sound server; and on CI nothing may be skipped."""

import os
import re
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in each run: what one run finds is no chance, and another machine finds it too.
# `pytest --hypothesis-profile default` looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)  # times are for benchmarks
settings.load_profile("steady")

ROOT = Path(__file__).resolve().parent.parent
WAIT = 20  # seconds that a server may take to start


def _until(ready, process, name):
    """Wait until `ready()`; fail at once where the server has ended."""
    for _ in range(WAIT * 20):
        if ready():
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    pytest.fail(f"{name} did not start (exit status {process.poll()})")


def _end(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def surroundings():
    """The environment for the whole session, put back at its end."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="session", autouse=True)
def nobodys_screen(surroundings):
    """Hide the developer's own screen: a test that needs one asks for `screen`."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"):
        surroundings.delenv(name, raising=False)


@pytest.fixture(scope="session", autouse=True)
def nobodys_data(surroundings, tmp_path_factory):
    """Hide the developer's own presets, networks and the state of a show."""
    surroundings.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="session")
def screen(surroundings, nobodys_screen):
    """A virtual screen of 1920x1080; DISPLAY is set to it, its name is returned."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1080x24"]
    command += ["+extension", "GLX", "-nolisten", "tcp", "-noreset"]
    process = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    if not number:
        pytest.fail(f"Xvfb did not start (exit status {process.wait()})")
    surroundings.setenv("DISPLAY", f":{number}")
    yield f":{number}"
    _end(process)


@pytest.fixture(scope="session")
def pulse(surroundings, tmp_path_factory):
    """A PulseAudio server with one null sink `vj` at 48 kHz, which is also what ALSA opens.

    PULSE_SERVER and ALSA_CONFIG_PATH are set to it; the name of the sink is returned.
    """
    home = tmp_path_factory.mktemp("pulse")
    home.chmod(0o700)
    socket = home / "native"
    (home / "asound.conf").write_text(
        "</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n"
    )
    sink = "module-null-sink sink_name=vj rate=48000 channels=2 format=float32le norewinds=yes"
    command = ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "-L", sink]
    command += ["-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}"]
    own = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "PATH": os.environ["PATH"]}
    process = subprocess.Popen(command, env=own, stderr=subprocess.DEVNULL)
    _until(socket.exists, process, "pulseaudio")
    surroundings.setenv("PULSE_SERVER", f"unix:{socket}")
    surroundings.setenv("PULSE_COOKIE", str(home / "cookie"))
    surroundings.setenv("ALSA_CONFIG_PATH", str(home / "asound.conf"))
    yield "vj"
    _end(process)


@pytest.fixture
def said():
    return []


@pytest.fixture
def bank(tmp_path, said):
    from engine.bank import Bank  # here, for this file is tried by itself too

    for folder in ("house", "own"):
        (tmp_path / folder).mkdir()
    return Bank([tmp_path / "house", tmp_path / "own"], said.append, said.append)


def _skipped(report):
    """Whether this report is a skip that CI does not forgive: only a missing GPU is."""
    return report.skipped and not hasattr(report, "wasxfail") and "gpu" not in report.keywords


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """On CI a missing part fails the run instead of being skipped."""
    if not os.environ.get("CI"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = [report for report in reporter.stats.get("skipped", []) if _skipped(report)]
    for report in skipped:
        reason = re.sub(r"\s+", " ", str(report.longrepr))
        reporter.write_line(f"\nskipped on CI: {report.nodeid}: {reason}", red=True)
    if skipped and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
