"""The results of comparing every pair of taggers, as stored in `comparison.json`."""

from tagwerk.evaluation.frozen import Frozen


class LogRejectionDifference(Frozen):
    """Natural logarithm of the first tagger's rejection over the second's at a signal efficiency.

    Attributes:
        signal_efficiency: ε_S of both cuts.
        value: ln(ε_B of the second / ε_B of the first); this and what follows is null where either rejection is from
            less than one effective background jet.
        uncertainty: one standard deviation from the finite test sample.
        training: uncertainty from the spread over seeds; null unless both taggers have several.
        significance: the value in standard deviations of both combined, reduced where the spread is from few seeds;
            without sign.
        p_value: its two-sided p-value.
        p_holm: the same, corrected for looking at all pairs (Holm).
        background_jets: the smaller one of the two taggers' numbers of background jets that pass; never null.
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

    Attributes:
        first: name of the tagger with the higher AUC.
        second: name of the other.
        auc: the difference of the means over the seeds.
        uncertainty: one standard deviation from the test jets, over bootstrap replicas that both taggers share.
        training: uncertainty from the spread over seeds; null unless both taggers have several.
        significance: the difference in standard deviations of both combined, reduced where the spread is from few
            seeds; without sign.
        p_value: its two-sided p-value.
        p_holm: the same, corrected for looking at all pairs (Holm).
        uncertainty_delong: one standard deviation by DeLong's method, from the test jets alone; null where a class has
            jets in a single event.
        p_delong: the two-sided p-value of DeLong's test; null where `uncertainty_delong` is.
        rejections: the same for the logarithm of the rejection, at each working point.
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
