import pickle
from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pandas as pd
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.readers.layouts.pytables import entries
from tests.conftest import changed, jet_records
from tests.readers.layouts.reading import error_message, fields, read

SHIPPED = Path(__file__).parents[3] / "config/datasets/top_landscape.yaml"
CARD = Dataset.load(SHIPPED)
SLOTS = 200


def frame(number=50, seed=1, kind="f4"):
    """Jets as in the reference set: descending pT, zero-padded, every second one a top."""
    random = np.random.default_rng(seed)
    momentum = -np.sort(-random.exponential(30, (number, SLOTS, 3)), axis=1) * random.choice([-1, 1], (number, 1, 3))
    counts = random.integers(1, SLOTS + 1, number)
    counts[:3] = 1, 0, SLOTS
    energy = np.sqrt((momentum**2).sum(axis=2, keepdims=True) + 0.01)
    slots = np.concatenate([energy, momentum], axis=2) * (np.arange(SLOTS) < counts[:, None])[..., None]
    names = [f"{name}_{slot}" for slot in range(SLOTS) for name in ("E", "PX", "PY", "PZ")]
    names += ["truthE", "truthPX", "truthPY", "truthPZ"]
    values = np.concatenate([slots.reshape(number, -1), np.zeros((number, 4))], axis=1).astype(kind)
    jets = pd.DataFrame(values, columns=names, index=random.permutation(1000)[:number])
    return pd.concat([jets, pd.DataFrame({"ttv": 1, "is_signal_new": np.arange(number) % 2}, index=jets.index)], axis=1)


def write(path, jets, **options):
    jets.to_hdf(path, **{"key": "table", "format": "table", "complib": "blosc", "complevel": 5} | options)
    return path


@pytest.fixture(scope="module")
def jets():
    return frame()


@pytest.fixture(scope="module")
def file(jets, tmp_path_factory):
    return write(tmp_path_factory.mktemp("top") / "test.h5", jets)


def card(key, value):
    return Dataset.model_validate(changed(CARD.model_dump(exclude_none=True), key, value))


def test_the_file_has_the_reference_sets_layout(file):
    with h5py.File(file) as opened:
        table = opened["table/table"]
        assert table.dtype["values_block_0"] == np.dtype(("f4", (804,)))
        assert table.dtype["values_block_1"] == np.dtype(("i8", (2,)))
        assert "32001" in table._filters  # blosc


def test_fields_are_those_that_the_card_names(file):
    (found,) = read(file, CARD)
    assert set(ak.fields(found)) == fields(CARD)
    assert entries(file, CARD) == len(found) == 50


def test_values_are_those_of_pandas_without_the_padding(file, jets):
    (found,) = read(file, CARD)
    for position, (_, row) in enumerate(jets.iterrows()):
        real = [slot for slot in range(SLOTS) if row[f"E_{slot}"] > 0]
        for name in ("E", "PX", "PY", "PZ"):
            assert found[name][position].tolist() == [np.float32(row[f"{name}_{slot}"]) for slot in real]
    assert ak.num(found.E)[:3].tolist() == [1, 0, 200]
    assert found.is_signal_new.tolist() == jets.is_signal_new.tolist()
    assert found.row.tolist() == list(range(50))


def test_a_jet_is_the_sum_of_its_constituents():
    # 3-4-5 triangles: (5; 3, 0, 4) + (5; -3, 4, 0) = (10; 0, 4, 4): pT 4, eta asinh(1), phi 90 degrees, mass sqrt(68).
    values = {"E": [[5.0, 5.0]], "PX": [[3.0, -3.0]], "PY": [[0.0, 4.0]], "PZ": [[4.0, 0.0]]}
    fields = {name: ak.Array(lists) for name, lists in values.items()}
    branches = ak.zip(fields | {"ttv": [0], "row": [0], "is_signal_new": [1]}, depth_limit=1)
    (jet,) = jet_records(branches, card("substructure", []), "test").jet.tolist()
    assert jet == pytest.approx({"pt": 4, "eta": np.arcsinh(1), "phi": np.pi / 2, "mass": np.sqrt(68)})


@pytest.mark.parametrize("step", [1, 7, 49, 50, 51])
def test_reading_in_steps_gives_the_same_as_at_once(file, step):
    (at_once,) = read(file, CARD)
    parts = list(read(file, CARD, step))
    assert [len(part) for part in parts[:-1]] == [step] * (len(parts) - 1)
    assert ak.array_equal(ak.concatenate(parts), at_once)


