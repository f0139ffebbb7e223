"""The definitions of Tagwerk's modules, and the definitions that each uses; no module is imported for it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tagwerk.workflow.essence import essence

PACKAGE = Path(__file__).parents[1]

# A definition by module and name. For the name may stand the whole module, or what it does when it is imported.
Definition = tuple[str, str]
ALL, SIDE_EFFECTS = "*", ""


@dataclass
class Module:
    """A module in pieces.

    Attributes:
        definitions: the statements that bind each name of the module.
        imports: which module or definition of Tagwerk each imported name is.
        others: statements that bind no name, which run whenever the module is imported.
    """

    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, Definition] = field(default_factory=dict)
    others: list[ast.stmt] = field(default_factory=list)

    def names(self, module: str) -> dict[str, Definition]:
        """Return what the names in this module, of this name, are."""
        return self.imports | {name: (module, name) for name in self.definitions}


@cache
def path_of(name: str) -> Path | None:
    """Return the source file of a module such as `tagwerk.jets.features`, None where there is no such module."""
    base = PACKAGE.joinpath(*name.split(".")[1:])
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


@cache
def read_module(name: str) -> Module:
    """Return a module of Tagwerk in pieces."""
    path = path_of(name)
    assert path is not None, name
    module = Module()
    for statement in ast.parse(path.read_bytes()).body:
        _add(module, statement)
    return module


def statements(definition: Definition) -> list[ast.stmt]:
    """Return the statements of a definition: none of a whole module, whose definitions are its parts."""
    module, name = definition
    found = read_module(module)
    return found.others if name == SIDE_EFFECTS else found.definitions.get(name, [])


def resolved(definition: Definition, member: str | None) -> Definition:
    """Return where a name leads, or a member of it if that is a module: to where it is defined."""
    module, name = definition
    if name == ALL:
        if member is None:
            return definition
        inner = f"{module}.{member}"
        return (inner, ALL) if path_of(inner) else resolved((module, member), None)
    found = read_module(module)
    return resolved(found.imports[name], member) if name in found.imports else definition


def _add(module: Module, statement: ast.stmt) -> None:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        module.imports |= dict(imported(statement))
    elif isinstance(statement, ast.If) and _is_type_checking(statement.test):
        return
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return  # a docstring
    else:
        kept = essence(statement)
        names = list(_bound(kept))
        for name in names:
            module.definitions.setdefault(name, []).append(kept)
        if not names:
            module.others.append(kept)


def imported(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Definition]]:
    """Yield the names that a statement imports from Tagwerk, and what each is."""
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            if alias.name.split(".")[0] == PACKAGE.name:
                yield alias.asname or alias.name.split(".")[0], (alias.name if alias.asname else PACKAGE.name, ALL)
        elif (statement.module or "").split(".")[0] == PACKAGE.name and not statement.level:
            inner = f"{statement.module}.{alias.name}"
            yield alias.asname or alias.name, (inner, ALL) if path_of(inner) else (str(statement.module), alias.name)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds in its module."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        for node in ast.walk(ast.Tuple(statement.targets)):
            if isinstance(node, ast.Name):
                yield node.id
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id


def _is_type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"
