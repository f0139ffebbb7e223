"""Any fault of a score file is reported in one line, before the scores are used."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagwerk.errors import UserError
from tagwerk.scores.read import read_scores

JETS = 4


@pytest.fixture
def table():
    frame = pd.DataFrame(
        {
            "event": np.arange(JETS, dtype=np.uint64), "source": ["toy"] * JETS, "label": [0, 1] * 2,
            "weight": np.ones(JETS, np.float32), "p_qcd": [0.25] * JETS, "p_top": [0.75] * JETS,
        }
    )  # fmt: skip
    return pa.Table.from_pandas(frame)


@pytest.fixture
def read(tmp_path):
    def written_and_read(table, damage=lambda content: content):
        path = tmp_path / "scores.parquet"
        pq.write_table(table, path)
        path.write_bytes(damage(path.read_bytes()))
        return read_scores(path, ["qcd", "top"])

    return written_and_read


def refused(read, *arguments):
    with pytest.raises(UserError) as error:
        read(*arguments)
    assert "\n" not in str(error.value)
    assert "scores.parquet: " in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    "metadata",
    [b"{", b"[]", b"{}", b"\xff\xfe", b"", b"null", json.dumps({"index_columns": 3}).encode(),
     json.dumps({"index_columns": ["event"], "columns": [], "column_indexes": []}).encode()],
)  # fmt: skip
def test_metadata_of_pandas_do_not_matter(table, read, metadata):
    scores = read(table.replace_schema_metadata({b"pandas": metadata}))
    assert scores.columns.tolist() == table.schema.names
    assert scores["event"].tolist() == list(range(JETS))
    assert scores.index.tolist() == list(range(JETS))


@pytest.mark.parametrize("name", [b"event", b"p_top", b"source"])
def test_a_column_name_that_is_not_utf8_is_damage(table, read, name):
    plain = table.replace_schema_metadata(None)
    assert "again" in refused(read, plain, lambda content: content.replace(name, b"\xff" + name[1:]))


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("event", pa.array([0.0, 1.0, 2.0, 3.0]), "holds double, not integers"),
        ("event", pa.array(["a", "b", "c", "d"]), "holds string, not integers"),
        ("event", pa.array([0, 1, None, 3]), "lacks 1 of 4 values"),
        ("label", pa.array([True, False, True, False]), "holds bool, not integers"),
        ("label", pa.array([0, 1, -1, 0]), "holds -1, which is not a class"),
        ("source", pa.array([1, 2, 3, 4]), "holds int64, not strings"),
        ("source", pa.array(["a", None, "a", "a"]), "lacks 1 of 4 values"),
        ("weight", pa.array(["1"] * JETS), "holds string, not numbers"),
        ("weight", pa.array([1.0, None, 1.0, 1.0]), "holds nan"),
        ("p_top", pa.array([[0.5]] * JETS), "holds list<"),
        ("p_top", pa.array([0.5, np.inf, 0.5, 0.5]), "holds inf"),
        ("p_qcd", pa.array([0.5, -0.5, 0.5, 0.5]), "holds -0.5, a negative probability"),
        ("p_qcd", pa.nulls(JETS), "holds null, not numbers"),
    ],
)
def test_a_column_of_another_type_is_named(table, read, column, values, message):
    index = table.schema.get_field_index(column)
    line = refused(read, table.set_column(index, column, values))
    assert f"column '{column}' {message}" in line


def test_a_duplicate_or_missing_column_is_named(table, read):
    assert "column 'weight' occurs 2 times" in refused(read, table.append_column("weight", table["weight"]))
    assert "column 'source' is missing" in refused(read, table.drop_columns("source"))


@pytest.mark.parametrize("dtype", [pa.dictionary(pa.int32(), pa.string()), pa.large_string()])
def test_strings_may_have_other_encodings(table, read, dtype):
    scores = read(table.set_column(1, "source", table["source"].cast(dtype)))
    assert scores["source"].tolist() == ["toy"] * JETS


def test_weights_may_be_negative(table, read):
    assert read(table.set_column(3, "weight", pa.array([1.0, -1.0, 1.0, 1.0])))["weight"].sum() == 2
