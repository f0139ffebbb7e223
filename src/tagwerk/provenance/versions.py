"""Software versions that a result records."""

import platform
from importlib.metadata import version

import tagwerk

_PACKAGES = ("awkward", "fastjet", "keras", "numpy", "onnxruntime", "pythia8mc", "scikit-learn", "tensorflow", "uproot")


def versions() -> dict[str, str]:
    """Return the versions of Tagwerk, Python and the packages that affect results."""
    return {"tagwerk": tagwerk.__version__, "python": platform.python_version()} | {
        package: version(package) for package in _PACKAGES
    }
