"""Data flows in one direction, and so do the imports."""

import grimp
import pytest

# Each folder may import from those below it only.
DIRECTION = (
    "cli",
    "report",
    "plots",
    {"evaluation", "tuning"},
    "training",
    "layers",
    "packed",
    "shards",
    "drafts",
    {"fetch", "simulate", "readers"},
    "checks",
    "cards",
    "jets",
)


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("tagwerk", cache_dir=None)


def test_no_folder_imports_from_a_later_stage(imports: grimp.ImportGraph) -> None:
    wrong = imports.find_illegal_dependencies_for_layers(layers=DIRECTION, containers={"tagwerk"})
    assert {(each.importer, each.imported) for each in wrong} == set()


def test_architectures_import_layers_only(imports: grimp.ImportGraph) -> None:
    modules = imports.find_descendants("tagwerk.taggers")
    found = {name for module in modules for name in imports.find_modules_directly_imported_by(module)}
    assert modules
    assert all(name.startswith("tagwerk.layers.") for name in found)
