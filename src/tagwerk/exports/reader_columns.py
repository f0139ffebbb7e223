"""The columns of a training from what an experiment's software reads of a jet, and what it does not."""

from collections.abc import Mapping

import numpy as np

from tagwerk.errors import UserError
from tagwerk.exports import array_library
from tagwerk.exports.graph import OnnxGraph, Value, concatenate
from tagwerk.exports.job import ExportJob
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.training.model import TrainingRecord


def check_carried(record: TrainingRecord, layout: str) -> None:
    """Refuse what no layout of an experiment carries.

    Raises:
        UserError: the tagger sees trees, or the order of its constituents is by no column.
    """
    schema = record.schema_
    for tree in schema.trees:
        raise UserError(
            f"layout '{layout}': tagger '{record.name}' sees the tree '{tree}', and the experiment's"
            " software has no clustering histories; export it in the layout 'tagwerk'"
        )
    for name, columns in schema.sequences.items():
        if (key := record.ordering[name].key) not in columns:
            raise UserError(
                f"layout '{layout}': '{name}' is ordered by '{key}', which is no column that tagger '{record.name}'"
                " sees; export it in the layout 'tagwerk'"
            )


def check_selected(record: TrainingRecord, job: ExportJob, layout: str, sequence: str) -> None:
    """Refuse a sequence of which the training saw only those that pass a selection.

    Raises:
        UserError: there is a selection, and the user does not say that the job applies it.
    """
    selection = record.ordering[sequence].selection
    if selection is not None and not job.selected:
        raise UserError(
            f"layout '{layout}': the training saw only '{sequence}' that pass '{selection}', which the experiment's"
            " software does not know; give --selected if the job feeds no others"
        )


def jet_columns(graph: OnnxGraph, record: TrainingRecord, layout: str, read: Mapping[str, Value]) -> Value:
    """Return the columns of a jet, (1, J), from variables (1,) that are read.

    Columns that the tagger does not see are NaN where they are not read.

    Raises:
        UserError: the tagger sees a variable that is not read.
    """
    if missing := [name for name in record.tagger.inputs.scalars if name not in read]:
        raise UserError(
            f"layout '{layout}': tagger '{record.name}' sees the jet variable '{missing[0]}', and the experiment's"
            f" software provides only {', '.join(read)}; export it in the layout 'tagwerk'"
        )
    nan = graph.constant([np.nan])
    return array_library.stack([read.get(name, nan) for name in record.schema_.scalars], 1)


def further_columns(record: TrainingRecord, sequence: str) -> list[str]:
    """Return the columns of a sequence beyond the four-momentum."""
    return record.schema_.sequences[sequence][len(PT_ETA_PHI_ENERGY) :]


def constituent_columns(columns: list[str], read: Mapping[str, Value]) -> Value:
    """Return the columns of constituents, (1, T, K), from variables (1, T)."""
    return concatenate([read[name].expand_dims(2) for name in columns], 2)


def name_of_extra(
    record: TrainingRecord, job: ExportJob, layout: str, sequence: str, column: str, known: list[str]
) -> str:
    """Return what the experiment's software calls a further variable of constituents.

    Raises:
        UserError: the user does not say it, or the experiment's software has no such variable.
    """
    name = job.names.get(column)
    if name is None:
        raise UserError(
            f"layout '{layout}': tagger '{record.name}' sees '{column}' of '{sequence}'; say what the experiment's"
            f" software calls it: --name {column}=NAME; known: {', '.join(known)}"
        )
    if name not in known:
        raise UserError(
            f"layout '{layout}': the experiment's software has no variable '{name}' of '{sequence}', which --name"
            f" {column}={name} asks for; known: {', '.join(known)}"
        )
    return name
