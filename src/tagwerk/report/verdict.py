"""Who wins, by how much and how sure that is, in plain language."""

from typing import NamedTuple

from tagwerk.evaluation.comparison import Comparison, Difference, Outcome, Ratio, Rejection, TaggerResult
from tagwerk.evaluation.intervals import BOUND
from tagwerk.evaluation.outcome import APART, FEW_JETS, SURE, closer_than, difference_of
from tagwerk.rounding import decimals, deviations, listing, measurement, range_text, rounded

_NAMED = 3  # taggers named one by one; of more, the first and how many others
_AHEAD = 0.977  # share of the replicas beyond two standard deviations


class Verdict(NamedTuple):
    """Who wins, in a headline and sentences."""

    headline: str
    sentences: list[str]


def verdict(comparison: Comparison) -> Verdict:
    """Return the verdict on the taggers of a comparison, in words."""
    taggers, replicas = comparison.taggers, comparison.replicas
    winner = next(tagger for tagger in taggers if tagger.name == comparison.best)
    others = sorted((each for each in taggers if each.name != winner.name), key=lambda each: -each.auc.value)
    sentences = [_strength(winner), *(_loss(each, replicas) for each in others[:_NAMED])]
    if len(others) > _NAMED:
        sentences.append(f"The other {len(others) - _NAMED} follow in the table of differences.")
    sentences += [_exception(each, ratio) for each in others for ratio in _better_points(each)]
    sentences += [*_scarce([winner, *others]), _size(taggers), _seeds(taggers)]
    return Verdict(_headline(comparison.outcome, winner.title, others), sentences)


def _headline(outcome: Outcome, winner: str, others: list[TaggerResult]) -> str:
    if outcome == "alone":
        return f"Only one tagger, {winner}: there is nothing to compare it with."
    if outcome == "undecided":
        equals = [each.title for each in closer_than(APART, others)]
        return f"No single winner: {listing([winner, *equals], _NAMED)} cannot be told apart with these jets."
    if outcome == "ahead":
        unsure = [each.title for each in closer_than(SURE, others)]
        return f"Probably ahead, but not surely: {winner} (against {listing(unsure, _NAMED)})."
    return f"The winner at this sample size: {winner}."


def _strength(tagger: TaggerResult) -> str:
    auc = measurement(tagger.auc.value, tagger.auc.uncertainty)
    return f"{tagger.title}: AUC {auc}; one background jet passes in {listing([*map(_point, tagger.rejections)])}."


def _point(found: Rejection) -> str:
    return f"{_in_words(found)} at signal efficiency {found.signal_efficiency:g}"


def _in_words(found: Rejection | Ratio) -> str:
    text = range_text(found.value, found.low, found.high)
    return f"more than {text.removeprefix('> ')} ({BOUND})" if text.startswith("> ") else text


def _loss(tagger: TaggerResult, replicas: int) -> str:
    found = difference_of(tagger)
    by = gap(found).lstrip("\N{MINUS SIGN}")
    behind = round((1 - found.ahead) * replicas)
    often = f"all {replicas}" if behind == replicas else f"{behind} of {replicas}"
    both = "" if found.training is None else ", jets and trainings together"
    told = "" if found.significance >= APART else ": not told apart with these jets"
    return (
        f"{tagger.title}: AUC lower by {by} ({deviations(found.significance)}{both}; behind in {often} resamplings "
        f"of the test jets){told}. {_ratio(found.ratios)}"
    )


def gap(found: Difference) -> str:
    """Return such as "−0.0253 ± 0.0007", with the trainings' share of the uncertainty where it is known."""
    text = measurement(found.auc, found.uncertainty)
    if found.training is None:
        return text
    return f"{text} (jets) ± {rounded(found.training, decimals(found.uncertainty))} (trainings)"


def _ratio(ratios: list[Ratio]) -> str:
    known = [ratio for ratio in ratios if ratio.background_jets >= FEW_JETS and ratio.high is not None]
    if not known:
        return f"Their rejections cannot be compared: fewer than {FEW_JETS} background jets pass."
    ratio = min(known, key=lambda each: abs(each.signal_efficiency - 0.5))
    times = _in_words(ratio)
    return f"Its rejection at signal efficiency {ratio.signal_efficiency:g} is {times} times that of the best."


def _better_points(tagger: TaggerResult) -> list[Ratio]:
    return [each for each in difference_of(tagger).ratios if each.ahead > _AHEAD and each.background_jets >= FEW_JETS]


def _exception(tagger: TaggerResult, ratio: Ratio) -> str:
    times = _in_words(ratio)
    return (
        f"Yet at signal efficiency {ratio.signal_efficiency:g} {tagger.title} rejects more: "
        f"{times} times as much as the tagger of highest AUC."
    )


def _scarce(taggers: list[TaggerResult]) -> list[str]:
    """Return a sentence on the working points where too few background jets pass, if there are such."""
    places: dict[float, list[str]] = {}
    for tagger in taggers:
        for each in tagger.rejections:
            if each.background_jets < FEW_JETS:
                places.setdefault(each.signal_efficiency, []).append(tagger.title)
    if not places:
        return []
    which = listing(
        [
            f"at signal efficiency {place:g} of {listing(who, _NAMED) if len(who) < len(taggers) else 'every tagger'}"
            for place, who in places.items()
        ]
    )
    return [f"Fewer than {FEW_JETS} background jets stand behind the rejections {which}: do not rank by them."]


def _size(taggers: list[TaggerResult]) -> str:
    sizes = sorted({tagger.training_jets for tagger in taggers})
    on = f"{sizes[0]:,}" if len(sizes) == 1 else f"between {sizes[0]:,} and {sizes[-1]:,}"
    return f"This holds for training on {on} jets; with more of them, the order can change."


def _seeds(taggers: list[TaggerResult]) -> str:
    numbers = [len(tagger.trainings) for tagger in taggers]
    if min(numbers) < 2:
        once = [tagger.title for tagger in taggers if len(tagger.trainings) < 2]
        who = "Each tagger was" if len(once) == len(taggers) else f"{listing(once)} was"
        return (
            f"{who} trained once: the uncertainties are those of the finite test sample, and the spread from "
            "training to training is not included. Another seed may change a narrow order; give the study several."
        )
    span = f"{min(numbers)}" if min(numbers) == max(numbers) else f"{min(numbers)} to {max(numbers)}"
    return f"The standard deviations include the spread over {span} trainings of each tagger."
