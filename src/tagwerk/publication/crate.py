"""The metadata of an archive as an RO-Crate 1.1 (https://w3id.org/ro/crate/1.1), with one action per command."""

import mimetypes
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from rocrate.model import ContextEntity, Person
from rocrate.rocrate import ROCrate

from tagwerk.cards.publication import Publication
from tagwerk.evaluation.comparison import Comparison
from tagwerk.provenance.provenance_record import Provenance
from tagwerk.publication.archive_contents import Contents

_SOFTWARE, _PROFILE = "#tagwerk", "https://w3id.org/ro/wfrun/process/0.5"
_NO_LICENCE = "No licence is given; ask the authors."
_TYPES = {
    ".onnx": "application/octet-stream", ".keras": "application/zip", ".skops": "application/zip",
    ".parquet": "application/vnd.apache.parquet", ".root": "application/x-root", ".yaml": "application/yaml",
    ".smk": "text/plain", ".md": "text/markdown", ".lock": "text/plain",
}  # fmt: skip


def crate_metadata(
    contents: Contents, names: list[str], comparison: Comparison, publication: Publication
) -> dict[str, Any]:
    """Return the content of `ro-crate-metadata.json`.

    Args:
        contents: of the archive.
        names: of all files in the archive but this one.
        comparison: of the study.
        publication: its authors and licence.
    """
    crate = ROCrate(version="1.1")
    made = max(each.started for each in contents.lineage.results.values())
    crate.name, crate.datePublished = comparison.study, made.date().isoformat()
    crate.description = description(comparison, publication)
    crate.license = _licence(crate, publication)
    authors = [_person(crate, index, author) for index, author in enumerate(publication.authors, 1)]
    if authors:
        crate.root_dataset["author"] = _one_or_more(authors)
    if publication.cite is not None:
        crate.root_dataset["citation"] = publication.cite
    for name in names:
        crate.add_file(name, dest_path=name, properties=_file(name))
    profile = {"@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
    crate.root_dataset["conformsTo"] = crate.add(ContextEntity(crate, _PROFILE, properties=profile))
    software = {"@type": "SoftwareApplication", "name": "Tagwerk", **_version(contents.comparison)}
    tagwerk = crate.add(ContextEntity(crate, _SOFTWARE, properties=software))
    inside = _by_result(names)
    results = [(result, made) for result, made in contents.lineage.results.items() if inside.get(result)]
    actions = [_action(crate, index, result, made, inside, tagwerk) for index, (result, made) in enumerate(results, 1)]
    crate.root_dataset["mentions"] = _one_or_more(actions)
    return dict(crate.metadata.generate())


def description(comparison: Comparison, publication: Publication) -> str:
    """Return what the archive is, in words."""
    titles = [tagger.title for tagger in comparison.taggers]
    what = f"A comparison of {len(titles)} jet taggers ({', '.join(titles)}) on: {comparison.dataset}."
    return " ".join(filter(None, [publication.description, what, "Made with Tagwerk."]))


def _licence(crate: ROCrate, publication: Publication) -> Any:
    if publication.license is None:
        return _NO_LICENCE
    about = {"@type": "CreativeWork", "name": publication.license, "description": f"SPDX {publication.license}"}
    return crate.add(ContextEntity(crate, publication.license_url, properties=about))


def _person(crate: ROCrate, index: int, author: Any) -> Any:
    identifier = f"https://orcid.org/{author.orcid}" if author.orcid else f"#author-{index}"
    properties = {"name": author.name}
    if author.affiliation:
        about = {"@type": "Organization", "name": author.affiliation}
        properties["affiliation"] = crate.add(ContextEntity(crate, f"#institute-{index}", properties=about))
    return crate.add(Person(crate, identifier, properties=properties))


def _file(name: str) -> dict[str, str]:
    kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"
    return {"name": name, "encodingFormat": kind}


def _version(comparison: Provenance) -> dict[str, str]:
    version = comparison.versions.get("tagwerk", "not known")
    return {"softwareVersion": version if comparison.commit is None else f"{version}, commit {comparison.commit.id}"}


def _by_result(names: list[str]) -> dict[str, list[str]]:
    """Return the files in the archive, without provenance, that each path is or has in it."""
    inside: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if not name.endswith("provenance.json"):
            for path in (PurePosixPath(name), *PurePosixPath(name).parents):
                inside[str(path)].append(name)
    return inside


def _one_or_more(values: list[Any]) -> Any:
    """Return the only value, or all: RO-Crate has no lists of one."""
    return values[0] if len(values) == 1 else values


def _action(
    crate: ROCrate, index: int, result: str, made: Provenance, inside: Mapping[str, list[str]], tagwerk: Any
) -> Any:
    """Return the run of a command, with what it read and wrote of the archive."""
    read = [source.path for inputs in made.inputs for source in inputs.sources]
    used = {"object": [name for path in read for name in inside.get(path, [])], "result": inside[result]}
    properties = {
        "@type": "CreateAction",
        "name": f"tagwerk {made.stage}: {result}",
        "description": made.command,
        "startTime": made.started.isoformat(),
        "endTime": (made.started + timedelta(seconds=round(made.seconds))).isoformat(),
        "instrument": tagwerk,
        **{key: _one_or_more([{"@id": name} for name in dict.fromkeys(each)]) for key, each in used.items() if each},
    }
    return crate.add(ContextEntity(crate, f"#run-{index}", properties=properties))
