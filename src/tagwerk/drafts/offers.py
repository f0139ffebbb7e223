"""What the shipped taggers need from a dataset: sequence names, variables and trees to offer, and which of them run."""

from pathlib import Path

from pydantic import ValidationError

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.locate import SHIPPED
from tagwerk.cards.tagger import Tagger
from tagwerk.cards.tagger_inputs import check_inputs
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.first_jets import FirstJets
from tagwerk.errors import UserError
from tagwerk.jets.substructure import VARIABLES
from tagwerk.jets.topologies import MAX_CONSTITUENTS, TOPOLOGIES

# The sequence that the cards in config/taggers use.
_MAIN = "constituents"
_PLACEHOLDER = "this"


def with_main_sequence(draft: Draft, sample: FirstJets) -> tuple[Draft, FirstJets]:
    """Return draft and sample with the longest sequence renamed to what the shipped taggers expect."""
    if _MAIN in draft.sequences:
        return draft, sample
    main = max(draft.sequences, key=lambda name: sample.stats[name].mean)
    text = f"{main}, under the name that the shipped taggers expect"
    draft = draft.rename_sequence(main, _MAIN).with_comment(f"sequences.{_MAIN}", text)
    return draft, sample.rename_sequence(main, _MAIN)


def with_tagger_inputs(draft: Draft) -> Draft:
    """Return the draft with the substructure and the trees that the shipped taggers use."""
    sequences = draft.sequences
    if _MAIN not in sequences:
        return draft
    if sequences[_MAIN].get("max_length", 0) <= MAX_CONSTITUENTS:
        sequences[_MAIN] = {**sequences[_MAIN], "trees": list(TOPOLOGIES)}
        text = "trees are for recursive taggers and cost time and disk space: keep those that a study trains on"
        draft = draft.with_comment(f"sequences.{_MAIN}.trees", text)
    return draft.with_values(sequences=sequences, substructure=list(VARIABLES))


def tagger_notes(draft: Draft, folder: Path) -> list[str]:
    """Return which taggers in a folder run on the draft's dataset, and what it lacks for the others."""
    try:
        dataset = Dataset.model_validate(draft.values)
        missing = {path.stem: _missing_input(path, dataset) for path in sorted(folder.glob("*.yaml"))}
    except ValidationError:  # what is marked CHECK keeps the card from being valid yet
        return []
    running = [name for name, reason in missing.items() if reason is None]
    # A path into an installed package would be that of one machine.
    where = "of Tagwerk" if folder == SHIPPED / Tagger.FOLDER else f"in {folder}"
    notes = [f"Taggers {where} that run with this card: {', '.join(running)}"] if running else []
    failing: dict[str, list[str]] = {}
    for name, reason in missing.items():
        if reason is not None:
            failing.setdefault(reason, []).append(name)
    return notes + [f"{', '.join(taggers)} cannot run: {reason}" for reason, taggers in failing.items()]


def _missing_input(path: Path, dataset: Dataset) -> str | None:
    """Return what a dataset lacks for a tagger; None if it has everything, or if the tagger's own card is invalid."""
    try:
        check_inputs(path, Tagger.load(path), dataset, _PLACEHOLDER)
    except UserError as error:
        return str(error).removeprefix(f"{path}: ").replace(f"dataset '{_PLACEHOLDER}'", "this dataset")
    return None
