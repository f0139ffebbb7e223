"""Small cards of kind `exact`."""

import copy

from tagwerk.cards.exact_generator import ExactGenerator

SECTION = {
    "kind": "exact",
    "seed": 3,
    "jets_per_file": 50,
    "files": 2,
    "signal": "two_prong",
    "leading_pt": [50, 250],
    "constituents": [1, 8],
    "states": {
        "core": {"pt_ratio": [6, 2], "width": 0.05},
        "prong": {"pt_ratio": [4, 2], "width": 0.1, "memory": 0.8},
    },
    "processes": {
        "one_prong": {
            "multiplicity": {"mean": 4, "shape": 10},
            "initial": {"core": 0.9, "prong": 0.1},
            "transitions": {"core": {"core": 0.8, "prong": 0.2}, "prong": {"core": 0.6, "prong": 0.4}},
        },
        "two_prong": {
            "multiplicity": {"mean": 5, "shape": 10},
            "initial": {"core": 0.5, "prong": 0.5},
            "transitions": {"core": {"core": 0.5, "prong": 0.5}, "prong": {"core": 0.2, "prong": 0.8}},
        },
    },
}


def section(**changes):
    """Return the section with some keys changed; two underscores go one mapping deeper."""
    changed = copy.deepcopy(SECTION)
    for key, value in changes.items():
        *path, last = key.split("__")
        inner = changed
        for name in path:
            inner = inner[name]
        inner[last] = value
    return changed


def generator(**changes):
    return ExactGenerator.model_validate(section(**changes))
