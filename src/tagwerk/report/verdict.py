"""Which tagger wins, by how much and how significantly, in words."""

from typing import NamedTuple

from tagwerk.evaluation.comparison import Comparison, Outcome
from tagwerk.evaluation.intervals import BOUND
from tagwerk.evaluation.outcome import (
    DISTINGUISHED_SIGMA,
    FEW_JETS,
    WINNER_SIGMA,
    closer_than,
    corrected_sigma,
    difference_to_best,
)
from tagwerk.evaluation.quantities import Rejection
from tagwerk.evaluation.tagger_results import Difference, Ratio, TaggerResult
from tagwerk.report.optimum_tables import limit_sentence
from tagwerk.rounding import decimals, interval_text, listing, measurement, rounded, significance_text, title_listing

_MAX_NAMED = 3  # taggers named one by one; beyond that, the first and the number of others
_AHEAD = 0.977  # fraction of replicas that corresponds to two standard deviations


class Verdict(NamedTuple):
    """The outcome of a comparison as a headline and sentences."""

    headline: str
    sentences: list[str]


def verdict(comparison: Comparison) -> Verdict:
    """Return the verdict on the taggers of a comparison, in words."""
    taggers, replicas = comparison.taggers, comparison.replicas
    best = next(tagger for tagger in taggers if tagger.name == comparison.best)
    others = sorted((tagger for tagger in taggers if tagger.name != best.name), key=lambda tagger: -tagger.auc.value)
    corrected = zip(others[:_MAX_NAMED], corrected_sigma(others), strict=False)
    sentences = [_best_sentence(best), *_elsewhere_sentence(taggers)]
    sentences += [_difference_sentence(*each, len(others), replicas) for each in corrected]
    if (rest := len(others) - _MAX_NAMED) > 0:
        sentences.append(f"The other {f'{rest} are' if rest > 1 else 'one is'} in the table of differences.")
    sentences += filter(None, [limit_sentence(comparison)])
    sentences += [_exception(tagger, ratio) for tagger in others for ratio in _better_ratios(tagger)]
    sentences += [*_few_jets_warning([best, *others]), *_size_sentence(taggers), *_epochs_sentence([best, *others])]
    sentences.append(_seeds_sentence(taggers))
    return Verdict(_headline(comparison.outcome, best.title, others, _among(taggers)), sentences)


def _headline(outcome: Outcome, best: str, others: list[TaggerResult], among: str) -> str:
    if outcome == "alone":
        return f"Only one tagger, {best}: there is nothing to compare it with."
    if outcome == "undecided":
        equals = title_listing([best, *(each.title for each in closer_than(DISTINGUISHED_SIGMA, others))], _MAX_NAMED)
        return f"No single winner{among}: {equals} cannot be distinguished with these test jets."
    if outcome == "ahead":
        close = [tagger.title for tagger in closer_than(WINNER_SIGMA, others)]
        sigma = f"{DISTINGUISHED_SIGMA:g} to {WINNER_SIGMA:g} standard deviations"
        return f"Ahead by {sigma}{among}: {best} (over {title_listing(close, _MAX_NAMED)})."
    return f"The winner at this sample size{among}: {best}."


def _among(taggers: list[TaggerResult]) -> str:
    """Return that a headline is about trainings and not about architectures, nothing if all taggers have several."""
    single = [len(tagger.trainings) < 2 for tagger in taggers]
    if not any(single):
        return ""
    return f" among these trainings, {'one of each tagger' if all(single) else 'the only one of some taggers'}"


def _best_sentence(tagger: TaggerResult) -> str:
    auc = measurement(tagger.auc.value, tagger.auc.uncertainty)
    rejections = listing([_interval_words(rejection) for rejection in tagger.rejections])
    points = listing([f"{rejection.signal_efficiency:g}" for rejection in tagger.rejections])
    noun = "a signal efficiency" if len(tagger.rejections) == 1 else "signal efficiencies"
    return f"{tagger.title}: AUC {auc}; background rejection {rejections} at {noun} of {points}."


def _interval_words(result: Rejection | Ratio) -> str:
    text = interval_text(result.value, result.low, result.high)
    return f"more than {text.removeprefix('> ')} ({BOUND})" if text.startswith("> ") else text


def _difference_sentence(tagger: TaggerResult, corrected: float, taggers: int, replicas: int) -> str:
    difference = difference_to_best(tagger)
    amount = difference_text(difference).lstrip("\N{MINUS SIGN}")
    lower = round((1 - difference.ahead) * replicas)
    fraction = f"all {replicas}" if lower == replicas else f"{lower} of {replicas}"
    combined = "" if difference.training is None else ", test jets and trainings combined"
    note = "" if corrected >= DISTINGUISHED_SIGMA else ": not distinguished with these test jets"
    if corrected < DISTINGUISHED_SIGMA <= difference.significance:
        note += f", as one of {taggers} differences to the best ({corrected:.1f} after correction by Holm)"
    return (
        f"{tagger.title}: AUC lower by {amount} ({significance_text(difference.significance)}{combined}; lower in "
        f"{fraction} bootstrap replicas){note}. {_ratio_sentence(difference.ratios)}"
    )


