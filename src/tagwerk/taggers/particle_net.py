"""Graph network over nearest neighbours, first in the η-φ plane, then where the network itself puts constituents.

ParticleNet (arXiv:1902.08570), as large as the card says; the published one has 16 neighbours and three blocks of 64,
128 and 256.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.settings import Dense, Dropout, Hardest, Width

if TYPE_CHECKING:
    from tagwerk.layers.front import Front

ENGINE = "keras"
INPUTS = "one sequence"


def build(
    front: "Front",
    *,
    constituents: Hardest = None,
    neighbours: Annotated[
        int, Field(gt=0, le=1000, description="how many of a constituent's nearest are looked at")
    ] = 7,
    blocks: Annotated[
        tuple[tuple[Width, ...], ...], Field(min_length=1, description="widths of the layers of each edge convolution")
    ] = ((32, 32), (64, 64)),
    dense: Dense = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: edge convolutions, the mean over constituents, `dense` layers."""
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.edge_conv import EdgeConv
    from tagwerk.layers.front import hardest
    from tagwerk.layers.pooling import MaskedMean

    nodes, mask, points = hardest(constituents, *front.sequence, front.raw("delta_eta", "delta_phi"))
    for widths in blocks:
        nodes = points = EdgeConv(widths, neighbours)(nodes, points, mask)
    return front.model(classify(front, MaskedMean()(nodes, mask), dense, dropout))
