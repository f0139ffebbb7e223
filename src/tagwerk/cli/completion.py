"""Completion in the shell: of commands, options and the names of cards, without importing what a command does."""

import ast
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tagwerk.cards.card_names import card_names

_VARIABLE = "_TAGWERK_COMPLETE"  # set by the shell's function for a program of this name
_LINES = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")  # with the line so far: of bash, and of other shells


def words_to_complete() -> list[str] | None:
    """Return the words after `tagwerk` on the line that a shell asks to complete; None if it is to be run."""
    if _VARIABLE not in os.environ:
        return None
    line = next((os.environ[name] for name in _LINES if name in os.environ), "")
    return line.split()[1:]


def complete_cards(*folders: str) -> Callable[[str], list[str]]:
    """Return a function that completes the name of a card in one of these folders, such as `taggers`."""

    def complete(incomplete: str) -> list[str]:
        names = sorted({name for folder in folders for name in card_names(folder)})
        return [name for name in names if name.startswith(incomplete)]

    return complete


def signature(path: Path, name: str) -> Callable[..., None]:
    """Return a function with the parameters of one in a module, given by its file, that does nothing.

    Of the module's imports, only those are run that the parameters need: the others take seconds.
    """
    module = ast.parse(path.read_text(encoding="utf-8"))
    (function,) = (each for each in module.body if isinstance(each, ast.FunctionDef) and each.name == name)
    needed = {node.id for node in ast.walk(function.args) if isinstance(node, ast.Name)}
    function.body = [ast.Pass()]
    function.returns = None
    definitions: list[ast.stmt] = [kept for each in module.body if (kept := _needed(each, needed)) is not None]
    namespace: dict[str, Any] = {}
    code = ast.fix_missing_locations(ast.Module([*definitions, function], []))
    exec(compile(code, str(path), "exec"), namespace)  # Tagwerk's own source, less than an import would run
    command: Callable[..., None] = namespace[name]
    return command


def _needed(statement: ast.stmt, names: set[str]) -> ast.stmt | None:
    """Return the part of an import, or an assignment, that binds one of these names."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        aliases = [alias for alias in statement.names if (alias.asname or alias.name) in names]
        statement.names = aliases
        return statement if aliases else None
    if isinstance(statement, ast.Assign):
        bound = {node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)}
        return statement if bound & names else None
    return None
