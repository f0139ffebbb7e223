"""Training in bfloat16 against training in single precision: same jets, networks and seeds.

Run: python benchmarks/precision.py FOLDER [TAGGER ...] [--results results] [--seeds 1 2 3] [--epochs 8] [--threads 1]

The jets are those of the study `demo`, which must have been run before. FOLDER keeps the scores of each training, so
that finished trainings are not repeated. Output: the AUC in each precision, mean and standard deviation over the seeds,
and the change, with the uncertainties from the test jets, paired, and from the trainings; the epochs' median time.
"""

import two_ways
from two_ways import Way

from tagwerk.cards.tagger import Tagger

TAGGERS = ("lstm", "gru")


def in_precision(precision: str) -> Way:
    """Return the way of training in this precision."""

    def prepare(tagger: Tagger) -> Tagger:
        training = tagger.training.model_copy(update={"precision": precision})
        return tagger.model_copy(update={"training": training})

    return prepare


if __name__ == "__main__":
    two_ways.run(__doc__, TAGGERS, {name: in_precision(name) for name in ("float32", "mixed_bfloat16")})
