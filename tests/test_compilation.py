"""Numba's functions are cached, compiled again when any of them changes, and work where nothing can be written."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tagwerk
from tagwerk import compilation

PACKAGE = Path(tagwerk.__file__).parent
INNER = """
from tagwerk.compilation import cached_njit

@cached_njit()
def factor():
    return 2
"""
OUTER = """
from tagwerk.compilation import cached_njit
from tagwerk.packed.inner import factor

@cached_njit()
def scaled(x):
    return factor() * x
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of what compiles kernels, with two kernels, of which one calls the other."""
    folder = tmp_path / "source/tagwerk"
    (folder / "packed").mkdir(parents=True)
    for name in ("compilation.py", "surroundings.py", "processes.py", "errors.py"):
        shutil.copy(PACKAGE / name, folder)
    for name, text in {"__init__": "", "packed/__init__": "", "packed/inner": INNER, "packed/outer": OUTER}.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "temporary").mkdir()
    return folder


def run(package: Path, **environment: str) -> str:
    temporary = package.parents[1] / "temporary"
    variables = {"PYTHONPATH": str(package.parent), "HOME": "/dev/null", "TMPDIR": str(temporary)} | environment
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "from tagwerk.packed.outer import scaled; print(scaled(21))"],
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.strip()


def cached(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.nb[ic]"))


def test_a_kernel_that_another_one_calls_is_never_stale(package):
    assert run(package) == "42"
    first = cached(package)
    assert run(package) == "42"
    assert cached(package) == first  # compiled once
    (package / "packed/inner.py").write_text(INNER.replace("return 2", "return 3"), encoding="utf-8")
    assert run(package) == "63"


def test_processors_with_other_instructions_share_a_cache(package):
    assert run(package) == run(package, NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="") == "42"
    assert len([path for path in cached(package) if path.suffix == ".nbc" and "scaled" in path.name]) == 2


def test_the_place_of_the_cache_can_be_chosen(package, tmp_path):
    assert run(package, NUMBA_CACHE_DIR=str(tmp_path / "chosen")) == "42"
    assert cached(tmp_path / "chosen")
    assert not cached(package)


def test_caches_of_the_last_versions_are_kept(package):
    folder = package / "__pycache__/kernels"
    for number in range(8):
        (folder / f"version{number}").mkdir(parents=True)
        os.utime(folder / f"version{number}", (number, number))
    run(package)
    assert sorted(path.name for path in folder.glob("version*")) == [f"version{number}" for number in (4, 5, 6, 7)]


@pytest.mark.parametrize("writable", [True, False])
def test_a_read_only_installation_without_a_home_directory_still_compiles(package, tmp_path, writable):
    (package / "__pycache__").touch()  # a file, so that not even root can write there
    if not writable:
        (tmp_path / "temporary" / f"tagwerk-{os.getuid()}").touch()
    assert run(package) == "42"
    assert bool(cached(tmp_path / "temporary")) is writable


def modules_with_kernels() -> list[Path]:
    kernels = re.compile(r"^@_?(compiled|cached_njit|inlined|intrinsic)\b|^_?compiled = cached_njit", re.MULTILINE)
    return [path for path in sorted(PACKAGE.rglob("*.py")) if kernels.search(path.read_text(encoding="utf-8"))]


def test_coverage_leaves_out_the_modules_with_kernels_and_no_others() -> None:
    settings = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    expected = [f"src/{path.relative_to(PACKAGE.parent)}" for path in modules_with_kernels()]
    assert sorted(settings["tool"]["slipcover"]["omit"]) == expected


def test_the_cache_is_named_after_every_module_with_kernels() -> None:
    hashed = {path for pattern in compilation._WITH_KERNELS for path in PACKAGE.glob(pattern)}
    assert set(modules_with_kernels()) <= hashed
