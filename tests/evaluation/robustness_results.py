"""Hand-made results of probing taggers, and a comparison that has them."""

from tagwerk.cards.load_study import load_cards
from tagwerk.evaluation.compare import compare_runs
from tagwerk.evaluation.compared_jets import sample_and_scores
from tagwerk.evaluation.robustness_result import TaggerRobustness
from tagwerk.evaluation.runs import read_runs
from tests.evaluation.study_files import write_study


def change(name, title, sequence=None, difference=-0.1, unchanged=False, **rejection):
    values = {"value": 8.0, "ratio": 0.8, "low": 0.7, "high": 0.9, "background_jets": 12.0} | rejection
    return {
        "name": name, "title": title, "sequence": sequence, "unchanged": unchanged,
        "auc": 0.9 + difference, "difference": 0.9 + difference - 0.9, "uncertainty": 0.01,
        "rejections": [{"signal_efficiency": point} | values for point in (0.3, 0.5, 0.7)],
    }  # fmt: skip


def result(tagger, **rejection):
    """Return hand-made results of a tagger."""
    nominal = {"value": 10.0, "low": 9.0, "high": 11.0, "background_jets": 12.0}
    ranks = [] if tagger == "boosted_trees" else [("1", -0.01), ("2 to 3", -0.02)]
    inputs = [change("mass", "mass")]
    if tagger != "boosted_trees":
        inputs.insert(0, change("direction", "Δη, Δφ", "constituents", -0.05))
    return TaggerRobustness.model_validate(
        {
            "tagger": tagger, "seed": 1, "drawn": None, "signal": "top", "backgrounds": {"qcd": 1.0},
            "signal_jets": 100, "background_jets": 100, "replicas": 50, "random_seed": 1, "versions": {},
            "nominal": {
                "auc": 0.9, "uncertainty": 0.01,
                "rejections": [{"signal_efficiency": point} | nominal for point in (0.3, 0.5, 0.7)],
            },
            "perturbations": [
                change("smear", "Smeared", **rejection),
                change("shuffle", "Shuffled", difference=0.0, unchanged=True, ratio=1.0),
            ],
            "inputs": inputs,
            "ranks": [change(name, name, "constituents", loss) for name, loss in ranks],
        }
    )  # fmt: skip


def comparison_of(folder, taggers=("lstm", "lstm_wide")):
    """Return a comparison on 400 jets with hand-made results of these taggers."""
    card, _, folders = write_study(folder, jets=400)
    cards = load_cards(card)
    runs = read_runs(folders, cards.study.taggers, ["qcd", "top"])
    sample, scores = sample_and_scores(runs, ["qcd", "top"], "top", "qcd")
    comparison = compare_runs(cards, runs, sample, scores, count=20)
    assert comparison.robustness == []
    return comparison.model_copy(update={"robustness": [result(name) for name in taggers]})
