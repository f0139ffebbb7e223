"""TensorFlow is loaded before autodoc imports it, without what its libraries then write to standard error."""

import os
from importlib import import_module
from pathlib import Path

from sphinx.application import Sphinx

from tagwerk.surroundings import select_tensorflow


def setup(app: Sphinx) -> dict[str, bool]:
    """Load TensorFlow if the site has the Python API."""
    if (Path(app.srcdir) / "api.md").exists():
        _load()
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _load() -> None:
    select_tensorflow()
    standard_error, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import_module("tensorflow")
    finally:
        os.dup2(standard_error, 2)
        os.close(standard_error)
        os.close(nowhere)
