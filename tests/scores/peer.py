"""Run a program with the software of an experiment, which needs other versions of packages than Tagwerk.

Its Python is `$TAGWERK_TEST_PEERS`, by default `../puma/bin/python` from the project's root: an environment with
`pip install puma-hep coffea root`.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("TAGWERK_TEST_PEERS", ROOT / "../puma/bin/python"))


def needs(package):
    """Skip a test where the other environment does not have a package."""
    there = PYTHON.exists() and any((PYTHON.parents[1] / "lib").glob(f"python*/site-packages/{package}"))
    return pytest.mark.skipif(not there, reason=f"{PYTHON} has no {package}")


def run_peer(program, *arguments):
    """Return what a program in `peers` prints last, as JSON."""
    command = [PYTHON, ROOT / f"tests/scores/peers/{program}.py", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [*map(str, command)], capture_output=True, encoding="utf-8", check=False, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
