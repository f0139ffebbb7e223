"""First lines of docstrings, of modules without importing them."""

import ast
import inspect
from pathlib import Path
from typing import Any


def module_summary(path: Path) -> str:
    """Return the first line of the docstring of a module, given by its file."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring is not None, path
    return docstring.splitlines()[0]


def returned(function: Any) -> str:
    """Return what a function returns, by its docstring, without the shape."""
    text = inspect.getdoc(function)
    assert text is not None, function
    first = text.splitlines()[0].replace(", (N,)", "")
    return first.removeprefix("Return ").removeprefix("the ")
