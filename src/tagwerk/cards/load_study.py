"""Loading a study card with all cards that it names, checked against one another."""

from pathlib import Path

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.locate import named_card
from tagwerk.cards.score_files import NamedScoreFiles, ScoreFiles
from tagwerk.cards.study import Study
from tagwerk.cards.study_cards import Cards
from tagwerk.cards.study_checks import (
    check_alternatives,
    check_dataset,
    check_study_card,
    check_titles,
    check_trained_classes,
)
from tagwerk.cards.tagger import Tagger
from tagwerk.cards.tagger_inputs import check_inputs


def load_cards(card: Path | str) -> Cards:
    """Return a study card, given by path or name, and all cards that it names, checked against one another.

    Datasets and taggers are in the folders `datasets` and `taggers` next to the card's own, or Tagwerk's own.

    Raises:
        UserError: a card is missing or wrong, or a name in one is not in another.
    """
    path, study = Study.located(card)
    scores = dict(_located_scores(path, entry) for entry in study.scores)
    located = {
        name: Tagger.located(named_card(Tagger.FOLDER, name, path, "optimum" if name == study.optimum else "taggers"))
        for name in study.all_taggers
    }
    located = {name: (where, tagger.with_training(study.training)) for name, (where, tagger) in located.items()}
    taggers = {name: tagger for name, (_, tagger) in located.items()}
    check_titles(path, taggers, scores)
    if study.dataset is None:
        cards = Cards(study, None, taggers, scores=scores)
    else:
        dataset_path, dataset = Dataset.located(named_card(Dataset.FOLDER, study.dataset, path, "dataset"))
        paths = {
            name: named_card(Dataset.FOLDER, name, path, "alternative_samples") for name in study.alternative_samples
        }
        alternatives = {name: Dataset.located(where)[1] for name, where in paths.items()}
        cards = Cards(study, dataset, taggers, dataset_path, scores, alternatives, paths)
        check_dataset(path, study, dataset)
        check_alternatives(path, cards)
        for tagger_path, tagger in located.values():
            check_inputs(tagger_path, tagger, dataset, study.dataset)
            check_trained_classes(tagger_path, tagger, study)
            for name, alternative in alternatives.items():
                check_inputs(tagger_path, tagger, alternative, name)
    check_study_card(path, cards)
    return cards


def _located_scores(path: Path, entry: str | NamedScoreFiles) -> tuple[str, ScoreFiles]:
    """Return the name of score files, and their card."""
    if isinstance(entry, NamedScoreFiles):
        return entry.name, entry
    return entry, ScoreFiles.located(named_card(ScoreFiles.FOLDER, entry, path, "scores"))[1]
