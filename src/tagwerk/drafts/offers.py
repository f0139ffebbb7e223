"""What the taggers that are there want of a dataset: names, variables and trees to offer, and which of them run."""

from pathlib import Path

from pydantic import ValidationError

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.study import check_inputs
from tagwerk.cards.tagger import Tagger
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.first_jets import FirstJets
from tagwerk.errors import UserError
from tagwerk.jets.substructure import VARIABLES
from tagwerk.jets.topologies import LARGEST, TOPOLOGIES

# The sequence of the cards in config/taggers.
MAIN = "constituents"
_HERE = "this"


def with_main(draft: Draft, found: FirstJets) -> tuple[Draft, FirstJets]:
    """Return draft and sample in which the sequence with most constituents has the name that taggers ask for."""
    if MAIN in draft.sequences:
        return draft, found
    main = max(draft.sequences, key=lambda name: found.reached[name].mean)
    draft = draft.renamed(main, MAIN).remark(
        f"sequences.{MAIN}", f"{main}, by the name that the shipped taggers ask for"
    )
    return draft, found.renamed(main, MAIN)


def offered(draft: Draft) -> Draft:
    """Return the draft with the substructure and the trees that the shipped taggers see."""
    sequences = draft.sequences
    if MAIN not in sequences:
        return draft
    if sequences[MAIN].get("max_length", 0) <= LARGEST:
        sequences[MAIN] = {**sequences[MAIN], "trees": list(TOPOLOGIES)}
        said = "trees are for recursive taggers; they take time and space: keep those that a study trains on"
        draft = draft.remark(f"sequences.{MAIN}.trees", said)
    return draft.having(sequences=sequences, substructure=list(VARIABLES))


def fits(draft: Draft, folder: Path) -> list[str]:
    """Return what to say of the taggers in a folder: which run with the draft, and what the others lack."""
    try:
        dataset = Dataset.model_validate(draft.values)
        lacks = {path.stem: _lack(path, dataset) for path in sorted(folder.glob("*.yaml"))}
    except ValidationError:  # what is marked keeps it from being a card yet
        return []
    fit = [name for name, lack in lacks.items() if lack is None]
    said = [f"Of the taggers in {folder} these run with it: {', '.join(fit)}"] if fit else []
    wanting: dict[str, list[str]] = {}
    for name, lack in lacks.items():
        if lack is not None:
            wanting.setdefault(lack, []).append(name)
    return said + [f"Not {', '.join(taggers)}: {lack}" for lack, taggers in wanting.items()]


def _lack(path: Path, dataset: Dataset) -> str | None:
    """Return what a dataset lacks for a tagger; nothing if it has all, or the tagger's card is wrong itself."""
    try:
        check_inputs(path, Tagger.load(path), dataset, _HERE)
    except UserError as mistake:
        return str(mistake).removeprefix(f"{path}: ").replace(f"dataset '{_HERE}'", "this dataset")
    return None
