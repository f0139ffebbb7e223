"""Private parts of other packages that Tagwerk uses where there is no public way; a test holds each to its purpose.

- uproot 5.7 searches all fields of an RNTuple for the subfields of each: 27 s for the 2,451 fields of a NanoAOD. It
  keeps what it finds in `_fields`, which can be filled first.
- FastJet prints a banner of thirteen lines at the first use, and so does its copy in Pythia. FastJet's Python interface
  to C++ can turn it off; Pythia's has no access to that stream, which is a symbol of the library.
- scikit-learn 1.9 gives no access to the trees of a HistGradientBoostingClassifier, whose leaves are its parameters,
  which are checked in a stored model, and the last of which early stopping has found to be useless, nor to what it
  applies to the variables first; a stored model names their class.
- fsspec-xrootd 0.5 closes its open files at exit, with a traceback if the server has gone.
- Keras 3.15 casts the weights of a layer whose policy is mixed to half precision wherever they are read in its call,
  also if the layer does not autocast.
- tqdm 4.70 measures by the machine's clock, which may jump: bars then show years or stand still.
"""

import ctypes
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

# The stream that FastJet's copy in Pythia prints its banner to, `fjcore::ClusterSequence::_fastjet_banner_ostr`.
_PYTHIA_BANNER = "_ZN6fjcore15ClusterSequence20_fastjet_banner_ostrE"

# The type of a tree in a stored model, as skops names it.
TREE_TYPE = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


def set_subfields(field: Any, subfields: Sequence[Any]) -> None:
    """Give uproot's field of an RNTuple its subfields."""
    field._fields = list(subfields)


def use_monotonic_clock(bar: Any) -> None:
    """Let tqdm's bar measure from now on by a clock that never jumps."""
    bar._time = monotonic
    bar.start_t = bar.last_print_t = monotonic()


def uncast(weights: Sequence[Any]) -> list[Any]:
    """Return TensorFlow's variables of Keras's weights, in the precision that they are stored in."""
    return [weight._value for weight in weights]


def tree_nodes(model: Any) -> list[Any]:
    """Return the node tables of all trees of a HistGradientBoostingClassifier, with a column `is_leaf`."""
    return [tree.nodes for iteration in model._predictors for tree in iteration]


def keep_iterations(model: Any, count: int) -> None:
    """Remove all trees of a HistGradientBoostingClassifier but those of the first iterations."""
    del model._predictors[count:]


def preprocessor(model: Any) -> Any:
    """Return what a HistGradientBoostingClassifier applies to the variables first; None if nothing."""
    return model._preprocessor


def silence_fastjet() -> None:
    """Turn off FastJet's banner."""
    import fastjet

    fastjet._swig.ClusterSequence.set_fastjet_banner_stream(None)


def silence_pythia_jets() -> None:
    """Turn off the banner of FastJet's copy in Pythia, in versions of Pythia that have this symbol."""
    import pythia8mc

    with suppress(OSError, ValueError):
        ctypes.c_void_p.in_dll(ctypes.CDLL(pythia8mc.__file__), _PYTHIA_BANNER).value = None


def forget_handles(system: Any) -> None:
    """Make a file system of fsspec-xrootd forget its open files, so that it does not close them; others have none."""
    cache = getattr(system, "_readonly_filehandle_cache", None)
    if cache is not None:
        cache._cache.clear()


def calls_of(model: Any) -> list[tuple[Any, list[Any], dict[str, Any], list[Any]]]:
    """Return the calls of a functional Keras model in order: layer, arguments by position and by name, outputs."""
    calls = []
    for depth in sorted(model._nodes_by_depth, reverse=True):
        for node in model._nodes_by_depth[depth]:
            if not node.is_input:
                arguments = node.arguments
                calls.append((node.operation, list(arguments.args), dict(arguments.kwargs), list(node.outputs)))
    return calls


def baseline(model: Any) -> Any:
    """Return the raw predictions of a HistGradientBoostingClassifier without trees, one per output."""
    return model._baseline_prediction
