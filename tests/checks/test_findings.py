import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.checks.findings import Findings
from tagwerk.checks.judge import judge_findings
from tagwerk.readers.jet_record import jets_of
from tests.conftest import DATASET, changed

PLAIN = changed(DATASET, "substructure", [])


def branches(**changes):
    """Four jets of two events with 2, 1, 0 and 1 constituents; the second class from the third on."""
    pt = ak.Array([[30.0, 70.0], [100.0], [], [90.0]])
    columns = {
        "event": np.array([1, 1, 2, 2]),
        "is_wide": np.array([0, 0, 1, 1]),
        "jet_pt": np.full(4, 100.0) + np.arange(4),
        "jet_eta": np.zeros(4),
        "jet_phi": np.zeros(4),
        "jet_mass": np.full(4, 10.0),
        "c_pt": pt,
        "c_eta": 0 * pt,
        "c_phi": 0 * pt,
        "c_energy": pt,
        "c_charge": 0 * pt,
    }
    return ak.zip(columns | changes, depth_limit=1)


def checked(*chunks, card=PLAIN, links=None, dangling=None):
    """The result of the check of a file with these chunks."""
    dataset = Dataset.model_validate(card)
    findings = Findings(dataset)
    for chunk in chunks:
        findings.add(chunk, jets_of(chunk, dataset, "toy"))
    return judge_findings("toy.root", findings, links or {}, dangling or {})


def faults(*chunks, **options):
    return {fault.check: fault for fault in checked(*chunks, **options).faults}


def with_value(name, jet, value):
    """Branches with another value for a jet or its first constituent."""
    values = branches()[name].tolist()
    if isinstance(values[jet], list):
        values[jet][0] = value
    else:
        values[jet] = value
    return branches(**{name: ak.Array(values)})


def test_jets_without_faults_have_only_notes():
    result = checked(branches())
    assert [(fault.check, fault.severity, fault.count) for fault in result.faults] == [
        ("empty_jets", "note", 1),
        ("unordered", "note", 1),
    ]
    assert (result.jets, result.selected, result.left_out) == (4, 4, 0)
    assert result.classes == {"narrow": 2, "wide": 2}


def test_variables_are_counted_with_their_branch_type_and_range():
    by_name = {variable.name: variable for variable in checked(branches()).variables}
    pt = by_name["constituents.pt"]
    assert (pt.branch, pt.type, pt.values, pt.low, pt.median, pt.high) == ("c_pt", "var * float64", 4, 30, 80, 100)
    assert (by_name["jet.pt"].branch, by_name["jet.pt"].values, by_name["jet.pt"].median) == ("jet_pt", 4, 101.5)


def test_chunks_add_up():
    result = checked(branches(), branches(event=np.array([3, 3, 4, 4])))
    assert (result.jets, result.classes) == (8, {"narrow": 4, "wide": 4})
    assert {fault.check: fault.count for fault in result.faults} == {"empty_jets": 2, "unordered": 2}
    assert {variable.name: variable.values for variable in result.variables}["constituents.pt"] == 8


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("branch", "name"), [("jet_mass", "jet.mass"), ("c_eta", "constituents.eta")])
def test_nan_and_infinities_are_counted_in_their_variable(branch, name, value):
    result = checked(with_value(branch, 3, value))
    (fault,) = result.faults_of("error")
    assert (fault.check, fault.where, fault.count, fault.of) == ("not_finite", name, 1, 4)
    variable = {variable.name: variable for variable in result.variables}[name]
    assert (variable.nan, variable.infinite) == ((1, 0) if np.isnan(value) else (0, 1))
    assert np.isfinite([variable.low, variable.median, variable.high]).all()
    assert result.left_out == 1


@pytest.mark.parametrize(("name", "variable"), [("c_energy", "constituents.energy"), ("jet_pt", "jet.pt")])
def test_negative_momenta_are_counted(name, variable):
    fault = faults(with_value(name, 1, -5.0))["negative_energy"]
    assert (fault.severity, fault.where, fault.count) == ("error", variable, 1)


def test_negative_weights_are_counted():
    card = PLAIN | {"weight": "2 - event"}
    assert "negative_weights" not in faults(branches(), card=card)
    fault = faults(branches(event=np.array([1, 1, 3, 3])), card=card)["negative_weights"]
    assert (fault.severity, fault.count) == ("error", 2)


def test_a_jet_of_the_same_event_and_momentum_is_a_duplicate():
    assert "duplicates" not in faults(branches())
    duplicated = branches(jet_pt=np.array([100.0, 100.0, 101.0, 100.0]))
    fault = faults(duplicated)["duplicates"]
    assert (fault.severity, fault.count) == ("error", 1)
    assert faults(branches(), branches())["duplicates"].count == 4


