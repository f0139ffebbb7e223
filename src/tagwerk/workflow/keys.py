"""Fingerprints of the keys of cards that each stage reads: a change of any other key reruns nothing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.search import SearchCards
from tagwerk.cards.study_cards import Cards
from tagwerk.cards.tagger import Tagger
from tagwerk.summaries.feature_lists import features_of, format_features

_LOOKS = {"title", "color"}  # of a tagger, in figures and tables alone

_ORIGIN_LABELS = {"__all__": {"origins": {"__all__": {"label"}}}}  # of sequences, in tables alone

_PUBLISHED = {"export", "publication"}  # of a study

_PROBED = {"signal", "background", "fractions", "working_points", "robustness"}  # of a study


def of_simulation(dataset: Dataset) -> str:
    """Return what simulation reads of a dataset's card; more files leave those that exist as they are."""
    assert dataset.generator is not None
    return _fingerprint(dataset.generator.model_dump(mode="json", exclude={"files"}))


def of_blocks(dataset: Dataset, blocks: Mapping[str, Sequence[Path]]) -> dict[str, str]:
    """Return what `ingest` reads of a dataset's card for the files of each block, by the block's name.

    Patterns of files do not count, but whether a file may hold each class, and its piece of an official split.
    """
    read = _of_jets(dataset) | {"split": dataset.split.model_dump(mode="json", exclude={"files"})}
    contents = iter(dataset.contents_of([file for files in blocks.values() for file in files]))
    return {
        name: _fingerprint(read | {"contents": list(islice(contents, len(files)))}) for name, files in blocks.items()
    }


def of_summary(dataset: Dataset) -> str:
    """Return what `summarise` reads of a dataset's card."""
    return _fingerprint(_of_jets(dataset) | {"reweighting": _dump(dataset.reweighting)})


def features_read(tagger: Tagger) -> str:
    """Return the features whose moments the training of a tagger needs, as `summarise` takes them."""
    return format_features(features_of(tagger.inputs))


def file_name(features: str) -> str:
    """Return a short name for a list of features."""
    return hashlib.sha256(features.encode()).hexdigest()[:8]


def of_training(dataset: Dataset, tagger: Tagger) -> str:
    """Return what `train` reads of the cards of dataset and tagger."""
    return _fingerprint({"dataset": of_summary(dataset), "tagger": tagger.model_dump(mode="json", exclude=_LOOKS)})


def of_probe(cards: Cards, tagger: Tagger) -> str:
    """Return what `probe` reads of the cards of a study, its dataset and a tagger."""
    study = cards.study.model_dump(mode="json", include=_PROBED)
    return _fingerprint({"study": study, "training": of_training(cards.require_dataset(), tagger)})


def of_search(found: SearchCards) -> str:
    """Return what `tune` reads of the cards of a search, its study, dataset and tagger."""
    study = found.cards.study.model_dump(mode="json", include={"fold", "epochs"})
    search = found.search.model_dump(mode="json", exclude={"title", "workers", "tagger", "taggers"})
    return _fingerprint(
        {"search": search, "study": study, "training": of_training(found.cards.require_dataset(), found.tagger)}
    )


def of_comparison(cards: Cards) -> str:
    """Return what `compare` and `report` read of the cards of a study: all but what is published of it."""
    taggers = {name: _dump(tagger) for name, tagger in cards.taggers.items()}
    scores = {name: _dump(card) for name, card in cards.scores.items()}
    study = cards.study.model_dump(mode="json", exclude=_PUBLISHED)
    read = {"study": study, "dataset": _dump(cards.dataset), "taggers": taggers, "scores": scores}
    return _fingerprint(read)


def of_model_card(cards: Cards) -> str:
    """Return what `modelcard` reads of the cards of a study."""
    return _fingerprint({"comparison": of_comparison(cards), "publication": _dump(cards.study.publication)})


def _of_jets(dataset: Dataset) -> dict[str, Any]:
    """Return the keys that decide which jets and which of their variables there are."""
    classes = [each.model_dump(mode="json", include={"name", "selection"}) for each in dataset.classes]
    others = dict.fromkeys(["title", "generator", "files", "reweighting", "classes"], True)
    return dataset.model_dump(mode="json", exclude={**others, "sequences": _ORIGIN_LABELS}) | {"classes": classes}


def _dump(card: Any) -> Any:
    return None if card is None else card.model_dump(mode="json")


def _fingerprint(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
