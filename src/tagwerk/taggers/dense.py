"""Dense layers on the jet's own variables."""

from typing import TYPE_CHECKING, Any

from tagwerk.layers.hyperparameters import DenseUnits, Dropout

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "scalars"


def build(inputs: "ModelInputs", *, dense: DenseUnits = (64, 64, 64), dropout: Dropout = 0.0) -> Any:
    """Return the network: `dense` layers of these widths."""
    from tagwerk.layers.classifier import classify

    return inputs.model(classify(inputs, None, dense, dropout))
