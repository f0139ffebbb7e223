import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.fetch.catalogue import CATALOGUE, public_dataset

DATASETS = pytest.mark.parametrize("dataset", CATALOGUE.values(), ids=CATALOGUE)


@DATASETS
def test_file_names_and_checksums_are_unique(dataset):
    assert len({file.name for file in dataset.files}) == len({file.md5 for file in dataset.files}) == len(dataset.files)
    assert all(re.fullmatch("[0-9a-f]{32}", file.md5) for file in dataset.files)


@pytest.mark.parametrize(("name", "number"), [("top_landscape", 3), ("quark_gluon", 20), ("jetclass", 12)])
def test_no_file_of_a_published_data_set_is_missing(name, number):
    assert len(CATALOGUE[name].files) == number


@pytest.mark.parametrize("name", [name for name, dataset in CATALOGUE.items() if dataset.card])
def test_the_card_reads_the_files_where_fetch_puts_them(name):
    dataset = CATALOGUE[name]
    patterns = Dataset.load(Path(dataset.card)).files
    for file in dataset.files:
        # Archives contain ROOT files in their own folder.
        target = f"{file.subfolder or 'val_5M'}/jets.root" if file.name.endswith(".tar") else file.name
        assert any(fnmatch(f"data/{name}/{target}", pattern) for pattern in patterns)


def test_a_files_url_follows_from_the_doi():
    dataset = CATALOGUE["top_landscape"]
    assert dataset.page == "https://doi.org/10.5281/zenodo.2603256"
    assert dataset.url(dataset.files[1]) == "https://zenodo.org/records/2603256/files/val.h5?download=1"


def test_a_pattern_selects_files_in_their_order():
    files = CATALOGUE["jetclass"].matching("*_5M.tar")
    assert [file.name for file in files] == ["JetClass_Pythia_val_5M.tar"]
    assert CATALOGUE["jetclass"].matching("*") == list(CATALOGUE["jetclass"].files)


def test_an_unmatched_pattern_and_an_unknown_data_set_are_refused_with_the_nearest_name():
    with pytest.raises(UserError, match=r"no file of 'Top quark .*' matches 'trian.h5'; did you mean 'train.h5'\?"):
        CATALOGUE["top_landscape"].matching("trian.h5")
    with pytest.raises(UserError, match=r"no public data set 'quark-gluon'; did you mean 'quark_gluon'\?"):
        public_dataset("quark-gluon")
