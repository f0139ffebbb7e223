"""The types of arrays that signatures name; shapes are in the docstrings."""

from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating[Any]]
Floats32 = npt.NDArray[np.float32]
Floats64 = npt.NDArray[np.float64]
Tensor = Any  # of Keras, symbolic or not, or an array of NumPy where a function takes either
