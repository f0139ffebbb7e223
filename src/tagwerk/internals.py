"""Private parts of other packages that Tagwerk uses where there is no public way; a test holds each to its purpose.

- uproot 5.7 searches all fields of an RNTuple for the subfields of each: 27 s for the 2,451 fields of a NanoAOD. It
  keeps what it finds in `_fields`, which can be filled first.
- tqdm 4.70 measures by the machine's clock, which may jump: bars then show years or stand still.
- scikit-learn 1.9 gives no access to the trees of a HistGradientBoostingClassifier, whose leaves are its parameters; a
  stored model names their class.
"""

from collections.abc import Sequence
from time import monotonic
from typing import Any

# The type of a tree in a stored model, as skops names it.
TREE_TYPE = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


def set_subfields(field: Any, subfields: Sequence[Any]) -> None:
    """Give uproot's field of an RNTuple its subfields."""
    field._fields = list(subfields)


def use_monotonic_clock(bar: Any) -> None:
    """Let tqdm's bar measure from now on by a clock that never jumps."""
    bar._time = monotonic
    bar.start_t = bar.last_print_t = monotonic()


def tree_nodes(model: Any) -> list[Any]:
    """Return the node tables of all trees of a HistGradientBoostingClassifier, with a column `is_leaf`."""
    return [tree.nodes for iteration in model._predictors for tree in iteration]
