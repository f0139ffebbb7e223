"""Dense layers on the jet's own variables."""

from typing import TYPE_CHECKING, Any

from tagwerk.layers.settings import Dense, Dropout

if TYPE_CHECKING:
    from tagwerk.layers.front import Front

ENGINE = "keras"
INPUTS = "scalars"


def build(front: "Front", *, dense: Dense = (64, 64, 64), dropout: Dropout = 0.0) -> Any:
    """Return the network: `dense` layers of these widths."""
    from tagwerk.layers.classifier import classify

    return front.model(classify(front, None, dense, dropout))
