import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.split import SPLITS
from tagwerk.errors import UserError
from tagwerk.jets.features import FEATURES, PT_ETA_PHI_ENERGY
from tagwerk.jets.node_features import NODE_FEATURES
from tagwerk.records.store import read_records, write_records
from tagwerk.summaries.summarise import summary_of
from tagwerk.summaries.summary import Summary
from tests.conftest import DATASET, changed


@pytest.fixture(scope="module")
def summary(toy):
    return Summary.load(toy.summary)


@pytest.fixture(scope="module")
def train(toy):
    return ak.concatenate([read_records(part, "train") for part in toy.parts])


def test_counts_are_of_every_split_and_class(toy, summary):
    for split in SPLITS:
        label = ak.to_list(ak.concatenate([read_records(part, split).label for part in toy.parts]))
        assert summary.counts[split] == {"narrow": label.count(0), "wide": label.count(1)}
    assert sum(sum(counts.values()) for counts in summary.counts.values()) == 200


def test_moments_of_jets_are_those_of_numpy_over_the_training_jets(summary, train):
    assert list(summary.moments["jet"]) == ["pt", "eta", "phi", "mass", "multiplicity", "width"]
    for name, moments in summary.moments["jet"].items():
        values = ak.to_numpy(train.jet[name]).astype(float)
        assert moments == pytest.approx((values.mean(), values.std()), rel=1e-5)


def test_moments_of_constituents_are_over_the_real_ones(summary, train):
    constituents, jet = train.constituents, train.jet
    by_hand = {
        "log_pt": np.log(constituents.pt),
        "log_energy": np.log(constituents.energy),
        "log_pt_share": np.log(constituents.pt / jet.pt),
        "delta_eta": constituents.eta - jet.eta,
        "charge": constituents.charge,
    }
    moments = summary.moments["constituents"]
    assert set(moments) == {*PT_ETA_PHI_ENERGY, *FEATURES, "charge", "log_abs_charge"}
    for name, values in by_hand.items():
        flat = ak.to_numpy(ak.flatten(values)).astype(float)
        assert moments[name] == pytest.approx((flat.mean(), flat.std()), rel=1e-4)


@pytest.mark.parametrize("topology", ["cambridge_aachen", "random"])
def test_moments_of_nodes_are_over_constituents_and_merges_those_of_the_lund_plane_over_merges(
    summary, train, topology
):
    constituents, tree = train.constituents, train[f"constituents_{topology}"]
    moments = summary.moments[f"constituents_{topology}"]
    assert list(moments) == [*NODE_FEATURES, "charge", "log_abs_charge"]
    assert moments["charge"] == summary.moments["constituents"]["charge"]  # merges have none
    pt, kt = [], []
    for jet in range(len(train)):
        momenta = zip(*(constituents[name][jet] for name in PT_ETA_PHI_ENERGY), strict=True)
        vectors = [vector(*momentum) for momentum in momenta]
        for harder, softer in zip(tree.harder[jet], tree.softer[jet], strict=True):
            one, other = vectors[harder], vectors[softer]
            around = (azimuth(other) - azimuth(one) + np.pi) % (2 * np.pi) - np.pi
            kt.append(np.log(np.hypot(*other[:2]) * np.hypot(rapidity(other) - rapidity(one), around)))
            vectors.append(one + other)
        pt += [np.hypot(*momentum[:2]) for momentum in vectors]
    for name, values in (("pt", pt), ("lund_kt", kt)):
        assert moments[name] == pytest.approx((np.mean(values), np.std(values)), rel=1e-3)


def vector(pt, eta, phi, energy):
    return np.array([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), energy], float)


def azimuth(vector):
    return np.arctan2(vector[1], vector[0])


def rapidity(vector):
    """The rapidity, with the energy of a massless particle if that is larger."""
    energy = max(vector[3], np.sqrt((vector[:3] ** 2).sum()))
    return 0.5 * np.log((energy + vector[2]) / (energy - vector[2]))


def test_lengths_count_the_training_jets_by_their_constituents(summary, train):
    counts = np.bincount(ak.num(train.constituents), minlength=201)
    assert summary.lengths == {"constituents": counts.tolist()}


def test_histograms_hold_the_training_jets_of_each_class(summary, train):
    for name in summary.moments["jet"]:
        edges, counts = np.array(summary.histograms[name].edges), summary.histograms[name].counts
        assert (np.diff(edges) >= 0).all()
        for index, jet_class in enumerate(summary.classes):
            values = ak.to_numpy(train.jet[name][train.label == index])
            assert counts[jet_class] == np.histogram(values, edges)[0].tolist()


def test_the_order_of_the_parts_does_not_matter(toy, summary):
    again = summary_of(toy.parts[::-1], Dataset.load(toy.card))
    assert again.counts == summary.counts
    assert again.histograms == summary.histograms
    assert again.lengths == summary.lengths
    for group, moments in summary.moments.items():
        for name, values in moments.items():
            assert again.moments[group][name] == pytest.approx(values, rel=1e-6, abs=1e-9)


