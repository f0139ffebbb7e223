"""The closure figure shows the summary's sums, each class normalised to unity."""

import numpy as np
import pandas as pd
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.reweighting import Reweighting
from tagwerk.plots.figures.closure import density, plot_closure
from tagwerk.plots.rebin import rebinned
from tagwerk.plots.style import write_figure
from tagwerk.summaries.reweighted import Closure
from tagwerk.summaries.spectra import Spectra
from tagwerk.summaries.summary import Summary
from tests.evaluation.study_files import DATASET


def summary_of(names, number=3000):
    random = np.random.default_rng(1)
    jets = {
        name: {"pt": 500 + random.exponential(80 + 60 * index, number), "eta": random.normal(0, 1, number)}
        for index, name in enumerate(names)
    }
    spectra = Spectra(
        Reweighting(reference="qcd", bins=(6, 4)), {name: pd.DataFrame(each) for name, each in jets.items()}
    )
    for label, each in enumerate(jets.values()):
        spectra.add(np.full(number, label), np.ones(number), each)
    counts = dict.fromkeys(names, number)
    return Summary(
        dataset="x", classes=names, counts={"train": counts}, moments={}, lengths={}, histograms={},
        reweighting=spectra.result(counts),
    )  # fmt: skip


def card(names):
    more = [{"name": name, "label": f"{name} jets", "color": "#009E73", "selection": "label == 2"} for name in names]
    return Dataset.model_validate(DATASET | {"classes": DATASET["classes"] + more})


def test_each_class_has_its_panels_and_the_figure_is_written(tmp_path):
    write_figure(lambda: plot_closure(summary_of(["qcd", "top", "w"]), card(["w"])), tmp_path, "closure")
    assert (tmp_path / "closure.png").stat().st_size > 10_000
    figure = plot_closure(summary_of(["qcd", "top", "w"]), card(["w"]))
    assert len(figure.axes) == 2 * 2 * 2
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "QCD jets, reference", "Top jets, before", "Top jets, after", "w jets, before", "w jets, after",
    ]  # fmt: skip


def test_the_ratio_is_one_in_the_bins_of_the_factors_after_reweighting_and_not_before():
    summary = summary_of(["qcd", "top"])
    histograms, edges = summary.reweighting.closure["pt"], summary.reweighting.edges[0]
    groups = np.searchsorted(edges, np.array(histograms.edges)[:-1], side="right")
    widths = np.diff(histograms.edges)
    target, before, after = (
        np.bincount(groups, density(histograms, stage, name) * widths)[1:-1]
        for stage, name in (("after", "qcd"), ("before", "top"), ("after", "top"))
    )
    assert after == pytest.approx(target)
    assert abs(before / target - 1).max() > 0.3


def test_a_class_is_normalised_to_unity_including_jets_beyond_the_axis():
    histograms = summary_of(["qcd", "top"]).reweighting.closure["pt"]
    for stage in ("before", "after"):
        sums = getattr(histograms, stage)["top"]
        inside = 1 - (sums[0] + sums[-1]) / sum(sums)
        assert (density(histograms, stage, "top") * np.diff(histograms.edges)).sum() == pytest.approx(inside)


def test_bins_are_merged_until_they_hold_sixteen_jets_of_the_reference():
    sums = [7.0, 20, 16, 10, 5, 1, 30, 3, 9]  # the first and the last beyond the axis
    each = {"qcd": sums, "top": [2 * value for value in sums]}
    fine = Closure(edges=list(range(8)), before=each, after=each, errors={k: list(np.sqrt(v)) for k, v in each.items()})
    coarse = rebinned(fine, "qcd")
    assert coarse.edges == [0, 1, 2, 5, 7]
    assert coarse.after == {"qcd": [7, 20, 16, 16, 33, 9], "top": [14, 40, 32, 32, 66, 18]}
    assert coarse.errors["top"] == pytest.approx(np.sqrt(coarse.after["top"]))


def test_narrow_bins_are_merged_and_a_single_one_remains_for_few_jets():
    many, few = ([0.0, *[value] * 600, 0.0] for value in (100.0, 0.01))
    for sums, bins in ((many, 60), (few, 1)):
        fine = Closure(edges=np.linspace(0, 1, 601).tolist(), before={"a": sums}, after={"a": sums},
                       errors={"a": np.sqrt(sums).tolist()})  # fmt: skip
        coarse = rebinned(fine, "a")
        assert len(coarse.edges) == pytest.approx(bins + 1, abs=6 if bins > 1 else 0)
        assert sum(coarse.after["a"]) == pytest.approx(sum(sums))
        assert (coarse.edges[0], coarse.edges[-1]) == (0, 1)