def difference_text(difference: Difference) -> str:
    """Return such as "−0.0253 ± 0.0007", with the uncertainty from the trainings where it is known."""
    text = measurement(difference.auc, difference.uncertainty)
    if difference.training is None:
        return text
    return f"{text} (jets) ± {rounded(difference.training, decimals(difference.uncertainty))} (trainings)"


def _ratio_sentence(ratios: list[Ratio]) -> str:
    usable = [ratio for ratio in ratios if ratio.background_jets >= FEW_JETS and ratio.high is not None]
    if not usable:
        return f"Their rejections cannot be compared: fewer than {FEW_JETS} background jets pass."
    ratio = min(usable, key=lambda each: abs(each.signal_efficiency - 0.5))
    point = f"a signal efficiency of {ratio.signal_efficiency:g}"
    return f"Its background rejection at {point} is {_interval_words(ratio)} times that of the best tagger."


def _better_ratios(tagger: TaggerResult) -> list[Ratio]:
    ratios = difference_to_best(tagger).ratios
    return [ratio for ratio in ratios if ratio.ahead > _AHEAD and ratio.background_jets >= FEW_JETS]


def _exception(tagger: TaggerResult, ratio: Ratio) -> str:
    point = f"a signal efficiency of {ratio.signal_efficiency:g}"
    times = f"{_interval_words(ratio)} times that of the tagger with the highest AUC"
    return f"At {point}, however, the background rejection of {tagger.title} is {times}."


def _few_jets_warning(taggers: list[TaggerResult]) -> list[str]:
    """Return a sentence on the working points where too few background jets pass, if there are any."""
    titles: dict[float, list[str]] = {}
    for tagger in taggers:
        for rejection in tagger.rejections:
            if rejection.background_jets < FEW_JETS:
                titles.setdefault(rejection.signal_efficiency, []).append(tagger.title)
    if not titles:
        return []
    points = [
        f"at a signal efficiency of {point:g} for "
        f"{title_listing(affected, _MAX_NAMED) if len(affected) < len(taggers) else 'every tagger'}"
        for point, affected in titles.items()
    ]
    return [f"Fewer than {FEW_JETS} background jets pass {listing(points)}: do not rank taggers by these rejections."]


def _size_sentence(taggers: list[TaggerResult]) -> list[str]:
    sizes = sorted({tagger.training_jets for tagger in taggers if tagger.training_jets is not None})
    if not sizes:
        return []
    jets = f"{sizes[0]:,}" if len(sizes) == 1 else f"between {sizes[0]:,} and {sizes[-1]:,}"
    others = "" if all(tagger.training_jets for tagger in taggers) else ", where the number is known"
    return [f"This holds for training on {jets} jets{others}; with more, the ranking may change."]


def _epochs_sentence(taggers: list[TaggerResult]) -> list[str]:
    """Return whose trainings were ended by the limit on epochs or boosting iterations, if there are any."""
    limited = [tagger for tagger in taggers if tagger.limited]
    if not limited:
        return []
    units = {"epochs" if tagger.engine == "keras" else "boosting iterations": None for tagger in limited}
    ended = f"the training{'s' * (len(limited) > 1)} of {title_listing([each.title for each in limited], _MAX_NAMED)}"
    if len(limited) == len(taggers):
        ended = "all trainings"
    return [
        f"The limit on {listing([*units])}, not the validation loss, ended {ended}: with a higher one, the ranking may "
        "change."
    ]


def _elsewhere_sentence(taggers: list[TaggerResult]) -> list[str]:
    """Return which taggers are files of models that were trained elsewhere, if there are any."""
    titles = [tagger.title for tagger in taggers if tagger.engine == "onnx"]
    if not titles:
        return []
    was = f"{title_listing(titles, _MAX_NAMED)} {'was' if len(titles) == 1 else 'were'}"
    return [f"{was} not trained here, but on unknown jets: the test jets may be among them, and the scores too good."]


def _trained_here(tagger: TaggerResult) -> bool:
    return tagger.engine not in (None, "onnx")


def _seeds_sentence(taggers: list[TaggerResult]) -> str:
    counts = [len(tagger.trainings) for tagger in taggers]
    if min(counts) < 2:
        single = [tagger for tagger in taggers if len(tagger.trainings) < 2]
        titles = title_listing([tagger.title for tagger in single])
        once = "of each tagger" if len(single) == len(taggers) else f"{'each ' if len(single) > 1 else ''}of {titles}"
        seeds = "; give the study several seeds" if any(map(_trained_here, single)) else ""
        return (
            f"There is one training {once}: the uncertainties are those of the finite test sample, and the spread "
            f"from training to training is not included. Another one may reverse a close ranking{seeds}."
        )
    span = f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    return f"The standard deviations include the spread over {span} trainings of each tagger."
