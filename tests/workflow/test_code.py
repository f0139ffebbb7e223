"""A stage's fingerprint covers exactly the code that the stage depends on."""

import subprocess
import sys

import pytest

from tagwerk.workflow import modules
from tagwerk.workflow.code import definitions, fingerprint
from tagwerk.workflow.modules import ALL, SIDE_EFFECTS, resolved


def packages(names):
    return {name.partition(":")[0].partition(".")[0] for name in names}


def test_simulation_depends_on_no_later_stage():
    found = definitions("cli.simulate")
    assert "simulate.tracking:track" in found or any(name.startswith("simulate.tracking:") for name in found)
    assert not packages(found) & {
        "readers",
        "records",
        "summaries",
        "layers",
        "training",
        "evaluation",
        "report",
        "plots",
    }


def test_only_the_named_layout_and_architecture_count():
    layouts = {name for name in definitions("cli.ingest", "readers.layouts.jets") if ".layouts." in name}
    assert {name.partition(":")[0] for name in layouts} == {"readers.layouts.jets"}
    taggers = {name for name in definitions("cli.train", "taggers.recurrent") if name.startswith("taggers.")}
    assert {name.partition(":")[0] for name in taggers} == {"taggers.recurrent"}


def test_a_network_depends_on_its_kernels():
    assert any(name.startswith("packed.kernels:") for name in definitions("cli.train", "taggers.recurrent"))
    assert not any(name.startswith("packed.") for name in definitions("cli.train", "taggers.boosted_trees"))


def test_features_count_if_card_or_code_names_them():
    def found(architecture, card):
        names = definitions("cli.train", f"taggers.{architecture}", card=card)
        return {name.partition(":")[2] for name in names if name.startswith("jets.features:")}

    assert "theta" not in found("recurrent", '{"constituents": ["log_energy"]}')
    assert {"log_energy", "_jet_energy"} & found("recurrent", '{"constituents": ["log_energy"]}') == {"log_energy"}
    assert {"energy_share", "_jet_energy"} <= found("recurrent", '{"constituents": ["energy_share"]}')
    assert {"delta_eta", "delta_phi"} <= found("particle_net", "{}")  # its graph lies in the plane


def test_of_the_variables_of_taus_those_in_the_card_count():
    def found(card):
        names = definitions("cli.ingest", "readers.layouts.jets", card=card)
        return {name.partition(":")[2] for name in names if name.startswith(("jets.tau_var", "jets.secondary"))}

    assert not found('{"tau_variables": []}') & {"dr_max", "tr_flight_path_sig", "fit_vertices"}
    assert {"dr_max", "fit_vertices"} & found('{"tau_variables": ["dr_max"]}') == {"dr_max"}
    assert {"tr_flight_path_sig", "fit_vertices"} <= found('{"tau_variables": ["tr_flight_path_sig"]}')


def test_without_a_card_all_features_count():
    assert {"jets.features:theta", "jets.lund:lund_psi"} <= definitions("cli.summarise")


@pytest.mark.parametrize(
    ("definition", "member", "where"),
    [
        (("tagwerk.jets", ALL), "features", ("tagwerk.jets.features", ALL)),
        (("tagwerk.jets.features", ALL), "log_pt", ("tagwerk.jets.features", "log_pt")),
        (("tagwerk.summaries.feature_lists", "FEATURES"), None, ("tagwerk.jets.features", "FEATURES")),
        (("tagwerk.jets.features", "log_pt"), "__name__", ("tagwerk.jets.features", "log_pt")),
    ],
)
def test_names_resolve_to_their_definitions(definition, member, where):
    assert resolved(definition, member) == where


def test_side_effects_of_an_import_count():
    assert modules.statements(("tagwerk.training", SIDE_EFFECTS))


@pytest.mark.parametrize("stage", ["simulate", "ingest", "summarise", "train", "tune", "score", "probe", "compare"])
def test_what_records_the_provenance_reruns_nothing(stage):
    found = {name.partition(":")[0] for name in definitions(f"cli.{stage}") if name.startswith("provenance.")}
    assert "provenance.notes" in found
    assert found <= {"provenance.notes", "provenance.versions"}


def test_a_fingerprint_is_reproducible_and_differs_between_stages():
    stages = ("cli.simulate", "cli.summarise", "cli.compare", "cli.report")
    fingerprints = [fingerprint(stage) for stage in stages]
    assert fingerprints == [fingerprint(stage) for stage in stages]
    assert len(set(fingerprints)) == len(stages)


def test_what_the_rules_import_is_light():
    modules = ("cards.search", "cards.study", "workflow.code", "workflow.configuration", "workflow.keys")
    heavy = {"awkward", "h5py", "keras", "numba", "pandas", "pyarrow", "scipy", "sklearn", "uproot"}
    imports = ", ".join(f"tagwerk.{module}" for module in modules)
    program = f"import sys, {imports}; print(*sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
