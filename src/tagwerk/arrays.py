"""Array types for signatures; shapes are in the docstrings."""

from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]
Floats = npt.NDArray[np.floating[Any]]
Floats32 = npt.NDArray[np.float32]
Floats64 = npt.NDArray[np.float64]
Tensor = Any  # a Keras tensor, symbolic or eager, or a NumPy array where a function takes either
