"""What this machine has: system libraries, the tests' real parts, a graphics card, torch's build.

In: nothing but the machine. Out: what is missing, installed as root on Debian and Ubuntu, else
said as the one command; and lines on stderr. Standard library only, as setup.py.
"""

import ctypes
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

M_ARENA_MAX, HEAPS = -8, 2  # of glibc's mallopt(3)

# A library that the packages load, or a file of one (/); and the Debian package that has it.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLX_mesa.so.0": "libglx-mesa0 libgl1-mesa-dri",
    "libEGL_mesa.so.0": "libegl-mesa0",
    "libportaudio.so.2": "libportaudio2",
    "/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so": "libasound2-plugins",
    "libXcursor.so.1": "libxcursor1",
    "libXi.so.6": "libxi6",
    "libXinerama.so.1": "libxinerama1",
    "libXrandr.so.2": "libxrandr2",
}
ELSEWHERE = {  # the same for other families of Linux: the one command, to be typed by a person
    "fedora": "dnf install mesa-libGL mesa-libEGL mesa-dri-drivers portaudio"
    " alsa-plugins-pulseaudio libXcursor libXi libXinerama libXrandr",
    "arch": "pacman -S --needed mesa libglvnd portaudio alsa-plugins"
    " libxcursor libxi libxinerama libxrandr",
}
# The real parts that the tests use, and the Debian package of each.
TOOLS = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "jackd": "jackd2",
    "pulseaudio": "pulseaudio",
    "paplay": "pulseaudio-utils",
    "ffmpeg": "ffmpeg",
    "ip": "iproute2",
    "chromium": "chromium",
    "oscsend": "liblo-tools",
}


def say(text: str) -> None:
    """Tell the performer one line, on stderr."""
    print(text, file=sys.stderr, flush=True)


def missing_libraries() -> list[str]:
    """Return the Debian packages of the libraries that the loader does not know."""
    loader = shutil.which("ldconfig", path=os.environ.get("PATH", "") + ":/sbin:/usr/sbin")
    if not loader:
        return []
    known = subprocess.run([loader, "-p"], capture_output=True, text=True).stdout
    if not known:
        return []

    def there(name: str) -> bool:
        return any(Path("/").glob(name[1:])) if name.startswith("/") else f"\t{name} (" in known

    return [package for name, package in LIBRARIES.items() if not there(name)]


def missing_tools() -> list[str]:
    """Return the Debian packages of the tests' real parts that are not there."""
    path = os.environ.get("PATH", "") + ":/sbin:/usr/sbin"
    return [package for tool, package in TOOLS.items() if not shutil.which(tool, path=path)]


def system_parts(testing: bool) -> None:
    """Install the missing system libraries as root on Debian; elsewhere say the one command."""
    if sys.platform != "linux":
        return
    missing = missing_libraries() + (missing_tools() if testing else [])
    if not missing:
        return
    family = linux_family()
    packages = " ".join(missing).split()
    if family == "debian" and os.geteuid() == 0:
        apt(packages)
    elif family == "debian":
        say(f"Missing on this system: sudo apt-get install {' '.join(packages)}")
    elif family in ELSEWHERE:
        say(f"Missing on this system: sudo {ELSEWHERE[family]}")
    else:
        say(f"Missing on this system, by Debian's names: {' '.join(packages)}")


def linux_family() -> str:
    """Return the distribution's family: debian, fedora, arch, or whatever it calls itself."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ""
    names = f"{release.get('ID', '')} {release.get('ID_LIKE', '')}".split()
    return next((name for name in names if name in ("debian", *ELSEWHERE)), "")


def apt(packages: Sequence[str]) -> None:
    """Install Debian packages; never one that would remove another. The show goes on without."""
    say(f"Installing {' '.join(packages)}.")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}

    def run(*arguments: str) -> bool:
        command = ["apt-get", *arguments]
        return not subprocess.run(command, stdout=sys.stderr.fileno(), env=environment).returncode

    def install(*wanted: str) -> bool:
        return run("install", "-y", "--no-install-recommends", "--no-remove", *wanted)

    if install(*packages) or (run("update") and install(*packages)):
        return
    # One that this system does not have (Ubuntu has no chromium) must not keep the others out.
    failed = [package for package in packages if len(packages) == 1 or not install(package)]
    if failed:
        say(f"Going on without {' '.join(failed)}.")


def torch_build(venv: Path) -> str | None:
    """Return the version of the venv's torch without importing it, as "2.13.0+cpu"."""
    for file in venv.glob("[Ll]ib/**/site-packages/torch/version.py"):
        found = re.search(r"__version__ = '([^']+)'", file.read_text("utf-8"))
        return found.group(1) if found else None
    return None


def nvidia_card() -> str:
    """Return the name of the first NVIDIA card whose driver answers, empty if none does."""
    try:
        command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
        return answer.stdout.strip().partition("\n")[0]
    except (OSError, subprocess.SubprocessError):
        return ""


def say_default(card: str) -> None:
    """Say it where pip's own choice of torch would be the wrong one for this machine."""
    if sys.platform == "linux" and not card:
        say(
            "No NVIDIA card answers here, and pip's own choice of torch brings 2.6 GB for one.\n"
            "For the small build (0.2 GB) press Ctrl-C now; then: python3 perform.py --torch cpu"
        )
    if sys.platform == "win32" and card:
        say(
            f"{card} is here, but pip's own choice of torch on Windows cannot use it.\n"
            "For the build that can (GBs) press Ctrl-C now; then: python perform.py --torch cuda"
        )


def torch_words(version: str, card: str) -> str:
    """Say which build of torch this is, why, and how to get the other where that one is right."""
    other = "python3 perform.py --torch"
    if "+cpu" in version or (sys.platform in ("darwin", "win32") and "+cu" not in version):
        if card:
            return f"torch {version}: no CUDA, though {card} is here; {other} cuda takes it."
        return f"torch {version}: no CUDA, since no NVIDIA card answers here. The CPU dreams."
    if card:
        return f"torch {version}: with CUDA, for {card}."
    return f"torch {version}: with CUDA, but no NVIDIA card answers; {other} cpu is GBs smaller."


def share_heaps() -> None:
    """Let all threads take memory from two heaps instead of one or more each (glibc).

    A heap of its own keeps what a thread gave back. Ten minutes' memory, third minute to last: +3.4
    percent with a heap a thread, none with two, and 60 MB less from the start.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(M_ARENA_MAX, HEAPS)
