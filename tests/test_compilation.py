"""Numba's functions compile where nothing can be kept beside them or at home."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tagwerk import surroundings

SOURCE = Path(surroundings.__file__).parents[1]
KERNEL = """
from tagwerk.compilation import compiler

@compiler()
def twice(x):
    return 2 * x
"""


@pytest.mark.parametrize("writable", [True, False])
def test_a_read_only_installation_without_a_home_still_compiles(tmp_path, writable):
    (tmp_path / "kernel.py").write_text(KERNEL, encoding="utf-8")
    (tmp_path / "__pycache__").touch()  # a file, so that nothing can be written there even by root
    (temporary := tmp_path / "temporary").mkdir()
    if not writable:
        (temporary / f"tagwerk-{os.getuid()}").touch()
    environment = {"PYTHONPATH": f"{SOURCE}{os.pathsep}{tmp_path}", "HOME": "/dev/null", "TMPDIR": str(temporary)}
    program = "import kernel; print(kernel.twice(21))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.stdout, done.stderr) == ("42\n", "")
    assert bool(list(temporary.rglob("*.nbi"))) is writable
