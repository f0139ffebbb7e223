"""Networks of one branch per sequence or tree, whose outputs are concatenated."""

from collections.abc import Callable, Mapping

import keras

from tagwerk.arrays import Tensor


def encode_branches(inputs: Mapping[str, tuple[Tensor, ...]], encode: Callable[..., Tensor]) -> Tensor:
    """Return one vector per jet, (B, F): those of all branches, concatenated in the order of the card.

    Args:
        inputs: sequences or trees by name, as in `ModelInputs`; with one of them, its vector is returned as it is.
        encode: returns the vector of a branch, (B, U), from its name and what belongs to it: features and mask of a
            sequence; nodes, children and mask of a tree.
    """
    vectors = [encode(name, *tensors) for name, tensors in inputs.items()]
    return vectors[0] if len(vectors) == 1 else keras.layers.Concatenate()(vectors)
