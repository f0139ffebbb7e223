"""A many-to-many network: labels each constituent with its origin, and classifies the jet.

A constituent is from the signal decay or not, or from one of several origins, as the dataset's card says. If the
tagger's card names the `signal`, only the labels are learnt, and a jet's score is its share of pT labelled as signal.
Otherwise dense layers classify the jet from the same steps, and the labels are an auxiliary task, as in ATLAS's flavour
tagging (ATL-PHYS-PUB-2022-027), which makes the steps more informative.
"""

from typing import TYPE_CHECKING, Any

from tagwerk.layers.hyperparameters import (
    Cell,
    DenseUnits,
    Direction,
    Dropout,
    LossShare,
    SignalClass,
    StepPooling,
    Units,
)

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence"


def losses(signal: SignalClass, share: LossShare, **settings: Any) -> dict[str, float]:
    """Return the trained outputs: the labels of constituents, and the jet's scores if labels are an auxiliary task."""
    return {"constituent_scores": 1.0} if signal is not None else {"scores": 1.0, "constituent_scores": share}


def check(card: Any) -> None:
    """Raise ValueError if the card has scalar variables, which labels of constituents do not use."""
    if card.hyperparameters.get("signal") is not None and card.inputs.scalars:
        raise ValueError("key 'inputs.scalars': with 'hyperparameters.signal' only constituents are used; drop the key")


def build(
    inputs: "ModelInputs",
    *,
    signal: SignalClass = None,
    share: LossShare = 0.5,
    cell: Cell = "lstm",
    units: Units = (64, 64),
    direction: Direction = "both",
    pooling: StepPooling = "mean_max",
    dense: DenseUnits = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network with two outputs: `scores`, and `constituent_scores`, (B, T) or (B, T, K) for K origins."""
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.constituent_scores import constituent_scores, pt_share_scores
    from tagwerk.layers.pooling import pool
    from tagwerk.layers.recurrent_stack import Recurrent

    constituents, mask = inputs.sequence
    steps = Recurrent(cell, units, direction)(constituents, mask)
    labels = constituent_scores(inputs, steps, mask)
    if signal is not None:
        return inputs.model(pt_share_scores(inputs, labels, mask, signal), constituent_scores=labels)
    encoded = pool(steps, mask, pooling)
    return inputs.model(classify(inputs, encoded, dense, dropout), constituent_scores=labels)
