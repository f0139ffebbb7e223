"""The exports of a study, checked before anything is trained."""

from pathlib import Path

from tagwerk.cards.input_columns import ordering_of, schema_of
from tagwerk.cards.study_cards import Cards
from tagwerk.errors import UserError
from tagwerk.exports.graph import OnnxGraph
from tagwerk.exports.job import ExportJob
from tagwerk.exports.layouts import export_layout
from tagwerk.training.model import TrainingRecord

# What is an option of the command in the messages of a layout, or means one tagger of many, and its key in a study.
_KEYS = {
    "--name": "--name is the key 'export.names.{layout}'",
    "--selected": "--selected is the key 'export.selected'",
    "export it in the layout": "the key 'export.taggers' names those to export",
}


def check_exports(card: Path, cards: Cards) -> None:
    """Refuse what the software of an experiment does not read of a study's taggers.

    Args:
        card: of the study.
        cards: the study with all that it names.

    Raises:
        UserError: for the first tagger and layout of which this is so.
    """
    export = cards.study.export
    if export is None:
        return
    for layout in (name for name in export.layouts if name != "tagwerk"):
        target, job = export_layout(layout), ExportJob(cards.export_names(layout), None, export.selected)
        for name in cards.exported:
            record = _untrained(name, cards)
            try:
                target.feed(OnnxGraph(), record, job)
                target.metadata(record, job)
            except UserError as mistake:
                hint = "".join(f"; {key.format(layout=layout)}" for text, key in _KEYS.items() if text in str(mistake))
                raise UserError(f"{card}: key 'export': {mistake}{hint}") from None


def _untrained(name: str, cards: Cards) -> TrainingRecord:
    """Return what the record of a training will say of the inputs."""
    dataset, tagger = cards.require_dataset(), cards.taggers[name]
    schema = schema_of(dataset, tagger.inputs).without_truth()
    return TrainingRecord(
        name=name, tagger=tagger, schema_=schema, ordering=ordering_of(dataset, schema), pieces={}, seed=0,
        parameters=0, threads=1, training_jets=0, training_seconds=0, epochs=0, versions={},
    )  # fmt: skip
