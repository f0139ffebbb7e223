"""Fingerprints of the code that a stage depends on, definition by definition.

They are computed from the source: a definition counts with all that it names, and all that these name in turn.
Docstrings, comments and the other definitions of a module do not count. A function that is looked up by name in one of
the `TABLES` counts if its name is in a card or in code that counts. Modules that are imported by name, such as an
architecture or a layout, are given by the rule.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from itertools import accumulate

from tagwerk.workflow.modules import ALL, PACKAGE, SIDE_EFFECTS, Definition, imported, read_module, resolved, statements

# Functions of a module by name.
TABLES = (
    "jets.features:FEATURES",
    "jets.lund:LUND",
    "jets.substructure:VARIABLES",
    "jets.tau_variables:TAU_VARIABLES",
)


@cache
def fingerprint(*roots: str, card: str | None = None) -> str:
    """Return a hash of the code that these modules or definitions depend on, 16 hexadecimal digits.

    Args:
        roots: such as `cli.train`, a module, or `jets.features:log_pt`, a definition.
        card: the text that names the functions of `TABLES` that are used; all are used without it.
    """
    found = _closure(roots, card)
    lines = sorted(
        f"{module}:{name} {_hash((module, name)) if whole else ''}" for (module, name), whole in found.items()
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def submodules(package: str) -> list[str]:
    """Return the modules of a package, all of which are imported by name, such as metrics and figures."""
    names = sorted(path.stem for path in PACKAGE.joinpath(*package.split(".")).glob("*.py"))
    return [f"{package}.{name}" for name in names if name != "__init__"]


def contents(folder: str) -> str:
    """Return a hash of the files in a folder of the package and below, 16 hexadecimal digits."""
    files = sorted(path for path in PACKAGE.joinpath(folder).rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(f"{file.name}\n".encode() + file.read_bytes() for file in files)).hexdigest()[:16]


def definitions(*roots: str, card: str | None = None) -> set[str]:
    """Return the definitions that these depend on, such as `jets.features:log_pt`; arguments as of `fingerprint`."""
    found = _closure(roots, card)
    return {
        f"{module.removeprefix(f'{PACKAGE.name}.')}:{name}" for module, name in found if name not in (ALL, SIDE_EFFECTS)
    }


def _closure(roots: tuple[str, ...], card: str | None) -> dict[Definition, bool]:
    """Return all definitions that the roots depend on, and of each whether all of it counts, or some entries alone."""
    tables = set() if card is None else {_definition(table) for table in TABLES}
    found: dict[Definition, bool] = {}
    words = set() if card is None else _words(card)
    waiting = [_definition(root) for root in roots]
    while waiting:
        while waiting:
            each = waiting.pop()
            if each not in found:
                found[each] = each not in tables
                waiting += _uses(each) if found[each] else []
                words |= _strings(each) if found[each] else set()
        entries = {entry for table in tables & found.keys() for entry in _uses(table) if entry[1] in words}
        waiting = list(entries - found.keys())
    return found


def _definition(root: str) -> Definition:
    module, _, name = root.partition(":")
    return f"{PACKAGE.name}.{module}", name or ALL


@cache
def _hash(definition: Definition) -> str:
    text = "\n".join(ast.dump(statement) for statement in statements(definition))
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _uses(definition: Definition) -> tuple[Definition, ...]:
    """Return what a definition uses of Tagwerk, the import of its module and of the packages around it included."""
    module, name = definition
    used = {(module, each) for each in read_module(module).definitions} if name == ALL else set()
    used |= {(package, SIDE_EFFECTS) for package in accumulate(module.split("."), "{}.{}".format)}
    for statement in statements(definition):
        used |= set(_named(statement, module))
    return tuple(sorted(used - {definition}))


def _named(statement: ast.stmt, module: str) -> Iterator[Definition]:
    """Yield the definitions that a statement names, those that it imports itself included."""
    nodes = list(ast.walk(statement))
    within = [each for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for each in imported(node)]
    known = read_module(module).names(module) | dict(within)
    members = {node.value: node.attr for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id in known:
            yield resolved(known[node.id], members.get(node))


@cache
def _strings(definition: Definition) -> frozenset[str]:
    nodes = (node for statement in statements(definition) for node in ast.walk(statement))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _words(card: str) -> set[str]:
    return set(re.findall(r"\w+", card))
