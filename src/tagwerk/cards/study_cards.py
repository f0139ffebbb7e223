"""A study card with all cards that it names."""

from collections.abc import Mapping
from math import ceil
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tagwerk.cards.class_styles import ClassStyle, class_styles
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.experiment import FROM_FILES, SIMULATED, Experiment
from tagwerk.cards.score_files import ScoreFiles
from tagwerk.cards.study import Study
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError, error_context


class Cards(NamedTuple):
    """A study card and all cards that it names; without taggers of its own it has no dataset."""

    study: Study
    dataset: Dataset | None
    taggers: dict[str, Tagger]
    dataset_path: Path = Path("Dataset")
    scores: Mapping[str, ScoreFiles] = MappingProxyType({})
    alternatives: Mapping[str, Dataset] = MappingProxyType({})
    alternative_paths: Mapping[str, Path] = MappingProxyType({})

    @property
    def compared(self) -> dict[str, Tagger | ScoreFiles]:
        """The taggers and score files by name, in the order of the card."""
        return {**self.taggers, **self.scores}

    @property
    def classes(self) -> list[ClassStyle]:
        """The classes, in the order of the labels."""
        if self.dataset is not None:
            return [ClassStyle(name=each.name, label=each.label, color=each.color) for each in self.dataset.classes]
        named = [name for card in self.scores.values() for name in card.classes]
        return class_styles(self.study.classes, named, self.study.signal, self.study.background)

    @property
    def variables(self) -> list[str]:
        """The names of the variables of the test jets, against which efficiencies can be measured."""
        own = [] if self.dataset is None else [*self.dataset.scalars, *(f"n_{name}" for name in self.dataset.sequences)]
        return list(dict.fromkeys([*own, *(name for card in self.scores.values() for name in card.variables)]))

    @property
    def title(self) -> str:
        """What figures call the jets: the title of the dataset, or without one that of the study."""
        return self.study.title if self.dataset is None else self.dataset.title

    def runs(self) -> list[tuple[str, int | None, int]]:
        """Return tagger, number of training jets (None for all) and seed of all trainings.

        A file of a trained model is scored once, with the first seed, among the runs on the most jets.
        """
        files = {name for name, tagger in self.taggers.items() if tagger.model is not None}
        once = (max(self.study.training_jets, default=None), self.study.seeds[0])
        return [run for run in self.study.runs() if run[0] not in files or run[1:] == once]

    @property
    def exported(self) -> list[str]:
        """The names of the taggers that are exported; a file of a trained model is an ONNX file already."""
        export = self.study.export
        wanted = [] if export is None else export.taggers or list(self.taggers)
        return [name for name in wanted if self.taggers[name].model is None]

    def export_names(self, layout: str) -> dict[str, str]:
        """Return what the software of an experiment calls sequences and further variables of constituents."""
        names = {} if self.study.export is None else self.study.export.names
        return next((given for name, given in names.items() if name == layout), {})

    def require_dataset(self) -> Dataset:
        """Return the dataset.

        Raises:
            UserError: the study has none.
        """
        if self.dataset is None:
            raise UserError(f"the study '{self.study.title}' has no taggers to train, only score files; give it some")
        return self.dataset

    def experiment(self) -> Experiment:
        """Return the label of the figures: the study's or, with the word Simulation for simulated jets, Tagwerk's."""
        return self.study.experiment or (
            SIMULATED if self.dataset is not None and self.dataset.generator is not None else FROM_FILES
        )

    def files(self) -> dict[str, list[Path]]:
        """Return the files of the dataset and of each alternative sample, by name; none of what Tagwerk simulates.

        Raises:
            UserError: a pattern matches no file, or one whose name has a control character.
        """
        found = {}
        located = {name: (self.alternative_paths[name], dataset) for name, dataset in self.alternatives.items()}
        if self.study.dataset is not None:
            located = {self.study.dataset: (self.dataset_path, self.require_dataset()), **located}
        for name, (path, dataset) in located.items():
            with error_context(path):
                found[name] = [file for file in dataset.parts().values() if file is not None]
        return found

    def parts(self) -> list[str]:
        """Return the parts of the dataset that the study uses.

        A study of fewer jets uses the first files of every process, so that studies share files.
        """
        if self.dataset is None:
            return []
        generator = self.dataset.generator
        if generator is None or self.study.jets is None:
            with error_context(self.dataset_path):
                return list(self.dataset.parts())
        files = ceil(self.study.jets / len(generator.processes) / generator.jets_per_file)
        return generator.model_copy(update={"files": files}).parts()
