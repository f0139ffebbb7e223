"""The closure figure shows the summary's sums, each class normalised to one."""

import numpy as np
import pandas as pd
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.reweighting import Reweighting
from tagwerk.plots.closure import closure, density
from tagwerk.plots.rebin import joined
from tagwerk.plots.style import write_figure
from tagwerk.summaries.reweighted import Closure
from tagwerk.summaries.spectra import Spectra
from tagwerk.summaries.summary import Summary
from tests.evaluation.study_files import DATASET


def summary_of(names, number=3000):
    random = np.random.default_rng(1)
    jets = {
        name: {"pt": 500 + random.exponential(80 + 60 * place, number), "eta": random.normal(0, 1, number)}
        for place, name in enumerate(names)
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
    write_figure(lambda: closure(summary_of(["qcd", "top", "w"]), card(["w"])), tmp_path, "closure")
    assert (tmp_path / "closure.png").stat().st_size > 10_000
    figure = closure(summary_of(["qcd", "top", "w"]), card(["w"]))
    assert len(figure.axes) == 2 * 2 * 2
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "QCD jets, reference", "Top jets, before", "Top jets, after", "w jets, before", "w jets, after",
    ]  # fmt: skip


def test_the_ratio_is_one_within_the_bins_of_the_factors_and_was_not_before():
    summary = summary_of(["qcd", "top"])
    shown, edges = summary.reweighting.closure["pt"], summary.reweighting.edges[0]
    groups = np.searchsorted(edges, np.array(shown.edges)[:-1], side="right")
    widths = np.diff(shown.edges)
    wanted, before, after = (
        np.bincount(groups, density(shown, which, name) * widths)[1:-1]
        for which, name in (("after", "qcd"), ("before", "top"), ("after", "top"))
    )
    assert after == pytest.approx(wanted)
    assert abs(before / wanted - 1).max() > 0.3


def test_a_class_fills_one_but_for_what_lies_beyond_the_axis():
    shown = summary_of(["qcd", "top"]).reweighting.closure["pt"]
    for which in ("before", "after"):
        sums = getattr(shown, which)["top"]
        inside = 1 - (sums[0] + sums[-1]) / sum(sums)
        assert (density(shown, which, "top") * np.diff(shown.edges)).sum() == pytest.approx(inside)


def test_bins_are_joined_until_sixteen_jets_of_the_reference_are_in_them():
    sums = [7.0, 20, 16, 10, 5, 1, 30, 3, 9]  # the first and the last beyond the axis
    each = {"qcd": sums, "top": [2 * value for value in sums]}
    fine = Closure(edges=list(range(8)), before=each, after=each, errors={k: list(np.sqrt(v)) for k, v in each.items()})
    found = joined(fine, "qcd")
    assert found.edges == [0, 1, 2, 5, 7]
    assert found.after == {"qcd": [7, 20, 16, 16, 33, 9], "top": [14, 40, 32, 32, 66, 18]}
    assert found.errors["top"] == pytest.approx(np.sqrt(found.after["top"]))


def test_narrow_bins_are_joined_and_one_is_left_where_jets_are_few():
    many, few = ([0.0, *[value] * 600, 0.0] for value in (100.0, 0.01))
    for sums, bins in ((many, 60), (few, 1)):
        fine = Closure(edges=np.linspace(0, 1, 601).tolist(), before={"a": sums}, after={"a": sums},
                       errors={"a": np.sqrt(sums).tolist()})  # fmt: skip
        found = joined(fine, "a")
        assert len(found.edges) == pytest.approx(bins + 1, abs=6 if bins > 1 else 0)
        assert sum(found.after["a"]) == pytest.approx(sum(sums))
        assert (found.edges[0], found.edges[-1]) == (0, 1)
