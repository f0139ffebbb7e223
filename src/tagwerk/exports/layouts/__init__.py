"""How a job feeds an exported tagger: one module per layout, with the functions `feed`, `outputs` and `metadata`."""

from importlib import import_module
from typing import Protocol, cast

from tagwerk.exports.graph import OnnxGraph, Shape, Value
from tagwerk.exports.job import ExportJob, FedJets, TaggerOutputs
from tagwerk.training.model import TrainingRecord


class ExportLayout(Protocol):
    """The functions of a layout's module."""

    def feed(self, graph: OnnxGraph, record: TrainingRecord, job: ExportJob) -> FedJets:
        """Add the inputs to a graph and return them with the columns of the training."""

    def outputs(self, record: TrainingRecord, job: ExportJob, results: TaggerOutputs) -> dict[str, tuple[Value, Shape]]:
        """Return the outputs by name, each with its shape."""

    def metadata(self, record: TrainingRecord, job: ExportJob) -> dict[str, str]:
        """Return texts for the file's metadata."""


def export_layout(name: str) -> ExportLayout:
    """Return the layout of this name."""
    return cast(ExportLayout, import_module(f"{__name__}.{name}"))