@pytest.mark.parametrize(("unit", "pt", "other"), [("GeV", 600_000, "MeV"), ("MeV", 600, "GeV")])
def test_an_implausible_unit_is_named(unit, pt, other):
    fault = faults(branches(jet_pt=pt + np.arange(4.0)), card=PLAIN | {"momentum_unit": unit})["units"]
    assert f"is the unit {other}? Correct 'momentum_unit: {unit}'" in fault.text
    assert fault.severity == "error"


def test_degrees_are_not_radians():
    fault = faults(branches(jet_phi=np.array([0.0, 90, 180, 270])))["angles"]
    assert (fault.where, fault.count) == ("jet.phi", 3)


def test_constituents_in_another_unit_than_the_jet_are_noticed():
    fault = faults(branches(c_pt=1000 * branches().c_pt))["balance"]
    assert fault.severity == "warning"
    assert fault.where == "constituents"


def test_constituents_of_other_jets_are_noticed():
    fault = faults(branches(jet_phi=np.full(4, 3.0)))["far"]
    assert (fault.severity, fault.count, fault.of) == ("warning", 3, 3)


def test_long_jets_are_counted_with_the_longest():
    fault = faults(branches(), card=changed(PLAIN, "sequences.constituents.max_length", 1))["long_jets"]
    assert (fault.severity, fault.count) == ("warning", 1)
    assert "'max_length: 1', up to 2" in fault.text


def test_a_class_without_jets_is_a_note():
    fault = faults(branches(is_wide=np.zeros(4, int)))["empty_classes"]
    assert (fault.severity, fault.where) == ("note", "wide")


def test_no_selected_jet_is_an_error():
    result = checked(branches(), card=PLAIN | {"selection": "jet_pt < 0"})
    assert [(fault.check, fault.severity) for fault in result.faults] == [("no_jets", "error")]
    assert (result.jets, result.selected) == (4, 0)


def test_dangling_links_are_a_share_of_all_links():
    fault = faults(branches(), links={"constituents": 10}, dangling={"constituents": 4})["dangling_links"]
    assert (fault.severity, fault.count, fault.of) == ("warning", 4, 10)


def test_the_card_sets_the_severity_of_a_fault():
    result = checked(
        with_value("c_eta", 3, np.nan), card=PLAIN | {"checks": {"not_finite": "warning", "empty_jets": "error"}}
    )
    assert [(fault.check, fault.severity) for fault in result.faults] == [
        ("empty_jets", "error"),
        ("not_finite", "warning"),
        ("unordered", "note"),
    ]


def test_a_check_result_survives_json(tmp_path):
    result = checked(with_value("c_eta", 3, np.nan))
    (tmp_path / "check.json").write_text(result.model_dump_json())
    assert type(result).load(tmp_path / "check.json") == result


@pytest.mark.parametrize("value", [0.0, -999.0])
def test_padding_is_counted_with_a_suggested_selection(value):
    fault = faults(with_value("c_pt", 0, value), card=changed(PLAIN, "checks", {"negative_energy": "note"}))["padding"]
    assert (fault.severity, fault.where, fault.count, fault.of) == ("warning", "constituents", 1, 4)
    assert f"pt = {value:g} (1)" in fault.text
    assert "`selection: pt > 0`" in fault.text


def test_the_suggested_selection_removes_padding():
    card = changed(PLAIN, "sequences.constituents.selection", "pt > 0")
    assert "padding" not in faults(with_value("c_pt", 0, 0.0), card=card)


def test_if_nearly_all_slots_are_padding_the_mask_is_inverted():
    zeros = 0 * branches().c_pt
    fault = faults(branches(c_pt=zeros, c_energy=zeros))["inverted"]
    assert (fault.severity, fault.count, fault.of) == ("error", 4, 4)
    assert "mask" in fault.text


@pytest.mark.parametrize("pt", [[[-30.0, 10.0], [-5.0], [], [0.0]], [[-1.0, -1.0], [-1.0], [], [-1.0]]])
def test_negative_sums_of_pt_are_no_denominators(pt):
    assert "negative_energy" in faults(branches(c_pt=ak.Array(pt)))


def test_jets_without_momentum_are_counted_and_are_no_denominators():
    fault = faults(branches(jet_pt=np.array([0, 90, 0, 80.0]), jet_mass=np.zeros(4)))["padding"]
    assert (fault.where, fault.count, fault.of) == ("jet", 2, 4)


FORMS = {
    "energy": {"c_energy": ak.Array([[30.0, 70.0], [100.0], [], [80.0]])},
    "a direction that needs a larger energy": {"c_eta": ak.Array([[0.0, 0.0], [0.0], [], [0.5]])},
}


@pytest.mark.parametrize("changes", FORMS.values(), ids=FORMS)
def test_constituents_with_less_energy_than_momentum_are_counted(changes):
    fault = faults(branches(**changes))["mass_shell"]
    assert (fault.severity, fault.where, fault.count, fault.of) == ("warning", "constituents", 1, 4)


