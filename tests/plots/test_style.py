"""The style and the label of an experiment."""

from itertools import combinations

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from tagwerk.cards.experiment import FROM_FILES, SIMULATED, Experiment
from tagwerk.plots.experiment_text import collisions_text
from tagwerk.plots.style import experiment_label, panel_grid, style_of, write_figure

EXPERIMENTS = [
    SIMULATED,
    FROM_FILES,
    Experiment(name="ATLAS", status="Simulation Preliminary", energy="13.6 TeV"),
    Experiment(name="CMS", status="Work in progress", energy="13 TeV", lumi=138),
    Experiment(name="LHCb", status="Simulation", energy="13 TeV"),
    Experiment(name="ALICE", lumi=0.5),
    Experiment(name="A collaboration of twenty", status="Simulation Preliminary, work in progress", energy="500 GeV"),
]


def draw(experiment, folder):
    """Return the texts above the axes of a figure of narrow panels, and the axes."""
    figures = []

    def figure():
        figure, panels = panel_grid(3, 3, (5.2, 4.6))
        experiment_label(figure, panels[0], "a dataset", "a caption")
        figures.append(figure)
        return figure

    write_figure(figure, folder, "labelled", experiment)
    axes = figures[0].axes[0]
    return [text for text in axes.texts if text.get_text()], axes


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: each.name)
def test_the_label_is_above_its_axes_and_nothing_overlaps(experiment, tmp_path):
    texts, axes = draw(experiment, tmp_path)
    expected = [experiment.name, experiment.status, collisions_text(experiment)]
    assert sorted(text.get_text() for text in texts) == sorted(filter(None, expected))
    boxes = [text.get_window_extent() for text in texts]
    description = axes.figure.get_suptitle()
    assert description == "a dataset\na caption"
    above = axes.figure._suptitle.get_window_extent()
    for box in boxes:
        assert box.y0 >= axes.bbox.y1 - 5
        assert box.y1 <= above.y0
        assert axes.bbox.x0 - 2 <= box.x0
        assert box.x1 <= axes.bbox.x1 + 2
    assert not any(first.overlaps(second) for first, second in combinations(boxes, 2))


def test_a_label_that_fits_has_its_full_size_and_a_long_one_is_smaller(tmp_path):
    sizes = [draw(experiment, tmp_path)[0][0].get_fontsize() for experiment in (SIMULATED, EXPERIMENTS[-1])]
    assert sizes[0] == pytest.approx(1.3 * 17)
    assert sizes[1] < sizes[0]


def test_collisions_are_written_as_the_experiment_does():
    assert collisions_text(EXPERIMENTS[2]) == r"$\sqrt{s}$ = 13.6 TeV"
    assert collisions_text(EXPERIMENTS[3]) == r"138 $\mathrm{fb}^{-1}$ (13 TeV)"
    assert collisions_text(EXPERIMENTS[5]) == r"0.5 $\mathrm{fb}^{-1}$"
    assert collisions_text(SIMULATED) == ""


def test_a_style_changes_fonts_and_no_sizes():
    default, lhcb = style_of(SIMULATED), style_of(EXPERIMENTS[4])
    assert lhcb["font.family"] == ["serif"] or lhcb["font.family"] == "serif"
    changed = {key for key in default | lhcb if default.get(key) != lhcb.get(key)}
    assert changed
    assert all(key.startswith(("font.", "mathtext.")) for key in changed)
    assert style_of(EXPERIMENTS[-1]) == default


def test_the_experiment_is_that_of_one_figure_even_where_drawing_fails(tmp_path):
    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_figure(fail, tmp_path, "failed", EXPERIMENTS[3])
    before = mpl.rcParams["font.size"]
    figure = Figure()
    experiment_label(figure, figure.add_subplot(), "a dataset")
    assert [text.get_text() for text in figure.axes[0].texts if text.get_text()] == ["Tagwerk", "Simulation"]
    assert mpl.rcParams["font.size"] == before
