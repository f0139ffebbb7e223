"""A submission to HEPData as files: `submission.yaml`, one YAML file per table, figures and `comparison.json`."""

import gzip
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

from tagwerk.cards.collisions import Collisions
from tagwerk.cards.study_cards import Cards
from tagwerk.errors import UserError
from tagwerk.evaluation.comparison import SCHEMA_VERSION, Comparison
from tagwerk.publication.hepdata_tables import Table, Variable, hepdata_tables

ARCHIVE = ".tar.gz"  # the suffix of a submission to upload
_MAX_NAME = 64  # characters of a table's name, as HEPData has it
_THUMBNAIL = (240, 179)  # pixels, as HEPData shows it


def write_submission(folder: Path, comparison: Comparison, cards: Cards, source: Path) -> None:
    """Write a submission to a new folder.

    Args:
        folder: to create.
        comparison: with the numbers.
        cards: of its study.
        source: directory that `tagwerk compare` wrote, with comparison.json and the figures.
    """
    folder.mkdir()
    tables = hepdata_tables(comparison)
    licence = _licence(cards)
    documents: list[dict[str, Any]] = [_about(comparison, cards, licence)]
    for number, (name, table) in enumerate(zip(unique_names(tables), tables, strict=True), 1):
        file = f"table_{number}.yaml"
        _write_yaml(folder / file, _content(table))
        images = _copy_figure(table.figure, source, folder)
        documents.append(
            {
                "name": name,
                "description": table.description,
                "keywords": _keywords(cards),
                "data_file": file,
                **({"data_license": licence} if licence else {}),
                **({"additional_resources": images} if images else {}),
            }
        )
    shutil.copyfile(source / "comparison.json", folder / "comparison.json")
    _write_yaml(folder / "submission.yaml", *documents)


def pack(folder: Path, archive: Path) -> None:
    """Write the files of a folder to an archive that HEPData takes; the same files give the same bytes."""
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for file in sorted(folder.iterdir()):
            about = tarfile.TarInfo(f"submission/{file.name}")  # without time and owner
            about.size = file.stat().st_size
            with file.open("rb") as content:
                tar.addfile(about, content)


def unique_names(tables: Sequence[Table]) -> list[str]:
    """Return names of tables that are short enough for HEPData, and unique."""
    names: list[str] = []
    for table in tables:
        name, number = table.name[:_MAX_NAME], 2
        while name in names:
            ending = f" ({number})"
            name, number = f"{table.name[: _MAX_NAME - len(ending)]}{ending}", number + 1
        names.append(name)
    return names


def _about(comparison: Comparison, cards: Cards, licence: dict[str, str] | None) -> dict[str, Any]:
    """Return what concerns all tables."""
    version = comparison.versions.get("tagwerk", "of unknown version")
    comment = [
        f"{comparison.study}.",
        *([cards.study.publication.description] if cards.study.publication.description else []),
        f"Jets: {comparison.dataset}. Made with Tagwerk {version}; comparison.json has all numbers.",
    ]
    resource = {
        "location": "comparison.json",
        "description": f"All numbers of the comparison, version {SCHEMA_VERSION} of Tagwerk's comparison_schema.json",
        **({"license": licence} if licence else {}),
    }
    return {"comment": " ".join(comment), "additional_resources": [resource]}


def _licence(cards: Cards) -> dict[str, str] | None:
    name, url = cards.study.publication.license, cards.study.publication.license_url
    return None if name is None or url is None else {"name": name, "url": url}


def _keywords(cards: Cards) -> list[dict[str, Any]]:
    generator = None if cards.dataset is None else cards.dataset.generator
    keywords: list[dict[str, Any]] = [{"name": "observables", "values": ["EFF"]}]
    if isinstance(generator, Collisions):
        keywords.append({"name": "cmenergies", "values": [float(generator.energy)]})
    return [*keywords, {"name": "phrases", "values": ["Jet tagging", "Machine learning"]}]


def _content(table: Table) -> dict[str, Any]:
    return {
        "independent_variables": [_variable(column) for column in table.independent],
        "dependent_variables": [_variable(column) for column in table.dependent],
    }


def _variable(column: Variable) -> dict[str, Any]:
    qualifiers = [{"name": name, "value": value} for name, value in column.qualifiers.items()]
    return {
        "header": {"name": column.name, **({"units": column.units} if column.units else {})},
        **({"qualifiers": qualifiers} if qualifiers else {}),
        "values": column.values,
    }


def _copy_figure(name: str | None, source: Path, folder: Path) -> list[dict[str, str]]:
    """Copy a figure with its thumbnail, if there is one; return how the submission names them."""
    image = None if name is None else source / f"{name}.png"
    if image is None or not image.exists():
        return []
    shutil.copyfile(image, folder / image.name)
    try:
        with Image.open(image) as picture:
            picture.thumbnail(_THUMBNAIL)
            picture.save(folder / f"thumb_{image.name}")
    except OSError:
        raise UserError(f"{image}: is not a PNG image; run `tagwerk compare` again") from None
    return [
        {"description": "Image file", "location": image.name},
        {"description": "Thumbnail image file", "location": f"thumb_{image.name}"},
    ]


def _write_yaml(path: Path, *documents: dict[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        yaml.dump_all(documents, file, _WithoutAliases, sort_keys=False, allow_unicode=True, width=1000)


class _WithoutAliases(yaml.SafeDumper):
    """Writes values that occur twice twice: HEPData's readers do not need to know YAML's anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