@pytest.mark.parametrize("less", [1e-7, 1e-3])
def test_rounding_is_not_missing_energy(less):
    assert "mass_shell" not in faults(branches(c_energy=branches().c_pt * (1 - less)))


def with_momentum(jet, **components):
    """The card with other momentum components of the jets or constituents."""
    section = {**PLAIN[jet]} if jet == "jet" else {**PLAIN["sequences"]["constituents"]}
    section = {name: branch for name, branch in section.items() if name not in ("pt", "eta", "phi", "mass", "energy")}
    key = "jet" if jet == "jet" else "sequences.constituents"
    return changed(PLAIN, key, section | components)


@pytest.mark.parametrize(
    ("components", "changes"),
    [
        ({"pt": "jet_pt", "eta": "jet_eta", "phi": "jet_phi", "mass": "jet_mass"}, {"jet_mass": [10, -80, 0, -1e-3]}),
        ({"pt": "jet_pt", "eta": "jet_eta", "phi": "jet_phi", "energy": "e"}, {"e": [101, 90, 103, 103]}),
        ({"px": "px", "py": "py", "pz": "pz", "energy": "e"}, {"px": [3] * 4, "py": [4] * 4, "pz": [0] * 4,
                                                               "e": [5, 4, 6, 5 - 1e-6]}),
    ],
    ids=["mass", "energy", "cartesian"],
)  # fmt: skip
def test_jets_off_the_mass_shell_are_counted_in_every_form(components, changes):
    jets = branches(**{name: np.array(values, float) for name, values in changes.items()})
    fault = faults(jets, card=with_momentum("jet", **components))["mass_shell"]
    assert (fault.where, fault.count, fault.of) == ("jet", 1, 4)


def test_constituents_with_negative_mass_are_counted():
    mass = ak.Array([[0.14, -60.0], [-1e-4], [], [0.0]])
    card = with_momentum(
        "constituents", pt="c_pt", eta="c_eta", phi="c_phi", mass="c_mass", extra={"charge": "c_charge"}
    )
    fault = faults(branches(c_mass=mass), card=card)["mass_shell"]
    assert (fault.where, fault.count, fault.of) == ("constituents", 1, 4)


def test_a_variable_with_sentinels_is_named_with_its_value_and_share():
    charge = ak.Array([[1.0, -999.0], [-999.0], [], [1.0]])
    fault = faults(branches(c_charge=charge))["sentinels"]
    assert (fault.severity, fault.where, fault.count, fault.of) == ("warning", "constituents.charge", 2, 4)
    assert "-999" in fault.text


@pytest.mark.parametrize("value", [-1e8, 3e30])
def test_an_outlier_is_named_with_its_variable(value):
    fault = faults(branches(), with_value("c_charge", 0, value))["outliers"]
    assert (fault.severity, fault.where, fault.count, fault.of) == ("warning", "constituents.charge", 1, 8)
    assert f"{value:.3g}" in fault.text


@pytest.mark.parametrize("value", [1e300, -1e39])
@pytest.mark.parametrize(("name", "variable"), [("c_charge", "constituents.charge"), ("jet_mass", "jet.mass")])
def test_single_precision_overflow_is_named_with_the_largest_number(name, variable, value):
    fault = faults(with_value(name, 0, value))["not_finite"]
    assert (fault.where, fault.count) == (variable, 1)
    assert f"(up to {abs(value):.3g} in {name})" in fault.text
    assert "single precision" not in faults(with_value(name, 0, np.inf))["not_finite"].text


def test_a_derived_overflow_is_named_by_its_branch():
    card = with_momentum("constituents", pt="c_pt", eta="c_eta", phi="c_phi", mass="c_charge")
    fault = faults(with_value("c_charge", 0, 1e200), card=card)["not_finite"]
    assert "(up to 1e+200 in c_charge)" in fault.text


def test_every_sentinel_of_jets_and_constituents_is_named():
    charge = ak.Array([[1.0, -999.0], [-99.0], [], [1.0]])
    fault = faults(branches(c_charge=charge))["sentinels"]
    assert (fault.count, fault.of) == (2, 4)
    assert "values are -999, -99, as" in fault.text
    fault = faults(with_value("jet_mass", 2, -999.0))["sentinels"]
    assert (fault.where, fault.count, fault.of) == ("jet.mass", 1, 4)


def test_sentinels_of_momenta_are_recognised_in_mev():
    fault = faults(with_value("jet_mass", 2, -999.0), card=PLAIN | {"momentum_unit": "MeV"})["sentinels"]
    assert (fault.where, fault.count, fault.of) == ("jet.mass", 1, 4)
    assert "values are -0.999, as" in fault.text


