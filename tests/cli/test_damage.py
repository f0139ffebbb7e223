"""A flipped bit in what a stage wrote is refused in one line that names the file, or changes nothing that is read."""

import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from tagwerk.cards.schema import schema_of
from tagwerk.checks.check_result import Check
from tagwerk.errors import UserError
from tagwerk.evaluation.runs import read_run
from tagwerk.records.store import read_records
from tagwerk.summaries.summary import Summary
from tagwerk.training.loading import load_jets
from tagwerk.training.model import load_record
from tests.conftest import run


def assert_no_flip_goes_unseen(path, load, number=60):
    """Flip so many bits of a file, one at a time, and compare what is loaded."""
    content, whole = path.read_bytes(), load()
    for bit in np.random.default_rng(2).choice(8 * len(content), number, replace=False):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << int(bit % 8)
        path.write_bytes(flipped)
        said = ""
        try:
            found = load()
        except UserError as mistake:
            said = str(mistake)
        assert (str(path) in said or str(path.parent) in said) if said else found == whole
        assert "\n" not in said
    path.write_bytes(content)


@pytest.fixture
def copy(studied, toy, tmp_path):
    """A copy of what the stages wrote, to be spoilt."""
    shutil.copytree(studied, tmp_path / "studied")
    shutil.copytree(toy.root / "jets", tmp_path / "jets")
    shutil.copy(toy.summary, tmp_path / "summary.json")
    assert run("check", toy.files[0], toy.card, tmp_path / "check.json") == 0
    return tmp_path


def test_of_jet_records(copy, toy):
    schema = schema_of(toy.load()[0], toy.load_tagger("lstm").inputs)
    part = copy / "jets/toy_0"
    assert_no_flip_goes_unseen(part / "train.parquet", lambda: read_records(part, "train").tolist())
    assert_no_flip_goes_unseen(part / "test.parquet", lambda: load_jets([part], ["test"], schema).scalars.tolist())


@pytest.mark.parametrize("name", ["scores/scores.parquet", "scores/about.json", "model/history.csv"])
def test_of_runs(copy, name):
    folder = copy / "studied/lstm"

    def load():
        found = read_run(folder, ["narrow", "wide"])
        return found.about, found.scores.to_csv(), found.history.to_csv()

    assert_no_flip_goes_unseen(folder / name, load)


def test_of_json_files(copy):
    assert_no_flip_goes_unseen(copy / "summary.json", lambda: Summary.load(copy / "summary.json"))
    assert_no_flip_goes_unseen(copy / "check.json", lambda: Check.load(copy / "check.json"))
    model = copy / "studied/lstm/model"
    assert_no_flip_goes_unseen(model / "training.json", lambda: load_record(model))


@pytest.mark.parametrize(("tagger", "file"), [("lstm", "model.keras"), ("boosted_trees", "model.skops")])
def test_of_models(copy, toy, failed, tagger, file):
    model = copy / "studied" / tagger / "model"
    content = bytearray((model / file).read_bytes())
    for place in np.random.default_rng(3).choice(len(content), 5, replace=False):
        (model / file).write_bytes(content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :])
        line = failed("score", model, copy / "scores", *toy.parts)
        assert line.startswith(f"tagwerk: {model}: its model cannot be read ({file} is missing, damaged or edited)")


def test_pages_have_checksums_too_for_what_is_read_later(copy):
    """Also those of the dictionaries: flips in the first bytes of a column of text are seen without the file's own."""
    path = copy / "jets/toy_0/train.parquet"
    content = path.read_bytes()
    assert pq.ParquetFile(path).metadata.num_rows > 0
    unsealed = content.replace(b'"sha256": "', b'"sha255": "')
    column = pq.ParquetFile(path).metadata.row_group(0)
    (source,) = (column.column(i) for i in range(column.num_columns) if column.column(i).path_in_schema == "source")
    start, seen = source.dictionary_page_offset, 0
    for place in range(start, start + source.total_compressed_size):
        path.write_bytes(unsealed[:place] + bytes([unsealed[place] ^ 1]) + unsealed[place + 1 :])
        try:
            read_records(copy / "jets/toy_0", "train", ["source"]).tolist()
        except UserError:
            seen += 1
    assert seen > 0.3 * source.total_compressed_size


@pytest.mark.parametrize("other", ["boosted_trees", "a dictionary", "of other variables"])
def test_a_model_file_of_something_else_is_named(copy, toy, failed, other):
    import skops.io
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    model = copy / "studied/boosted_trees/model"
    x, y = np.random.default_rng(1).normal(size=(100, 2)), np.arange(100) % 2
    what = {
        "boosted_trees": LogisticRegression().fit(x, y),
        "a dictionary": {"x": 1},
        "of other variables": HistGradientBoostingClassifier(max_iter=2).fit(x, y),
    }[other]
    skops.io.dump(what, model / "model.skops")
    text = (model / "training.json").read_text()
    (model / "training.json").write_text(text.replace('"files"', '"former"').replace('"sha256"', '"sha"'))
    line = failed("score", model, copy / "scores", *toy.parts)
    assert line.startswith(f"tagwerk: {model}: its model cannot be read (")


def test_of_a_directory_of_jets_with_a_file_missing_it_is_said_what_to_remove(copy, toy, failed):
    (copy / "jets/toy_0/train.parquet").unlink()
    line = failed("summarise", toy.card, copy / "new.json", copy / "jets/toy_0", copy / "jets/toy_1")
    assert (
        f"train.parquet: no such file; run `tagwerk ingest` first, or snakemake, but remove {copy}/jets/toy_0" in line
    )
