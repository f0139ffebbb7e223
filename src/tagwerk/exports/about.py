"""What a job that feeds an exported tagger needs to know."""

import json
from typing import Any

from tagwerk import __version__
from tagwerk.exports.job import ExportJob
from tagwerk.layers.schema import Schema
from tagwerk.provenance.commit import current_commit
from tagwerk.training.model import TrainingRecord


def about(record: TrainingRecord, job: ExportJob, layout: str) -> dict[str, Any]:
    """Return classes, columns, order, maximum number and selection of the constituents, and versions."""
    schema: Schema = record.schema_
    return {
        "tagger": record.name,
        "layout": layout,
        "classes": schema.classes,
        "jet": schema.scalars,
        "sequences": {
            name: {"columns": columns, **record.ordering[name].model_dump()}
            for name, columns in schema.sequences.items()
            if name not in schema.trees
        },
        "trees": {name: {"columns": schema.sequences[name], "of": of} for name, of in schema.trees.items()},
        "names": dict(job.names),
        "units": {"momenta, energies and masses": "GeV", "azimuths": "radians"},
        "versions": record.versions,
        "exported_by": exporter(),
    }


def about_json(record: TrainingRecord, job: ExportJob, layout: str) -> str:
    """Return the same as JSON."""
    return json.dumps(about(record, job, layout))


def exporter() -> dict[str, str | None]:
    """Return the version of Tagwerk that exports, and the hash of its commit; None where it is not known."""
    commit = current_commit()
    modified = "-modified" if commit is not None and commit.modified else ""
    return {"tagwerk": __version__, "git_hash": None if commit is None else f"{commit.id}{modified}"}