def many(count=100, **changes):
    """Jets with two constituents each, with distinct values in all variables."""
    random = np.random.default_rng(1)
    pt = np.sort(random.exponential(30, (count, 2)) + 1)[:, ::-1]
    eta = random.normal(0, 0.2, (count, 2))
    columns = {
        "event": np.arange(count),
        "is_wide": np.arange(count) % 2,
        "jet_pt": pt.sum(axis=1),
        "jet_eta": np.zeros(count),
        "jet_phi": np.zeros(count),
        "jet_mass": random.uniform(5, 30, count),
        "c_pt": pt,
        "c_eta": eta,
        "c_phi": random.normal(0, 0.2, (count, 2)),
        "c_energy": pt * np.cosh(eta),
        "c_charge": random.normal(0, 1, (count, 2)),
    }
    columns |= changes
    lists = {name: ak.from_regular(ak.Array(x)) if np.ndim(x) == 2 else x for name, x in columns.items()}
    return ak.zip(lists, depth_limit=1)


def test_jets_with_continuous_variables_have_no_fault():
    assert faults(many()) == {}


@pytest.mark.parametrize(("value", "check", "severity"), [(0.0, "spikes", "note"), (-99.0, "sentinels", "warning")])
def test_a_frequent_value_of_a_continuous_variable_is_named(value, check, severity):
    charge = ak.to_numpy(ak.to_regular(many().c_charge)).copy()
    charge[:40, 1] = value
    fault = faults(many(c_charge=charge))[check]
    assert (fault.severity, fault.where, fault.count, fault.of) == (severity, "constituents.charge", 40, 200)
    assert f" {value:g} " in fault.text or f" {value:g}, " in fault.text


def test_lists_padded_with_a_constant_are_named_with_a_suggested_selection():
    padded = {name: np.pad(np.asarray(ak.to_regular(many()[name])), ((0, 0), (0, 3)), constant_values=7)
              for name in ("c_pt", "c_eta", "c_phi", "c_energy", "c_charge")}  # fmt: skip
    padded["c_eta"][:, 2:] = 0
    card = changed(PLAIN, "sequences.constituents.selection", "abs(eta) < 3")
    fault = faults(many(**padded), card=card)["repeated"]
    assert (fault.severity, fault.where, fault.count, fault.of) == ("warning", "constituents", 300, 500)
    assert "`selection: (abs(eta) < 3) and pt != 7.0`" in fault.text


def test_the_suggested_selection_is_combined_with_the_current_one():
    card = changed(PLAIN, "sequences.constituents.selection", "pt < 95 or eta > 0")
    fault = faults(with_value("c_pt", 0, 0.0), card=card)["padding"]
    assert "`selection: (pt < 95 or eta > 0) and pt > 0`" in fault.text


@pytest.mark.parametrize("selection", [None, "pt > 0"])
def test_only_empty_jets_are_an_error(selection):
    names = ("c_pt", "c_eta", "c_phi", "c_energy", "c_charge")
    empty = {name: branches()[name][:, :0] if selection is None else 0 * branches()[name] for name in names}
    card = changed(PLAIN, "sequences.constituents.selection", selection)
    fault = faults(branches(**empty), card=card)["inverted"]
    assert (fault.severity, fault.where) == ("error", "constituents")
    assert "no jet has any constituents" in fault.text


@pytest.mark.parametrize("mass", [-1.0, -5.0, -999.0])
def test_a_negative_mass_beyond_rounding_is_counted(mass):
    assert faults(with_value("jet_mass", 2, mass))["mass_shell"].count == 1
    card = with_momentum("constituents", pt="c_pt", eta="c_eta", phi="c_phi", mass="c_mass")
    masses = ak.Array([[0.14, 0.14], [mass], [], [0.0]])
    assert faults(branches(c_mass=masses), card=card)["mass_shell"].count == 1


@pytest.mark.parametrize("eta", [0.0, 2.5, 4.9, -4.9])
def test_massless_particles_are_on_shell_in_single_precision_at_any_angle(eta):
    random = np.random.default_rng(3)
    vectors = {"c_pt": random.exponential(20, (100, 2)) + 1, "c_eta": eta + random.normal(0, 0.1, (100, 2)),
               "c_mass": np.full((100, 2), -1e-4)}  # fmt: skip
    vectors["c_energy"] = vectors["c_pt"] * np.cosh(vectors["c_eta"])
    single = {name: values.astype(np.float32) for name, values in vectors.items()}
    given = {"pt": "c_pt", "eta": "c_eta", "phi": "c_phi"}
    for form in ({"energy": "c_energy"}, {"mass": "c_mass"}):
        card = with_momentum("constituents", **given, **form)
        assert "mass_shell" not in faults(many(jet_eta=np.full(100, eta), **single), card=card)
