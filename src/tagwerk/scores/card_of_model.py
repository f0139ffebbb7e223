"""The dataset card in a model, with which other files are read."""

from pathlib import Path

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expressions import parse
from tagwerk.cards.stored_card import parse_card
from tagwerk.checksums import unusable_file
from tagwerk.errors import UserError
from tagwerk.training.model import CARD, MADE_BY, TrainedModel


def card_of_model(model: TrainedModel, source: TrainedModel | Path | str, selection: str | None = None) -> Dataset:
    """Return the card in a model.

    Args:
        model: that holds it.
        source: the same, or its directory, for messages.
        selection: of jets, in terms of branches, instead of the card's.

    Raises:
        UserError: there is none, it is not valid or of other jets, or the selection is not an expression.
    """
    folder = None if isinstance(source, TrainedModel) else Path(source)
    if model.card is None:
        reason = "does not hold its dataset's card, since an earlier version of Tagwerk wrote it"
        raise UserError(f"{'the model' if folder is None else f'{folder}:'} {reason}; train it again")
    path = Path(CARD) if folder is None else folder / CARD
    dataset = parse_card(model.card, path)
    if [jet_class.name for jet_class in dataset.classes] != model.record.schema_.classes:
        raise unusable_file(path, "has other classes than the model", MADE_BY)
    return dataset if selection is None else _selecting(dataset, selection)


def _selecting(dataset: Dataset, selection: str) -> Dataset:
    """Return a card with another selection of jets.

    Raises:
        UserError: it is not an expression.
    """
    try:
        parse(selection)
    except ValueError as mistake:
        raise UserError(f"selection '{selection}': {mistake}") from None
    return dataset.model_copy(update={"selection": selection})
