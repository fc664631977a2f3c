"""A JACK server of the MIDI tests' own, which a test may end and begin again; controllers at it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import mido


class JackServer:
    """A server without a sound card that carries MIDI, under a name that nothing else looks for.

    Where it may, it goes before other work (-R): a late server leaves out what came meanwhile.
    PortAudio, too, lists a server that it finds: so the name is in the environment only while a
    test of MIDI runs.
    """

    def __init__(self, name):
        self.name = name
        self.socket = Path(f"/dev/shm/jack_{name}_{os.getuid()}_0")
        self.process = None

    def start(self):
        command = ["jackd", "--name", self.name, "-R", "-P", "10", "--no-mlock", "-d", "dummy"]
        command += ["-r", "48000", "-p", "256"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, **quiet)
        while not self.socket.exists():
            assert self.process.poll() is None, "jackd did not start"
            time.sleep(0.02)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Controller:
    """A controller at the JACK server: what it sends, and what its lamps were told."""

    def __init__(self, name):
        self.name = f"{name} out:out"  # as the show knows it
        command = [sys.executable, Path(__file__).with_name("controller.py"), name]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen(command, **pipes, text=True, stderr=subprocess.DEVNULL)
        assert self._process.stdout.readline() == "ready\n"

    def ask(self, line):
        """Tell the controller a line of controller.py's; return its answer."""
        self.begin(line)
        return self.answer()

    def begin(self, line):
        print(line, file=self._process.stdin, flush=True)

    def answer(self):
        return self._process.stdout.readline().strip()

    def send(self, kind, **what):
        self.ask(mido.Message(kind, **what).bin().hex())

    def change(self, control, *values, channel=1, rest=0.0):
        """Send control changes, `rest` seconds apart."""
        for value in values:
            self.send("control_change", channel=channel - 1, control=control, value=value)
            time.sleep(rest)

    def told(self):
        """Return what its lamps were told since this was last asked."""
        answer = filter(None, self.ask("told").split(","))
        return [mido.Message.from_bytes(bytes.fromhex(each)) for each in answer]

    @property
    def there(self):
        return self._process.poll() is None

    def unplug(self):
        self._process.communicate(timeout=20)