def test_a_summary_survives_a_round_trip_through_json(summary, tmp_path):
    (tmp_path / "summary.json").write_text(summary.model_dump_json(indent=1))
    assert Summary.load(tmp_path / "summary.json") == summary


def jets(label, mass, weight=1.0, first=0):
    """Records of jets without constituents, as ingest writes them, with event numbers from `first`."""
    one = np.ones(len(label), np.float32)
    empty = ak.values_astype(ak.Array([[0.0]] * len(label))[:, :0], np.float32)
    names = ["pt", "eta", "phi", "mass", "multiplicity", "width"]
    return ak.zip(
        {
            "event": np.arange(first, first + len(label), dtype=np.uint64),
            "label": np.array(label),
            "weight": np.broadcast_to(np.float32(weight), len(label)),
            "jet": ak.zip(dict.fromkeys(names, one) | {"mass": np.array(mass, np.float32)}),
            "constituents": ak.zip(dict.fromkeys(["pt", "eta", "phi", "energy", "charge"], empty)),
        },
        depth_limit=1,
    )


PLAIN = changed(DATASET, "sequences.constituents.trees", None)
SPLIT = np.array([0, 0, 1, 1, 2, 2])


def write(part, records, split=SPLIT):
    with write_records(part, SPLITS) as writer:
        writer.append(records, np.array(split))
    return part


def summarised(folder, label, mass, split=SPLIT, **options):
    part = write(folder / "part", jets(label, mass, **options), split)
    return summary_of([part], Dataset.model_validate(PLAIN))


def test_two_training_jets_by_hand_and_a_constant_has_standard_deviation_one(tmp_path):
    summary = summarised(tmp_path, [0, 1] * 3, [80, 120] * 3)
    assert summary.moments["jet"]["mass"] == (100, 20)
    assert summary.moments["jet"]["pt"] == (1, 1)
    assert summary.counts == {split: {"narrow": 1, "wide": 1} for split in SPLITS}


@pytest.mark.parametrize("split", SPLITS)
def test_a_class_missing_from_a_split_is_refused_by_name(tmp_path, split):
    splits = [0, 0, 1, 1, 2, 2]
    splits[2 * SPLITS.index(split) + 1] = (SPLITS.index(split) + 1) % 3
    with pytest.raises(UserError, match=f"no jet of class 'wide' in the {split} split; use more jets"):
        summarised(tmp_path, [0, 1] * 3, [80, 120] * 3, splits)


def test_histograms_are_of_weights_and_moments_and_counts_of_jets(tmp_path):
    summary = summarised(tmp_path, [0, 1] * 3, [80, 120] * 3, weight=[0.5, 2, 1, 1, 1, 1])
    mass = summary.histograms["mass"].counts
    assert (mass["narrow"][0], sum(mass["narrow"])) == (0.5, 0.5)
    assert (mass["wide"][-1], sum(mass["wide"])) == (2, 2)
    assert summary.moments["jet"]["mass"] == (100, 20)
    assert summary.counts["train"] == {"narrow": 1, "wide": 1}


def summarise_duplicates(folder, severity):
    """Summarise a part, a copy of it under another name, and a part with other jets."""
    one, other = (write(folder / name, jets([0, 1] * 3, [80, 120] * 3)) for name in ("early", "late"))
    more = write(folder / "more", jets([0, 1] * 3, [80, 120] * 3, first=6))
    card = PLAIN | {"checks": {"duplicates": severity}}
    return summary_of([one, more, other], Dataset.model_validate(card))


def test_a_duplicate_file_is_an_error_that_names_both_parts(tmp_path):
    with pytest.raises(
        UserError, match=r"error \(duplicates\): 6 of 18 \(33 %\) jets are duplicates, .* one of 'early' in 'late'"
    ):
        summarise_duplicates(tmp_path, "error")


@pytest.mark.parametrize("severity", ["warning", "note"])
def test_duplicate_jets_are_counted_unless_an_error(tmp_path, severity):
    assert summarise_duplicates(tmp_path, severity).duplicates == 6


def test_a_missing_summary_is_named(tmp_path):
    with pytest.raises(UserError, match=r"summary.json: no such file; run `tagwerk summarise` first"):
        Summary.load(tmp_path / "summary.json")


@pytest.mark.parametrize("content", [b"", b"{}", b'{"dataset": ', b"\xff\xfe", b"[]"])
def test_a_file_that_is_not_a_summary_is_refused(tmp_path, content):
    (tmp_path / "summary.json").write_bytes(content)
    with pytest.raises(UserError, match=r"summary.json: is not a summary; run `tagwerk summarise` again"):
        Summary.load(tmp_path / "summary.json")
