"""The front door of Other Half: `python3 perform.py` sets itself up and plays; --help says more.

Parses on any old Python far enough to say which one is needed. Everything else is engine/setup.py
(the first start) and engine/commands/ (the command line).
"""

import os
import sys

NEEDS = "Other Half needs Python 3.11 or newer; this is Python "
ROOT = os.path.dirname(os.path.realpath(__file__))

if sys.version_info < (3, 11):
    sys.stderr.write(NEEDS + sys.version.split()[0] + " (" + sys.executable + ").\n")
    sys.exit(2)

# Read by OpenMP when torch is imported: spinning threads make a dream 12 times slower as soon as
# the display or an encoder wants the same core.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

# PYTHONPATH goes last, so that it hides neither the standard library nor engine/.
foreign = [os.path.abspath(path) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep)]
sys.path.sort(key=foreign.__contains__)
sys.path.insert(0, ROOT)


def run(arguments):
    """Run the command in this interpreter, which has all the packages; return the exit status."""
    if arguments[:1] == ["test"]:
        import pytest

        os.chdir(ROOT)
        return int(pytest.main(arguments[1:]))
    from engine import commands

    return commands.main(arguments)


def main(arguments):
    """Set up what is missing, go on inside .venv, run the command; return the exit status."""
    from engine import setup

    try:
        asked, arguments = setup.read(arguments)
        if not asked.here:
            python = setup.prepare(ROOT, asked.torch, testing=arguments[:1] == ["test"])
            if not setup.inside(python):
                return setup.enter(python, [os.path.realpath(__file__)] + arguments)
        return run(arguments)
    except setup.SetupError as error:
        return setup.refuse(error)
    except ModuleNotFoundError as error:
        if not asked.here or (error.name or "engine").split(".")[0] in ("engine", "benchmarks"):
            raise
        return setup.refuse(setup.lacks(ROOT))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
