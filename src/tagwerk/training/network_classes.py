"""The classes of which a stored network consists, checked before Keras creates any of them.

Keras's safe mode refuses what is known to be dangerous, and has been circumvented again and again (CVE-2024-3660,
CVE-2025-1550, CVE-2025-8747, CVE-2025-9906, CVE-2025-12058).
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import h5py
import keras

from tagwerk.training.model_archive import member_names

_MEMBERS = ["config.json", "metadata.json", "model.weights.h5"]
# What Keras describes like an object of a class, but is a tensor or a constant.
_CONSTANTS = ("__keras_tensor__", "__tensor__", "__slice__", "__ellipsis__")
# Modules of Keras whose classes compute only. Lambda, TFSMLayer, TorchModuleWrapper and the layers for preprocessing,
# which are elsewhere, run stored code or read files.
_MODULES = (
    *(f"keras.src.layers.core.{each}." for each in ("dense", "einsum_dense", "embedding", "identity", "input_layer")),
    *(f"keras.src.layers.{each}." for each in ("activations", "attention", "convolutional", "merging")),
    *(f"keras.src.layers.{each}." for each in ("normalization", "pooling", "regularization", "reshaping", "rnn")),
    *(f"keras.src.ops.{each}." for each in ("core", "linalg", "math", "nn", "numpy")),
    *(f"keras.src.{each}." for each in ("constraints", "dtype_policies", "initializers", "regularizers")),
    "keras.src.models.functional.",
)


def check_network(file: Path) -> None:
    """Check that a network consists of Tagwerk's own layers, of classes of Keras that only compute, and of its weights.

    Raises:
        ValueError: it has another class, or a function, or weights in another file, or Keras did not save it.
    """
    if sorted(member_names(file)) != _MEMBERS:
        raise ValueError(f"{file.name} has other members than {', '.join(_MEMBERS)}")
    with ZipFile(file) as archive:
        config = json.loads(archive.read("config.json"))
        with archive.open("model.weights.h5") as member, h5py.File(member) as weights:
            elsewhere = weights.visititems(lambda name, item: None if _holds_its_values(item) else name)
    if elsewhere is not None:
        raise ValueError(f"{file.name} does not contain the values of {elsewhere!r:.60}")
    for described in _descriptions(config):
        if not _only_computes(described):
            name = f"{described.get('module')}.{described['class_name']}"
            raise ValueError(f"{file.name} contains {name!r:.60}, which could run code or read files")


def _holds_its_values(item: Any) -> bool:
    """Return whether an HDF5 dataset neither takes its values from another file nor is larger than what is stored."""
    is_elsewhere = isinstance(item, h5py.Dataset) and (item.external or item.is_virtual)
    return not is_elsewhere and (isinstance(item, h5py.Group) or item.id.get_storage_size() >= item.nbytes)


def _descriptions(value: Any) -> Iterator[dict[str, Any]]:
    """Yield all mappings that describe an object."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                yield value
            pending += value.values()
        elif isinstance(value, list):
            pending += value


def _only_computes(described: dict[str, Any]) -> bool:
    name, module, registered = (described.get(key) for key in ("class_name", "module", "registered_name"))
    if name in _CONSTANTS:
        return True
    if registered == f"tagwerk>{name}":  # else it could be a function, which Keras looks up by another name
        return keras.saving.get_registered_object(registered) is not None
    found = getattr(sys.modules.get(str(module)), str(name), None)
    return registered in (None, name) and isinstance(found, type) and f"{found.__module__}.".startswith(_MODULES)
