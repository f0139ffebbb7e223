"""The user's environment changes neither the results of Tagwerk nor whether it runs."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tagwerk import surroundings
from tagwerk.surroundings import job_environment, private_folder

SOURCE = Path(surroundings.__file__).parents[1]
# ASCII is the fallback in a locale that Python does not recognise as UTF-8.
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in an empty folder."""
    variables = {**os.environ, "PYTHONPATH": str(SOURCE), **environment}
    with TemporaryDirectory() as folder:
        return subprocess.run(
            [sys.executable, *arguments], cwd=folder, env=variables, capture_output=True, encoding="utf-8", check=False
        )


def test_keras_ignores_the_settings_of_the_user(tmp_path):
    (tmp_path / ".keras").mkdir()
    settings = {"floatx": "float64", "epsilon": 0.1, "backend": "jax", "image_data_format": "channels_first"}
    (tmp_path / ".keras/keras.json").write_text(json.dumps(settings), encoding="utf-8")
    program = (
        "import tagwerk.training, keras; from tagwerk.surroundings import configure_keras; configure_keras();"
        "config = keras.config; print(config.backend(), config.floatx(), config.epsilon(), config.image_data_format())"
    )
    done = python(
        "-c", program, HOME=str(tmp_path), KERAS_BACKEND="torch", KERAS_MAX_EPOCHS="none", TF_USE_LEGACY_KERAS="1"
    )
    assert done.stdout.split() == ["tensorflow", "float32", "1e-07", "channels_last"], done.stderr


def test_another_keras_backend_is_refused():
    program = (
        "import sys, types; keras = types.ModuleType('keras'); sys.modules['keras'] = keras;"
        "keras.config = types.SimpleNamespace(backend=lambda: 'jax');"
        "from tagwerk.surroundings import configure_keras; configure_keras()"
    )
    message = "UserError: KERAS_BACKEND: Keras uses the backend jax in this process, but Tagwerk needs tensorflow"
    assert message in python("-c", program).stderr


