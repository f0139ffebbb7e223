"""Gradient-boosted decision trees on the jet's own variables: the classical baseline.

Histogram-based boosting as in LightGBM (Ke et al., NeurIPS 2017), with scikit-learn.
"""

from typing import Annotated, Any

from pydantic import Field

ENGINE = "scikit-learn"
INPUTS = "scalars"


def build(
    seed: int,
    *,
    learning_rate: Annotated[float, Field(gt=0, description="factor on the contribution of each tree")] = 0.1,
    trees: Annotated[int, Field(gt=0, description="maximum number of trees per class")] = 400,
    leaves: Annotated[int, Field(gt=1, description="maximum number of leaves per tree")] = 31,
    smallest_leaf: Annotated[int, Field(gt=0, description="minimum number of training jets per leaf")] = 20,
    l2: Annotated[float, Field(ge=0, description="L2 regularisation of the leaves' values")] = 0.0,
    patience: Annotated[
        int, Field(gt=0, description="trees without a better validation loss before training stops")
    ] = 10,
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
