"""The piece of the data that each jet belongs to: by a hash of its event, or by an official split."""

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Ints
from tagwerk.cards.split import SPLITS, Selections, Split
from tagwerk.jets.identity import split_by_event
from tagwerk.readers.values import evaluate_per_jet, exclusive_index

_TRAIN, _VALIDATION = SPLITS.index("train"), SPLITS.index("validation")


def pieces_of(event: npt.NDArray[np.uint64], branches: ak.Array, split: Split, of_file: str | None) -> Ints:
    """Return the index of each jet's piece in `split.piece_names()` (N,), -1 for none.

    Args:
        event: identities of the jets' events, (N,).
        branches: of the same jets.
        split: of the card.
        of_file: the piece of the whole file, where the split is by files.

    Raises:
        UserError: a jet belongs to several pieces.
    """
    if not split.official:
        return split_by_event(event, list(split.shares().values()))
    if split.selections is not None:
        piece = _selected(split.selections, branches)
    else:
        piece = np.full(len(event), SPLITS.index(of_file) if of_file is not None else -1)
    share = split.validation_from_train
    if share is not None:
        piece[(piece == _TRAIN) & (split_by_event(event, [share, 1 - share]) == 0)] = _VALIDATION
    return piece


def _selected(selections: Selections, branches: ak.Array) -> Ints:
    chosen = np.zeros((len(SPLITS), len(branches)), bool)
    for name, selection in selections.by_piece().items():
        chosen[SPLITS.index(name)] = evaluate_per_jet(f"split.selections.{name}", selection, branches)
    return exclusive_index(chosen, SPLITS, "split.selections", "pieces")
