"""A flipped bit in a stage's output is refused in one line that names the file, or changes nothing that is read."""

import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from tagwerk.cards.input_columns import schema_of
from tagwerk.checks.check_result import CheckResult
from tagwerk.errors import UserError
from tagwerk.records.store import read_records
from tagwerk.scores.tagger_run import read_run
from tagwerk.summaries.summary import Summary
from tagwerk.training.loading import load_jets
from tagwerk.training.model import load_record
from tests.conftest import run


def assert_no_flip_goes_unnoticed(path, load, flips=60):
    """Flip bits of a file, one at a time, and compare the loaded content."""
    content, original = path.read_bytes(), load()
    for bit in np.random.default_rng(2).choice(8 * len(content), flips, replace=False):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << int(bit % 8)
        path.write_bytes(flipped)
        message = ""
        try:
            loaded = load()
        except UserError as mistake:
            message = str(mistake)
        assert (str(path) in message or str(path.parent) in message) if message else loaded == original
        assert "\n" not in message
    path.write_bytes(content)


@pytest.fixture
def copy(toy_runs, toy, tmp_path):
    """A copy of the stages' output, to be damaged."""
    shutil.copytree(toy_runs, tmp_path / "toy_runs")
    shutil.copytree(toy.root / "jets", tmp_path / "jets")
    shutil.copy(toy.summary, tmp_path / "summary.json")
    assert run("check", toy.card, toy.files[0], "--out", tmp_path / "check.json") == 0
    return tmp_path


def test_a_flip_in_jet_records_is_noticed(copy, toy):
    schema = schema_of(toy.load()[0], toy.load_tagger("lstm").inputs)
    part = copy / "jets/toy_0"
    assert_no_flip_goes_unnoticed(part / "train.parquet", lambda: read_records(part, "train").tolist())
    assert_no_flip_goes_unnoticed(part / "test.parquet", lambda: load_jets([part], ["test"], schema).scalars.tolist())


@pytest.mark.parametrize("name", ["scores/scores.parquet", "scores/about.json", "model/history.csv"])
def test_a_flip_in_a_run_is_noticed(copy, name):
    folder = copy / "toy_runs/lstm"

    def load():
        run = read_run(folder, ["narrow", "wide"])
        return run.about, run.scores.to_csv(), run.history.to_csv()

    assert_no_flip_goes_unnoticed(folder / name, load)


def test_a_flip_in_a_json_file_is_noticed(copy):
    assert_no_flip_goes_unnoticed(copy / "summary.json", lambda: Summary.load(copy / "summary.json"))
    assert_no_flip_goes_unnoticed(copy / "check.json", lambda: CheckResult.load(copy / "check.json"))
    model = copy / "toy_runs/lstm/model"
    assert_no_flip_goes_unnoticed(model / "training.json", lambda: load_record(model))


@pytest.mark.parametrize(("tagger", "file"), [("lstm", "model.keras"), ("boosted_trees", "model.skops")])
def test_a_flip_in_a_model_is_noticed(copy, toy, failed, tagger, file):
    model = copy / "toy_runs" / tagger / "model"
    content = bytearray((model / file).read_bytes())
    for index in np.random.default_rng(3).choice(len(content), 5, replace=False):
        (model / file).write_bytes(content[:index] + bytes([content[index] ^ 16]) + content[index + 1 :])
        line = failed("score", model, "--out", copy / "scores", *toy.parts)
        assert line.startswith(f"tagwerk: {model}: its model cannot be read ({file} is missing, damaged or edited)")


def test_parquet_pages_have_checksums_too(copy):
    """Dictionary pages included: flips in a text column are noticed even without the file's own checksum."""
    path = copy / "jets/toy_0/train.parquet"
    content = path.read_bytes()
    assert pq.ParquetFile(path).metadata.num_rows > 0
    no_checksum = content.replace(b'"sha256": "', b'"sha255": "')
    column = pq.ParquetFile(path).metadata.row_group(0)
    (source,) = (column.column(i) for i in range(column.num_columns) if column.column(i).path_in_schema == "source")
    start, noticed = source.dictionary_page_offset, 0
    for index in range(start, start + source.total_compressed_size):
        path.write_bytes(no_checksum[:index] + bytes([no_checksum[index] ^ 1]) + no_checksum[index + 1 :])
        try:
            read_records(copy / "jets/toy_0", "train", ["source"]).tolist()
        except UserError:
            noticed += 1
    assert noticed > 0.3 * source.total_compressed_size


@pytest.mark.parametrize("other", ["boosted_trees", "a dictionary", "of other variables"])
def test_a_model_file_with_other_content_is_named(copy, toy, failed, other):
    import skops.io
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    model = copy / "toy_runs/boosted_trees/model"
    x, y = np.random.default_rng(1).normal(size=(100, 2)), np.arange(100) % 2
    content = {
        "boosted_trees": LogisticRegression().fit(x, y),
        "a dictionary": {"x": 1},
        "of other variables": HistGradientBoostingClassifier(max_iter=2).fit(x, y),
    }[other]
    skops.io.dump(content, model / "model.skops")
    text = (model / "training.json").read_text()
    (model / "training.json").write_text(text.replace('"files"', '"former"').replace('"sha256"', '"sha"'))
    line = failed("score", model, "--out", copy / "scores", *toy.parts)
    assert line.startswith(f"tagwerk: {model}: its model cannot be read (")


def test_for_an_incomplete_directory_of_jets_the_message_says_what_to_remove(copy, toy, failed):
    (copy / "jets/toy_0/train.parquet").unlink()
    line = failed("summarise", toy.card, "--out", copy / "new.json", copy / "jets/toy_0", copy / "jets/toy_1")
    assert f"no such file; run `tagwerk ingest` first; to use snakemake, remove {copy}/jets/toy_0" in line
