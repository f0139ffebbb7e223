"""The results of comparing every pair of taggers, as stored in `comparison.json`."""

from tagwerk.evaluation.frozen import Frozen


class LogRejectionDifference(Frozen):
    """Natural logarithm of the first tagger's rejection over the second's at a signal efficiency.

    All but the first and last are null where either rejection is from less than one effective background jet; the other
    attributes are those of `PairedDifference`. `background_jets` is the smaller of the two taggers' numbers.
    """

    signal_efficiency: float
    value: float | None
    uncertainty: float | None
    training: float | None
    significance: float | None
    p_value: float | None
    p_holm: float | None
    background_jets: float


class PairedDifference(Frozen):
    """The first tagger's AUC minus the second's, which is not higher, on the same jets.

    `uncertainty` is from the test jets, `training` from the spread over seeds, null unless both taggers have several;
    `significance` the difference in standard deviations of both combined, reduced where the spread is from few seeds.
    `p_value` is its two-sided p-value, `p_holm` the same corrected for looking at all pairs. `uncertainty_delong` and
    `p_delong` are those of DeLong's test from the test jets alone, null where a class has jets in a single event.
    """

    first: str
    second: str
    auc: float
    uncertainty: float
    training: float | None
    significance: float
    p_value: float
    p_holm: float
    uncertainty_delong: float | None
    p_delong: float | None
    rejections: list[LogRejectionDifference]
