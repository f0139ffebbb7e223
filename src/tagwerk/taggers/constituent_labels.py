"""A many-to-many network: of every constituent, whether it is of the signal decay; of the jet, what follows from it.

Where the card names the `signal`, the labels are all that is learnt, and a jet's score is the share of its pT in them.
Without, dense layers tell the classes from the same steps, and the labels are an auxiliary task, as in ATLAS's flavour
tagging (ATL-PHYS-PUB-2022-027), which makes the steps know more.
"""

from typing import TYPE_CHECKING, Any

from tagwerk.layers.hyperparameters import Cell, ClassName, Dense, Direction, Dropout, PoolingOfSteps, Share, Units

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence"


def losses(signal: ClassName, share: Share, **settings: Any) -> dict[str, float]:
    """Return what is trained: the labels of constituents, and of the jet where they are the auxiliary task."""
    return {"constituent_scores": 1.0} if signal is not None else {"scores": 1.0, "constituent_scores": share}


def check(card: Any) -> None:
    """Raise ValueError where variables are asked for that labels of constituents do not see."""
    if card.hyperparameters.get("signal") is not None and card.inputs.scalars:
        raise ValueError("key 'inputs.scalars': with 'hyperparameters.signal' only constituents count; drop the key")


def build(
    inputs: "ModelInputs",
    *,
    signal: ClassName = None,
    share: Share = 0.5,
    cell: Cell = "lstm",
    units: Units = (64, 64),
    direction: Direction = "both",
    pooling: PoolingOfSteps = "mean_max",
    dense: Dense = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network with two outputs: `scores`, and `constituent_scores` (B, T)."""
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.constituent_scores import ConstituentScores, scores_of_share
    from tagwerk.layers.pooling import pooled
    from tagwerk.layers.recurrent_stack import Recurrent

    constituents, mask = inputs.sequence
    steps = Recurrent(cell, units, direction)(constituents, mask)
    labels = ConstituentScores(name="constituent_scores")(steps, mask)
    if signal is not None:
        return inputs.model(scores_of_share(inputs, labels, mask, signal), constituent_scores=labels)
    encoded = pooled(steps, mask, pooling)
    return inputs.model(classify(inputs, encoded, dense, dropout), constituent_scores=labels)
