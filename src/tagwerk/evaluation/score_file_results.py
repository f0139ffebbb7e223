"""Where the scores of a tagger that Tagwerk did not train came from."""

from typing import Literal

from pydantic import NonNegativeInt

from tagwerk.evaluation.frozen import Frozen


class ScoreFileResult(Frozen):
    """Score files of a tagger, and how their jets were matched.

    Attributes:
        tagger: its name.
        file: the files, as the card names them.
        by: identity or position, or reference where they are the test jets themselves.
        jets: number of test jets with a score.
        superfluous: number of further jets in the files.
        left_out: number of jets left out for labels of no class.
        zero_weights: number of test jets left out for a weight of zero.
    """

    tagger: str
    file: str
    by: Literal["identity", "position", "reference"]
    jets: NonNegativeInt
    superfluous: NonNegativeInt
    left_out: NonNegativeInt
    zero_weights: NonNegativeInt
