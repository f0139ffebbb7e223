"""The texts of an archive: README, Zenodo's metadata, commands, and what is left out."""

import json
from dataclasses import asdict

from tagwerk.cards.publication import Author, Publication
from tagwerk.evaluation.comparison import Comparison
from tagwerk.provenance.lineage import Lineage
from tagwerk.provenance.overview import Overview, describe_commit
from tagwerk.publication.archive_contents import Contents
from tagwerk.publication.crate import description

_CHEAP = ("compare", "report")  # stages that need the archived scores alone

_README = """\
# {title}

{description}

This archive is an RO-Crate: `ro-crate-metadata.json` describes all files, and which command made which. Its folders are
those of the project in which the study was run, so that all commands below run in it as they are.

| | |
|---|---|
| `{folder}/comparison/comparison.json` | all numbers; `comparison_schema.json` describes each key |
| `{folder}/report.html` | the report, a page for a browser |
| `{folder}/` | per tagger and seed: model, scores of the test jets, and provenance |
| `config/` | the cards: all settings |
| `requirements.lock`, `workflow/` | the environment and the workflow, if they were at hand |
| `commands.txt` | the command that made each result |
| `left_out.json` | files that the results were made of and that are not here, with their SHA-256 |
| `SHA256SUMS` | of all files: `sha256sum --check SHA256SUMS` |

## Run it again

Install Tagwerk {version}, in the environment of `requirements.lock`.

From the archived scores, in minutes; `comparison.json` is the same to the bit with the same versions:

```
{cheap}
```

Everything, from the input files on:

```
snakemake --cores all
```

`tagwerk provenance {folder}` prints what made each result.

## Left out

{left_out}

## Software

{software}

## Licence and citation

- authors: {authors}
- licence: {licence}
- cite: {cite}
"""


def archive_texts(contents: Contents, comparison: Comparison, publication: Publication) -> dict[str, str]:
    """Return the texts by their names in the archive."""
    return {
        "README.md": _readme(contents, comparison, publication),
        ".zenodo.json": json.dumps(zenodo_metadata(comparison, publication), indent=1, ensure_ascii=False) + "\n",
        "commands.txt": "".join(f"{command}\n" for command in _commands(contents.lineage)),
        "left_out.json": json.dumps([asdict(each) for each in contents.left_out], indent=1) + "\n",
    }


def zenodo_metadata(comparison: Comparison, publication: Publication) -> dict[str, object]:
    """Return the metadata of a deposit at Zenodo, which its interface takes as `metadata`."""
    known: dict[str, object] = {
        "title": comparison.study,
        "upload_type": "dataset",
        "description": f"<p>{_escaped(description(comparison, publication))}</p>",
        "creators": [_creator(author) for author in publication.authors],
        "keywords": ["particle physics", "jet tagging", "machine learning", "Tagwerk"],
    }
    if publication.license is not None:
        known["license"] = publication.license.lower()
    if publication.cite is not None:
        known["notes"] = f"Cite as: {publication.cite}"
    return known


def _creator(author: Author) -> dict[str, str]:
    return {key: value for key, value in author.model_dump().items() if value is not None}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _readme(contents: Contents, comparison: Comparison, publication: Publication) -> str:
    unknown = "not given; the key `publication` of the study card has it"
    overview = Overview(contents.lineage)
    cheap = [each.command for each in contents.lineage.results.values() if each.stage in _CHEAP]
    commit = contents.comparison.commit
    version = contents.comparison.versions.get("tagwerk", "")
    versions = [f"{name} {' or '.join(each)}" for name, each in sorted(overview.versions.items())]
    return _README.format(
        title=comparison.study,
        description=description(comparison, publication),
        folder=contents.folder.as_posix(),
        version=version if commit is None else f"{version} (commit {describe_commit(commit)})",
        cheap="\n".join(dict.fromkeys(cheap)),
        left_out=_left_out(contents),
        software=", ".join(versions),
        authors="; ".join(author.name for author in publication.authors) or unknown,
        licence=unknown if publication.license is None else f"{publication.license}, {publication.license_url}",
        cite=publication.cite or unknown,
    )


def _left_out(contents: Contents) -> str:
    if not contents.left_out:
        return "Nothing that the results were made of."
    reasons = {each.why for each in contents.left_out}
    lines = []
    for why in sorted(reasons):
        files = [each for each in contents.left_out if each.why == why]
        lines.append(f"- {len(files):,} files, such as `{files[0].path}`: {why}")
    return "\n".join([*lines, "", "Those that Tagwerk made, `snakemake` makes again."])


def _commands(lineage: Lineage) -> list[str]:
    """Return the command of each result, what it was made of before it."""
    return list(dict.fromkeys(each.command for each in lineage.results.values()))
