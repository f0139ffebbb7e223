"""Tagwerk trains and compares taggers of hadronic jets and taus.

The functions below are what the commands of the same names call. They take jet records as Awkward arrays, or as the
directories that `tagwerk ingest` writes, and cards as objects, paths, or names such as `top` and `lstm`:

    import tagwerk as tw

    jets = tw.read("top", "qcd_and_top.root")
    model = tw.train("lstm", "top", None, jets, epochs=5)
    run = tw.score(model, jets)

Each is imported when it is first used, since TensorFlow takes seconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagwerk.cards.dataset import Dataset as Dataset
    from tagwerk.cards.load_study import load_cards as load_cards
    from tagwerk.cards.search import Search as Search
    from tagwerk.cards.study import Study as Study
    from tagwerk.cards.study_cards import Cards as Cards
    from tagwerk.cards.tagger import Tagger as Tagger
    from tagwerk.cards.tagger import TrainingSettings as TrainingSettings
    from tagwerk.checks.check_result import CheckResult as CheckResult
    from tagwerk.drafts.make import draft_card as draft_card
    from tagwerk.errors import UserError as UserError
    from tagwerk.evaluation.compare import compare as compare
    from tagwerk.evaluation.comparison import Comparison as Comparison
    from tagwerk.exports.export import export as export
    from tagwerk.readers.reading import check as check
    from tagwerk.readers.reading import read as read
    from tagwerk.records.ingest import ingest as ingest
    from tagwerk.records.store import read_records as read_records
    from tagwerk.report.markdown import markdown as markdown
    from tagwerk.scores.apply import apply as apply
    from tagwerk.scores.score import score as score
    from tagwerk.scores.tagger_run import Run as Run
    from tagwerk.scores.tagger_run import read_run as read_run
    from tagwerk.summaries.summarise import summarise as summarise
    from tagwerk.summaries.summary import Summary as Summary
    from tagwerk.training.features_of_records import constituent_features as constituent_features
    from tagwerk.training.fit import fit as fit
    from tagwerk.training.fit import predict as predict
    from tagwerk.training.model import TrainedModel as TrainedModel
    from tagwerk.training.model import load_model as load_model
    from tagwerk.training.sequences import Sequences as Sequences
    from tagwerk.training.train import train as train
    from tagwerk.workflow.snakefile import snakefile as snakefile

__version__ = "0.1.0"

_MODULES = {
    "Cards": "cards.study_cards",
    "CheckResult": "checks.check_result",
    "Comparison": "evaluation.comparison",
    "Dataset": "cards.dataset",
    "Run": "scores.tagger_run",
    "Search": "cards.search",
    "Sequences": "training.sequences",
    "Study": "cards.study",
    "Summary": "summaries.summary",
    "Tagger": "cards.tagger",
    "TrainedModel": "training.model",
    "TrainingSettings": "cards.tagger",
    "UserError": "errors",
    "apply": "scores.apply",
    "check": "readers.reading",
    "compare": "evaluation.compare",
    "constituent_features": "training.features_of_records",
    "draft_card": "drafts.make",
    "export": "exports.export",
    "fit": "training.fit",
    "ingest": "records.ingest",
    "load_cards": "cards.load_study",
    "load_model": "training.model",
    "markdown": "report.markdown",
    "predict": "training.fit",
    "read": "readers.reading",
    "read_records": "records.store",
    "read_run": "scores.tagger_run",
    "score": "scores.score",
    "snakefile": "workflow.snakefile",
    "summarise": "summaries.summarise",
    "train": "training.train",
}

__all__ = ["__version__", *_MODULES]


def __getattr__(name: str) -> Any:
    """Return a public function or class, importing its module."""
    if name not in _MODULES:
        raise AttributeError(f"module 'tagwerk' has no attribute '{name}'")
    return getattr(import_module(f"tagwerk.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
