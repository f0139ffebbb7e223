import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.fetch.catalogue import CATALOGUE, public_set

SETS = pytest.mark.parametrize("public", CATALOGUE.values(), ids=CATALOGUE)


@SETS
def test_every_file_has_its_own_name_and_checksum(public):
    assert len({file.name for file in public.files}) == len({file.md5 for file in public.files}) == len(public.files)
    assert all(re.fullmatch("[0-9a-f]{32}", file.md5) for file in public.files)


@pytest.mark.parametrize(("name", "number"), [("top_landscape", 3), ("quark_gluon", 20), ("jetclass", 12)])
def test_no_file_of_a_published_set_is_missing(name, number):
    assert len(CATALOGUE[name].files) == number


@pytest.mark.parametrize("name", [name for name, public in CATALOGUE.items() if public.card])
def test_the_card_reads_the_files_from_where_they_are_put(name):
    public = CATALOGUE[name]
    patterns = Dataset.load(Path(public.card)).files
    for file in public.files:
        # An archive holds ROOT files, in a folder of their own.
        target = f"{file.into or 'val_5M'}/jets.root" if file.name.endswith(".tar") else file.name
        assert any(fnmatch(f"data/{name}/{target}", pattern) for pattern in patterns)


def test_a_files_address_follows_from_the_doi():
    public = CATALOGUE["top_landscape"]
    assert public.page == "https://doi.org/10.5281/zenodo.2603256"
    assert public.url(public.files[1]) == "https://zenodo.org/records/2603256/files/val.h5?download=1"


def test_a_pattern_chooses_files_in_their_order():
    chosen = CATALOGUE["jetclass"].choose("*_5M.tar")
    assert [file.name for file in chosen] == ["JetClass_Pythia_val_5M.tar"]
    assert CATALOGUE["jetclass"].choose("*") == list(CATALOGUE["jetclass"].files)


def test_a_pattern_of_no_file_and_an_unknown_set_are_refused_with_the_nearest():
    with pytest.raises(UserError, match=r"no file of 'Top quark .*' matches 'trian.h5'; did you mean 'train.h5'\?"):
        CATALOGUE["top_landscape"].choose("trian.h5")
    with pytest.raises(UserError, match=r"no public data set 'quark-gluon'; did you mean 'quark_gluon'\?"):
        public_set("quark-gluon")