@pytest.mark.parametrize("environment", [ASCII, {"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "de_DE.ISO-8859-1"}])
def test_messages_and_cards_are_utf8_in_any_locale(tmp_path, environment):
    card = tmp_path / "größe.yaml"
    card.write_text("title: größe_日本\ntitel: größe\n", encoding="utf-8")
    done = python("-m", "tagwerk", "simulate", str(card), "part", "--out", "out.root", **environment)
    assert f"tagwerk: {card}: unknown key 'titel' (value 'größe'); did you mean 'title'?" in done.stderr.splitlines()


def test_modules_in_the_working_directory_are_not_imported(tmp_path):
    (tmp_path / "typer.py").write_text("import pathlib; pathlib.Path('hacked').touch(); from nowhere import x")
    hacked, command = tmp_path / "hacked", [sys.executable, "-m", "tagwerk", "--help"]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    hacked.unlink()  # by Python's own rule for -m
    command = [sys.executable, "-P", "-c", "import sys; from tagwerk.cli import program; program()", "--help"]
    done = subprocess.run(command, cwd=tmp_path, env=environment | ASCII, capture_output=True, check=False)
    assert b"Usage" in done.stdout
    assert not hacked.exists()


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONWARNINGS": "error", "OMP_NUM_THREADS": "4,2"},
        {"PYTHONOPTIMIZE": "2", "MPLBACKEND": "TkAgg", "DISPLAY": "", "NUMBA_NUM_THREADS": ""},
        {"HOME": "/dev/null", "COLUMNS": "none", "OMP_NUM_THREADS": "none", "TMPDIR": "/nowhere"},
    ],
    ids=lambda environment: "-".join(environment),
)
def test_a_stage_starts_quietly_in_an_unusual_environment(environment):
    done = python("-m", "tagwerk", "compare", "no.yaml", "summary", "run", "--out", "out", **environment)
    assert done.stderr == "tagwerk: no.yaml: no such card; known: none\n"


@pytest.mark.parametrize(
    ("value", "cleaned"), [("4", "4"), ("4,2", "4"), ("", None), ("none", None), ("0", None), ("-1", None)]
)
def test_thread_counts_are_positive_integers(monkeypatch, value, cleaned):
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    surroundings._clean_thread_counts()
    assert os.environ.get("OMP_NUM_THREADS") == cleaned


@pytest.mark.parametrize("path", [None, "", "/cvmfs/view/bin:/bin"])
def test_jobs_find_the_programs_of_this_environment_first(path):
    jobs = job_environment({} if path is None else {"PATH": path})
    assert jobs["PATH"].split(":") == [str(Path(sys.executable).parent), *(path or os.defpath).split(":")]


def test_a_folder_that_others_can_write_to_is_not_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr(surroundings.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = private_folder()
    assert folder is not None
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert private_folder() == folder
    folder.chmod(0o777)
    assert private_folder() is None
    folder.rmdir()
    folder.symlink_to(tmp_path)
    assert private_folder() is None


def test_no_folder_if_none_can_be_created(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(surroundings.tempfile, "gettempdir", lambda: str(tmp_path / "file"))
    assert private_folder() is None


TEMPORARY = """
import tempfile, time
from tagwerk.surroundings import private_folder, private_temporary_folder
shared = private_folder()
with private_temporary_folder():
    tempfile.NamedTemporaryFile(prefix="left", delete=False)
    assert private_folder() == shared
    print("written", flush=True)
    time.sleep({seconds})
"""


def test_temporary_files_go_with_their_process_or_with_the_next_one(tmp_path):
    """As TensorFlow's, which are only removed at the regular end of a process."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", TEMPORARY.format(seconds=60)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        living = list(tmp_path.rglob("left*"))
        assert len(living) == 1
        assert python("-c", TEMPORARY.format(seconds=0), TMPDIR=str(tmp_path)).returncode == 0
        assert list(tmp_path.rglob("left*")) == living
        process.kill()
    assert list(tmp_path.rglob("left*")) == living
    assert python("-c", TEMPORARY.format(seconds=0), TMPDIR=str(tmp_path)).returncode == 0
    assert [path.name for path in tmp_path.rglob("*")] == [f"tagwerk-{os.getuid()}"]


MESSAGES = """\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795927270.280472    3420 cudart_stub.cc:31] Could not find cuda drivers on your machine.
2026-11-29 05:06:04.123456: E external/local_xla/cuda_fft.cc:467] Unable to register cuFFT factory
"""
LOADING = """
import os, sys
from tagwerk.surroundings import loading_tensorflow, select_tensorflow
select_tensorflow()
print("before", file=sys.stderr)
with loading_tensorflow():
    os.write(2, sys.argv[1].encode())
    print("a warning of Python", file=sys.stderr)
    if "crash" in sys.argv: os.abort()
print("after", file=sys.stderr)
"""


def log_of_loading(folder: Path, *arguments: str, **environment: str) -> str:
    """Return the log of a process in which the libraries of TensorFlow write messages while they are loaded."""
    log, start = folder / "log", "of the shell\n"
    inherited = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    variables = {**inherited, "PYTHONPATH": str(SOURCE), "TAGWERK_WORKFLOW": "1", **environment}
    with log.open("w", encoding="utf-8") as stream:
        stream.write(start)
        stream.flush()
        subprocess.run([sys.executable, "-c", LOADING, MESSAGES, *arguments], env=variables, stderr=stream, check=False)
    return log.read_text(encoding="utf-8").removeprefix(start)


def test_what_tensorflow_says_while_it_is_loaded_is_not_in_a_job_s_log(tmp_path):
    assert log_of_loading(tmp_path) == "before\na warning of Python\nafter\n"


def test_if_loading_crashes_all_is_in_the_log(tmp_path):
    assert log_of_loading(tmp_path, "crash") == f"before\n{MESSAGES}a warning of Python\n"


@pytest.mark.parametrize("environment", [{"TF_CPP_MIN_LOG_LEVEL": "0"}, {"TAGWERK_WORKFLOW": ""}], ids=str)
def test_who_asks_for_tensorflow_s_messages_or_runs_no_job_keeps_them(tmp_path, environment):
    assert log_of_loading(tmp_path, **environment) == f"before\n{MESSAGES}a warning of Python\nafter\n"
