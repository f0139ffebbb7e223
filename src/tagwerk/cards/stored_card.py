"""The dataset card that is stored with a model, with which further files are read as the training jets were."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from tagwerk.cards.base import describe_error, root_errors
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.yaml_text import parse_yaml
from tagwerk.errors import UserError


def card_text(dataset: Dataset) -> str:
    """Return the card as YAML, with all defaults, so that a later version reads the same from it."""
    values = dataset.model_dump(mode="json", by_alias=True, exclude_none=True)
    return str(yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120))


def parse_card(text: str, path: Path) -> Dataset:
    """Return the card in this text, which is from this path.

    Raises:
        UserError: it is not a valid card.
    """
    try:
        return Dataset.model_validate(parse_yaml(text, path))
    except ValidationError as error:
        raise UserError(f"{path}: {describe_error(root_errors(error)[0])}") from None
