"""ROOT files, opened without taking names of files for URLs or names of branches for Python, as uproot does."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import uproot
from uproot.language.python import PythonLanguage


def open_root(file: Path) -> Any:
    """Return the directory of a ROOT file."""
    # By default uproot opens local files with fsspec, for which a colon in a name may end a protocol.
    is_remote = hasattr(file, "storage_options")
    return uproot.open(file, handler=None if is_remote else uproot.MultithreadedFileSource)


class NamesOnly(PythonLanguage):  # type: ignore[misc]  # uproot has no type stubs
    """Names of branches and nothing else.

    uproot's own language evaluates as Python any name that is not a branch, and the aliases in the file.
    """

    def free_symbols(self, expression: str, *_: Any) -> list[str]:
        """Refuse what is not the name of a branch."""
        raise KeyError(expression)

    def compute_expressions(
        self,
        hasbranches: Any,
        arrays: Mapping[str, Any],
        expression_context: Sequence[tuple[str, Mapping[str, Any]]],
        keys: Collection[str],
        aliases: Mapping[str, str],
        *location: str,
    ) -> dict[str, Any]:
        """Return the arrays of the branches, by name."""
        unknown = [name for name, _ in expression_context if name not in keys]
        if unknown:
            raise KeyError(unknown[0])
        values: dict[str, Any] = super().compute_expressions(
            hasbranches, arrays, expression_context, keys, {}, *location
        )
        return values
