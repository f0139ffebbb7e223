"""The check of the origins of constituents as they are read."""

import numpy as np

from tagwerk.cards.momenta import Sequence
from tagwerk.cards.origins import UNKNOWN
from tagwerk.errors import UserError
from tagwerk.jets.ragged import Ragged


def check_origins(name: str, sequence: Sequence, constituents: Ragged) -> None:
    """Raise UserError if the truth of a constituent is the index of no origin of its sequence; -1 is unknown.

    Args:
        name: of the sequence.
        sequence: its section of the dataset's card.
        constituents: those that the card selects.
    """
    if sequence.truth is None:
        return
    truth, known = constituents.values["truth"], len(sequence.known_origins())
    # What is not finite is left to the check of the file, which reports or drops such jets.
    wrong = truth[np.isfinite(truth) & ~np.isin(truth, np.arange(UNKNOWN, known))]
    if len(wrong):
        given = "named in 'origins'" if sequence.origins else "without the key 'origins'"
        raise UserError(
            f"key 'sequences.{name}.truth': branch '{sequence.truth}' holds {wrong[0]:g}, not a whole number from 0 to "
            f"{known - 1}, the origins {given}, or {UNKNOWN} for unknown; correct the branch or the card"
        )
