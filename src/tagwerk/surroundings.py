"""What a user's surroundings would decide otherwise: encodings, folders for caches, and how Keras computes."""

import io
import os
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from stat import S_IMODE

from tagwerk.errors import UserError

# NumExpr, which pandas imports, and Numba stop at a value that they cannot read.
_THREADS = tuple(f"{library}_NUM_THREADS" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR"))
# What Keras takes by default; keras.json, or a program that imported Keras before, may have chosen otherwise.
_FLOATX, _EPSILON, _IMAGES = "float32", 1e-7, "channels_last"


def restart_in_utf8() -> None:
    """Run `tagwerk` anew in Python's UTF-8 mode where the locale would have names and texts in another encoding."""
    if sys.getfilesystemencoding() != "utf-8":
        os.execv(sys.executable, [sys.executable, "-X", "utf8", "-m", "tagwerk", *sys.argv[1:]])


def settle() -> None:
    """Make this process print UTF-8, take warnings as warnings, and draw without a display or a writable home."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    if any(option.startswith("error") for option in sys.warnoptions):  # what libraries warn of is no reason to stop
        warnings.simplefilter("default")
        for kind in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", kind)
    _mend_numbers_of_threads()
    os.environ["MPLBACKEND"] = "agg"
    if "MPLCONFIGDIR" not in os.environ and not _writable(_matplotlib_caches()):
        os.environ["MPLCONFIGDIR"] = str(private_folder() or tempfile.mkdtemp(prefix="tagwerk-"))


def for_jobs(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the workflow's jobs get into their environment besides what is there.

    They run with the Python that runs Snakemake, unless a rule's environment comes before it, and in any environment
    with this code; what the user's own PATH and PYTHONPATH hold stays within reach.
    """
    first = {"PATH": Path(sys.executable).parent, "PYTHONPATH": Path(__file__).parents[1]}
    paths = {"PATH": os.defpath, **environment}
    return {
        **{name: os.pathsep.join(filter(None, [str(path), paths.get(name, "")])) for name, path in first.items()},
        "PYTHONUTF8": "1",
        "TAGWERK_WORKFLOW": "1",
    }


def private_folder() -> Path | None:
    """Return a folder for temporary files that this user alone can write into; None where there can be none."""
    folder = Path(tempfile.gettempdir()) / f"tagwerk-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    own = found.st_uid == os.getuid() and S_IMODE(found.st_mode) == 0o700 and not folder.is_symlink()
    return folder if own else None


def choose_tensorflow() -> None:
    """Have Keras run on TensorFlow and read no keras.json, once it is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for name in ("TF_USE_LEGACY_KERAS", "KERAS_NNX_ENABLED", "KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH"):
        os.environ.pop(name, None)
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["KERAS_HOME"] = os.devnull  # no folder: Keras finds no keras.json there and writes none


def settle_keras() -> None:
    """Have Keras compute in single precision, with its own defaults.

    Raises:
        UserError: Keras runs on another library already, which cannot be changed any more.
    """
    import keras

    if keras.config.backend() != "tensorflow":
        raise UserError(
            f"KERAS_BACKEND: Keras runs on {keras.config.backend()} in this process, Tagwerk trains on TensorFlow; "
            "import tagwerk.training before Keras"
        )
    keras.config.set_floatx(_FLOATX)
    keras.config.set_epsilon(_EPSILON)
    keras.config.set_image_data_format(_IMAGES)


def _mend_numbers_of_threads() -> None:
    """Leave to libraries the first number of a list such as OpenMP takes, and nothing that is not a number."""
    for name in _THREADS:
        if name in os.environ:
            number = os.environ.pop(name).partition(",")[0].strip()
            if number.isascii() and number.isdigit() and int(number):
                os.environ[name] = number


def _matplotlib_caches() -> Path:
    """Return the folder that Matplotlib keeps its list of fonts in by default."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "matplotlib"


def _writable(folder: Path) -> bool:
    """Return whether files can be written into a folder, or the folder can be made."""
    # `Path.exists` raises where a folder on the way may not be entered.
    there = next(each for each in (folder, *folder.parents) if os.path.exists(each))  # noqa: PTH110
    return there.is_dir() and os.access(there, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
