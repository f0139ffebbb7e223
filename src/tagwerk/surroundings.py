"""Settings that must not depend on the user's environment: encodings, cache folders and the Keras configuration."""

import io
import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from stat import S_IMODE, S_ISREG

from tagwerk.errors import UserError
from tagwerk.processes import Process

# NumExpr, which pandas imports, and Numba fail on a value that they cannot parse.
_THREADS = tuple(f"{library}_NUM_THREADS" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR"))
_OWN_LOG = Path("/proc/self/fd/2")  # on Linux; opens the file behind standard error again
# What TensorFlow's libraries write before they obey TF_CPP_MIN_LOG_LEVEL.
TENSORFLOW_MESSAGE = re.compile(
    r"(?m)^(?:WARNING: All log messages before absl::|[IWE]\d{4} \d\d:\d\d:|\d{4}-\d\d-\d\d [\d:.]+: [IWE] ).*\n?"
)
# The defaults of Keras; keras.json, or a program that imported Keras before, may have changed them.
_FLOATX, _EPSILON, _IMAGE_DATA_FORMAT = "float32", 1e-7, "channels_last"


def restart_in_utf8() -> None:
    """Restart `tagwerk` in Python's UTF-8 mode if the locale uses another encoding for file names and text."""
    if sys.getfilesystemencoding() != "utf-8":
        # Without -P, Python would import any module of a library's name in the working directory.
        os.execv(sys.executable, [sys.executable, "-P", "-X", "utf8", "-m", "tagwerk", *sys.argv[1:]])


def set_up_process() -> None:
    """Print UTF-8, never turn warnings into errors, and draw without a display or a writable home directory."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    if any(option.startswith("error") for option in sys.warnoptions):  # a library's warning must not stop a run
        warnings.simplefilter("default")
        for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)
    _clean_thread_counts()
    os.environ["MPLBACKEND"] = "agg"
    if "MPLCONFIGDIR" not in os.environ and not _is_writable(_matplotlib_cache()):
        os.environ["MPLCONFIGDIR"] = str(private_folder() or tempfile.mkdtemp(prefix="tagwerk-"))


def job_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to add to the environment of the workflow's jobs.

    Jobs run the `tagwerk` next to the Python that runs Snakemake, unless a rule's conda environment comes first.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH') or os.defpath}"
    return {"PATH": path, "PYTHONUTF8": "1", "TAGWERK_WORKFLOW": "1"}


def private_folder() -> Path | None:
    """Return a temporary folder that only this user can write to; None if there cannot be one."""
    temporary, name = Path(tempfile.gettempdir()), f"tagwerk-{os.getuid()}"
    folder = temporary.parent if temporary.parent.name == name else temporary / name
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return None
    is_private = status.st_uid == os.getuid() and S_IMODE(status.st_mode) == 0o700 and not folder.is_symlink()
    return folder if is_private else None


@contextmanager
def private_temporary_folder() -> Iterator[None]:
    """Give this process a temporary folder of its own in the block, and remove those of processes that were killed.

    TensorFlow, among others, removes its temporary files only at the regular end of a process.
    """
    parent = private_folder()
    if parent is None:
        yield
        return
    folder = parent / f"{Process.current()}.tmp"
    for path in parent.glob("*.tmp"):
        process = Process.parse(path.stem)
        if process is not None and process.has_abandoned(path):
            shutil.rmtree(path, ignore_errors=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)


def select_tensorflow() -> None:
    """Select the TensorFlow backend of Keras, and ignore keras.json; call before Keras is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for name in ("TF_USE_LEGACY_KERAS", "KERAS_NNX_ENABLED", "KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH"):
        os.environ.pop(name, None)
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["KERAS_HOME"] = os.devnull  # not a folder, so Keras neither reads nor writes keras.json


@contextmanager
def loading_tensorflow() -> Iterator[None]:
    """Remove from a job's log what TensorFlow's libraries write while they are loaded.

    Standard error is not redirected: if loading crashes, all is in
    the log, which belongs to this process in a job of the workflow only.
    """
    if not _owns_log():
        yield
        return
    sys.stderr.flush()
    start = os.lseek(2, 0, os.SEEK_CUR)
    yield
    sys.stderr.flush()
    with _OWN_LOG.open("rb") as log:
        log.seek(start)
        written = log.read().decode("utf-8", "surrogateescape")
    kept = TENSORFLOW_MESSAGE.sub("", written)
    if kept != written:
        os.ftruncate(2, start)
        os.lseek(2, start, os.SEEK_SET)
        os.write(2, kept.encode("utf-8", "surrogateescape"))


def configure_keras() -> None:
    """Reset Keras to its default precision, epsilon and data format.

    Raises:
        UserError: Keras was imported with another backend, which cannot be changed afterwards.
    """
    import keras

    if keras.config.backend() != "tensorflow":
        raise UserError(
            f"KERAS_BACKEND: Keras uses the backend {keras.config.backend()} in this process, but Tagwerk needs "
            "tensorflow; import tagwerk.training before Keras"
        )
    keras.config.set_floatx(_FLOATX)
    keras.config.set_epsilon(_EPSILON)
    keras.config.set_image_data_format(_IMAGE_DATA_FORMAT)


def _owns_log() -> bool:
    """Return whether standard error is a file of this process alone, which can be read, and to be quiet in."""
    of_job = bool(os.environ.get("TAGWERK_WORKFLOW")) and os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "3"
    return of_job and S_ISREG(os.fstat(2).st_mode) and os.access(_OWN_LOG, os.R_OK | os.W_OK)


def _clean_thread_counts() -> None:
    """Keep the first entry of a list, which OpenMP allows, and drop anything that is not a positive integer."""
    for name in _THREADS:
        if name in os.environ:
            count = os.environ.pop(name).partition(",")[0].strip()
            if count.isascii() and count.isdigit() and int(count):
                os.environ[name] = count


def _matplotlib_cache() -> Path:
    """Return Matplotlib's default folder for its font cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "matplotlib"


def _is_writable(folder: Path) -> bool:
    """Return whether a folder is writable, or can be created."""
    # `Path.exists` raises if a parent folder may not be entered.
    existing = next(path for path in (folder, *folder.parents) if os.path.exists(path))  # noqa: PTH110
    return existing.is_dir() and os.access(existing, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
