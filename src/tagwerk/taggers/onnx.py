"""A trained model of another framework, or one that Tagwerk exported, in an ONNX file: scored, not trained.

The section `model` of its card says what the file takes and what it returns.
"""

from typing import NoReturn

ENGINE = "onnx"
INPUTS = "what its file takes"


def build() -> NoReturn:
    """Raise: there is nothing to train, and no hyperparameter."""
    raise TypeError("a model in an ONNX file is not built")
