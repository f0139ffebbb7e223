"""Data flows in one direction, and so do the imports."""

import grimp
import pytest

# Each package may import from those below it only.
DIRECTION = (
    "cli",
    {"projects", "listings"},
    "workflow",
    "publication",
    "plots",
    "report",
    "robustness",
    {"evaluation", "tuning"},
    {"scores", "exports"},
    "training",
    "summaries",
    "records",
    "drafts",
    {"fetch", "simulate", "readers"},
    "checks",
    "cards",
    "taggers",
    "layers",
    "packed",
    "jets",
    "provenance",
)
PACKAGES = {name for level in DIRECTION for name in (level if isinstance(level, set) else [level])}


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    graph = grimp.build_graph("tagwerk", cache_dir=None)
    for public in graph.find_modules_directly_imported_by("tagwerk"):  # by type checkers only
        graph.remove_import(importer="tagwerk", imported=public)
    return graph


def test_every_package_is_in_the_list(imports: grimp.ImportGraph) -> None:
    packages = {name for name in imports.find_children("tagwerk") if imports.find_children(name)}
    assert {name.removeprefix("tagwerk.") for name in packages} == PACKAGES


def test_no_package_imports_from_a_later_stage(imports: grimp.ImportGraph) -> None:
    wrong = imports.find_illegal_dependencies_for_layers(layers=DIRECTION, containers={"tagwerk"})
    assert {(each.importer, each.imported) for each in wrong} == set()


def test_modules_beside_the_packages_import_from_none_of_them(imports: grimp.ImportGraph) -> None:
    shared = imports.find_children("tagwerk") - {f"tagwerk.{name}" for name in PACKAGES} - {"tagwerk.__main__"}
    found = {(name, other) for name in shared for other in imports.find_modules_directly_imported_by(name)}
    assert found
    assert {pair for pair in found if pair[1] != "tagwerk" and pair[1].split(".")[1] in PACKAGES} == set()


def test_architectures_import_layers_only(imports: grimp.ImportGraph) -> None:
    modules = imports.find_descendants("tagwerk.taggers")
    found = {name for module in modules for name in imports.find_modules_directly_imported_by(module)}
    assert modules
    assert all(name.startswith("tagwerk.layers.") for name in found)
