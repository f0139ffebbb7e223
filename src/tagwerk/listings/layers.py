"""The layers of a tagger's network on the jets of a dataset."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tagwerk.cards.card_names import OWN, own_names, shipped_names
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Tagger
from tagwerk.cards.tagger_inputs import check_inputs
from tagwerk.errors import UserError
from tagwerk.listings.find_card import FoundCard
from tagwerk.training.engine import engine

_FIRST = ("top", "tau")  # of the included datasets
_HEAD = ("layer", "output", "parameters")


@dataclass(frozen=True)
class _AnyMoments:
    """Mean 0 and standard deviation 1 of every feature: what layers there are does not depend on them."""

    moments: Any = field(default_factory=lambda: defaultdict(lambda: defaultdict(lambda: (0.0, 1.0))))
    ranges: Any = field(default_factory=dict)


def dataset_for(found: FoundCard) -> str:
    """Return the name of a dataset that a tagger runs on: one's own first, then Tagwerk's.

    Raises:
        UserError: there is none.
    """
    tagger = _tagger(found)
    shipped = sorted(shipped_names(Dataset.FOLDER), key=lambda name: (name not in _FIRST, name))
    for name in dict.fromkeys([*own_names(Dataset.FOLDER), *shipped]):
        try:
            check_inputs(found.path, tagger, Dataset.load(name), name)
        except UserError:
            continue
        return name
    raise UserError(f"{found.path}: runs on none of the datasets in {OWN} and of Tagwerk; name one with --dataset")


def layers_text(found: FoundCard, dataset: str) -> str:
    """Return the layers of a tagger on the jets of a dataset, with output shapes and parameters; imports TensorFlow.

    Raises:
        UserError: the card is not one of a tagger, or the dataset lacks an input of it.
    """
    tagger, (path, card) = _tagger(found), Dataset.located(dataset)
    check_inputs(found.path, tagger, card, path.stem)
    if tagger.engine != "keras":
        return f"{tagger.architecture} is not a network: it has no layers, and parameters only after training."
    library = engine(tagger)
    from tagwerk.layers.model_inputs import model_inputs

    schema = schema_of(card, tagger.inputs)
    model = tagger.build(model_inputs(schema, tagger.inputs, _AnyMoments(), tagger.training.classes))
    rows = [_HEAD, *_rows(model.layers, library.count_parameters)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [f"{a:{widths[0]}}  {b:{widths[1]}}  {c:>{widths[2]}}".rstrip() for a, b, c in rows]
    title = f"Layers on the jets of dataset '{path.stem}', {library.count_parameters(model):,} trainable parameters."
    return "\n".join([title, "None: as many jets, or constituents, as there are in a batch.", "", *lines])


def _tagger(found: FoundCard) -> Tagger:
    if not isinstance(found.card, Tagger):
        raise UserError(f"{found.path}: only taggers have layers, this is a card of {found.card.FOLDER}")
    return found.card


def _rows(layers: list[Any], count_parameters: Callable[[Any], int]) -> Iterator[tuple[str, str, str]]:
    """Yield kind, output shape and number of trainable parameters of each layer, and the steps of `RowLayers`."""
    for layer in layers:
        steps = ", ".join(" ".join(map(str, step)) for step in getattr(layer, "steps", []))
        kind = type(layer).__name__
        kind = f"input '{layer.name}'" if kind == "InputLayer" else kind
        yield kind + (f": {steps}" if steps else ""), _shape(layer.output), f"{count_parameters(layer):,}"


def _shape(output: Any) -> str:
    """Return the shapes of the outputs of a layer."""
    outputs = (
        output if isinstance(output, list | tuple) else [*output.values()] if isinstance(output, dict) else [output]
    )
    return ", ".join(str(tuple(each.shape)) for each in outputs)