def test_a_constituent_stays_with_its_jet_after_a_selection(file, jets):
    chosen = Dataset.model_validate(
        changed(CARD.model_dump(exclude_none=True), "substructure", []) | {"selection": "row % 3 == 2"}
    )
    records = ak.concatenate([jet_records(part, chosen, "test") for part in read(file, chosen, 7)])
    kept = jets.iloc[2::3]
    energies = [sorted(value for value in row[[f"E_{i}" for i in range(SLOTS)]] if value) for _, row in kept.iterrows()]
    assert records.label.tolist() == kept.is_signal_new.tolist()
    assert [sorted(each) for each in records.constituents.energy.tolist()] == [
        pytest.approx(each, rel=1e-6) for each in energies
    ]


def test_columns_in_another_order_and_precision_give_the_same_jets(tmp_path, jets, file):
    shuffled = write(tmp_path / "test.h5", jets.iloc[:, ::-1].astype(dict.fromkeys(jets.columns[:-2], "f8")))
    assert ak.array_equal(*(ak.values_astype(next(read(each, CARD)), np.float64) for each in (file, shuffled)))


def test_a_column_outside_the_blocks_is_found(tmp_path, jets, file):
    data_columns = write(tmp_path / "test.h5", jets, data_columns=["ttv", "is_signal_new"])
    assert ak.array_equal(next(read(data_columns, CARD)), next(read(file, CARD)))


def test_a_missing_group_is_named_with_the_nearest(tmp_path, jets):
    assert "there is no group 'table'; did you mean 'tables'?" in error_message(
        write(tmp_path / "a.h5", jets, key="tables"), CARD
    )


def test_pandas_other_format_is_refused_by_name(tmp_path, jets):
    line = error_message(write(tmp_path / "a.h5", jets, format="fixed"), CARD)
    assert "'table' is in pandas' 'fixed' format; write it with format='table'" in line


def test_a_missing_column_is_named_with_the_nearest(file):
    assert "no column 'tvt'; did you mean 'ttv'?" in error_message(file, card("event", ["tvt"]))
    line = error_message(file, card("sequences.constituents.px", "Px"))
    assert "no columns 'Px_0', 'Px_1', ...; known: E, PX, PY, PZ" in line


def test_a_missing_number_is_named(tmp_path, jets):
    file = write(tmp_path / "a.h5", jets.drop(columns="PY_17"))
    assert "no column 'PY_17' between 'PY_0' and 'PY_199'" in error_message(file, CARD)


def test_lists_of_different_widths_are_refused(tmp_path, jets):
    file = write(tmp_path / "a.h5", jets.drop(columns="PZ_199"))
    assert "199 columns 'PZ_...', but 200 'E_...'" in error_message(file, CARD)


def test_a_link_is_refused(file):
    assert "key 'sequences.constituents.link'" in error_message(
        file, card("sequences.constituents.link", {"mask": "E"})
    )


def test_a_table_without_rows_gives_no_jets(tmp_path, jets):
    file = write(tmp_path / "a.h5", jets)
    with h5py.File(file, "r+") as opened:
        opened["table/table"].resize((0,))
    (found,) = read(file, CARD)
    assert (len(found), entries(file, CARD)) == (0, 0)
    assert set(ak.fields(found)) == fields(CARD)


class Shell:
    """An object that runs code when it is unpickled."""

    def __reduce__(self):
        return print, ("was run",)


@pytest.mark.parametrize(
    "names",
    [
        b"cos\nsystem\n(S'true'\ntR.", b"nonsense", b"", pickle.dumps(["E_0", Shell()]), pickle.dumps(Shell(), 0),
        pickle.dumps(["E_0", 1]), pickle.dumps(("E_0",)), pickle.dumps("E_0"), pickle.dumps([["E_0"]]),
        pickle.dumps([None]), pickle.dumps(["E_0"])[:-2], b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7fE_0.",
    ],
)  # fmt: skip
def test_names_that_are_not_a_list_of_strings_are_refused_and_never_unpickled(tmp_path, jets, names, capsys):
    file = write(tmp_path / "a.h5", jets.iloc[:3])
    with h5py.File(file, "r+") as opened:
        opened["table/table"].attrs["values_block_0_kind"] = np.void(names) if names else np.bytes_(names)
    assert "attribute 'values_block_0_kind' of '/table/table' does not name its columns" in error_message(file, CARD)
    assert "was run" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "message"),
    [(["E_0"], "has 1 names for 804 columns"), ([*(f"E_{n}" for n in range(803)), "E_0"], "repeats the name 'E_0'")],
)
def test_names_that_do_not_fit_the_columns_are_refused(tmp_path, jets, names, message):
    file = write(tmp_path / "a.h5", jets.iloc[:3])
    with h5py.File(file, "r+") as opened:
        opened["table/table"].attrs["values_block_0_kind"] = np.void(pickle.dumps(names))
    assert message in error_message(file, CARD)


def test_a_column_of_strings_is_refused(tmp_path, jets):
    file = write(tmp_path / "a.h5", jets.iloc[:3].assign(is_signal_new=["a", "b", "c"]))
    assert "holds strings, not numbers" in error_message(file, CARD)
