"""Gradient-boosted decision trees on the jet's own variables: the classical baseline.

Histogram-based boosting as in LightGBM (Ke et al., NeurIPS 2017), by scikit-learn.
"""

from typing import Annotated, Any

from pydantic import Field

ENGINE = "scikit-learn"
INPUTS = "scalars"


def build(
    seed: int,
    *,
    learning_rate: Annotated[float, Field(gt=0, description="share of each tree's correction that is taken")] = 0.1,
    trees: Annotated[int, Field(gt=0, description="the most trees a class")] = 400,
    leaves: Annotated[int, Field(gt=1, description="the most leaves a tree")] = 31,
    smallest_leaf: Annotated[int, Field(gt=0, description="the fewest training jets a leaf")] = 20,
    l2: Annotated[float, Field(ge=0, description="penalty on the square of the leaves' values")] = 0.0,
    patience: Annotated[int, Field(gt=0, description="trees without a better validation loss before the end")] = 10,
) -> Any:
    """Return the classifier, which stops adding trees when the validation loss stops falling."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=learning_rate,
        max_iter=trees,
        max_leaf_nodes=leaves,
        min_samples_leaf=smallest_leaf,
        l2_regularization=l2,
        early_stopping=True,
        n_iter_no_change=patience,
        random_state=seed,
    )
