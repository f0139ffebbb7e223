import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tagwerk.errors import UserError
from tagwerk.records.row_groups import read_table


def test_columns_come_back_as_they_were_written(tmp_path):
    table = pa.table({"a": [1, 2], "b": ["x", "y"]})
    pq.write_table(table, tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet", "tagwerk score").equals(table)
    assert read_table(tmp_path / "t.parquet", "tagwerk score", ["b"]).equals(table.select(["b"]))


def test_a_missing_file_names_the_command_that_writes_it(tmp_path):
    with pytest.raises(UserError, match=r"t\.parquet: no such file; run `tagwerk score` first"):
        read_table(tmp_path / "t.parquet", "tagwerk score")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 and no more PAR1"])
def test_a_file_that_is_not_parquet_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(UserError, match=r"t\.parquet: not a valid Parquet file \(.*\); run `tagwerk score` again$"):
        read_table(tmp_path / "t.parquet", "tagwerk score")


def test_a_missing_column_is_named(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "t.parquet")
    with pytest.raises(UserError, match=r"t\.parquet: has no column 'b'"):
        read_table(tmp_path / "t.parquet", "tagwerk score", ["a", "b"])
