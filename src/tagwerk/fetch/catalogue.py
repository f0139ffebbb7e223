"""The public data sets that Tagwerk can fetch, with the checksum of every file.

The checksums are those that other programs verify these files with:

- top_landscape: the MD5 sums of the Zenodo record, which agree with those in three independent public programs;
- quark_gluon: EnergyFlow 1.4.0, energyflow/datasets/qg_jets.py (`HASHES`, pythia, nobc, md5);
- jetclass: jet-universe/particle_transformer, get_datasets.py, and its sizes.

A licence is given where a source states it; otherwise see the record.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tagwerk.cards.base import suggestion
from tagwerk.errors import UserError


@dataclass(frozen=True)
class PublicFile:
    """A file of a public data set; a tar archive is unpacked into `subfolder` of the data set's folder."""

    name: str
    md5: str
    subfolder: str = ""


@dataclass(frozen=True)
class PublicDataset:
    """A public data set: a repository record with a DOI, and what to know before using it."""

    title: str
    doi: str
    files: tuple[PublicFile, ...]
    gigabytes: float
    citation: str
    licence: str | None = None
    card: str | None = None
    repository: str = "https://zenodo.org"

    @property
    def page(self) -> str:
        """The data set's landing page, permanent even if the repository's URLs change."""
        return f"https://doi.org/{self.doi}"

    def url(self, file: PublicFile) -> str:
        """Return the URL of a file; Zenodo's DOIs end in the record number."""
        return f"{self.repository}/records/{self.doi.rpartition('.')[2]}/files/{file.name}?download=1"

    def matching(self, pattern: str) -> list[PublicFile]:
        """Return the files whose names match a pattern such as `*_val_*`.

        Raises:
            UserError: no name matches.
        """
        files = [file for file in self.files if fnmatchcase(file.name, pattern)]
        if not files:
            hint = suggestion(pattern, [file.name for file in self.files])
            raise UserError(f"no file of '{self.title}' matches {pattern!r}; {hint}")
        return files


def public_dataset(name: str) -> PublicDataset:
    """Return the public data set of that name.

    Raises:
        UserError: the catalogue has no such data set.
    """
    if name not in CATALOGUE:
        raise UserError(f"there is no public data set '{name}'; {suggestion(name, list(CATALOGUE))}")
    return CATALOGUE[name]


_QUARK_GLUON = """
    f5d052f10a79c6e8b9382637aca0ef52 f6a1081c76a47386bc11abcf0e499552 2628367c57ba598f4473c870d1381041
    dd3ad998b0a1bd9acea2ecf029a8a921 a56d6bb98361b55382aa8c06225e05d8 266c688e9e6ff1cd20840692d45eaaf8
    95a9f7e555fb7b1073967056b9030b11 4ae72aaabe121bd489532c99a6bdde95 a2b80bd4199468fde4f302d346a8c9d8
    1157cbace488c70c9dcfc250f3345b06 4b424b553e1e7f852e47ea9904bc2dcf ccd29c9d1abb34dd7cfb48cfc57a9695
    1ed1f6f19fb8439c9811dced41d5127d af45818c361e11ca9b3adaba30db06ad 488ced3ea409d7e2b196da67f7d182ec
    c5e083019de6cd6a0ef12bcec1ea566b 48605d55edff665f0c7d2f800b5a622e 8fd47760957b5fd9adec9048b50cd1a9
    d43d611484b55391e891ba31c605f792 6753508e34014cc69714a01fca20ec38
"""
_JETCLASS = """
    de4fd2dca2e68ab3c85d5cfd3bcc65c3 9722a359c5ef697bea0fbf79bf50f003 1e9f66cd1f915f9d10e90ae1d7761720
    47348fc8985319fa4806da87500482fa 6b0ce16bd93b442a8d51914466990279 416e347512e716de51d392bee327b8e9
    e9b9c1557b1b39bf0a16e4ab631ae451 5bfc6cb285ccb7680cefa9ac82ad1a2e 540c1a0d66dfad78d2b363c5740ccf86
    668f40b3275167ff7104c48317c0ae2a
"""

CATALOGUE = {
    "top_landscape": PublicDataset(
        title="Top quark tagging reference dataset",
        doi="10.5281/zenodo.2603256",
        files=(
            PublicFile("train.h5", "45663819f47c13724f67eb0fd80bfa5c"),
            PublicFile("val.h5", "dca4b7248027618f041f9baa86d360fc"),
            PublicFile("test.h5", "13163479dee30a5fe546e4536cc3d04d"),
        ),
        gigabytes=1.7,
        citation="Kasieczka, Plehn, Thompson and Russell (2019); The machine learning landscape of top taggers,"
        " arXiv:1902.09914",
        licence="CC BY 4.0",
        card="config/datasets/top_landscape.yaml",
    ),
    "quark_gluon": PublicDataset(
        title="Pythia8 quark and gluon jets for EnergyFlow",
        doi="10.5281/zenodo.3164691",
        files=tuple(
            PublicFile(f"QG_jets_{number}.npz" if number else "QG_jets.npz", md5)
            for number, md5 in enumerate(_QUARK_GLUON.split())
        ),
        gigabytes=2.1,
        citation="Komiske, Metodiev and Thaler (2019); Energy flow networks, arXiv:1810.05165",
        card="config/datasets/quark_gluon.yaml",
    ),
    "jetclass": PublicDataset(
        title="JetClass",
        doi="10.5281/zenodo.6619768",
        # The train archives contain bare files; those of val and test contain a folder val_5M or test_20M.
        files=(
            *(
                PublicFile(f"JetClass_Pythia_train_100M_part{number}.tar", md5, subfolder="train_100M")
                for number, md5 in enumerate(_JETCLASS.split())
            ),
            PublicFile("JetClass_Pythia_val_5M.tar", "7235ccb577ed85023ea3ab4d5e6160cf"),
            PublicFile("JetClass_Pythia_test_20M.tar", "64e5156d26d101adeb43b8388207d767"),
        ),
        gigabytes=190,
        citation="Qu, Li and Qian (2022); Particle transformer for jet tagging, arXiv:2202.03772",
        card="config/datasets/jetclass.yaml",
    ),
}
