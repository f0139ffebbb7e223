"""The report is self-contained, and explains its numbers."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from tagwerk.cards.load_study import load_cards
from tagwerk.cards.reweighting import Reweighting
from tagwerk.cards.tagger import Tagger
from tagwerk.checks.check_result import CheckResult, Fault
from tagwerk.errors import UserError
from tagwerk.evaluation.class_comparison import compare_classes
from tagwerk.evaluation.compare import compare_runs
from tagwerk.evaluation.compared_jets import sample_and_scores
from tagwerk.evaluation.label_comparison import measure_labels
from tagwerk.evaluation.runs import read_runs
from tagwerk.report.cost_table import pareto_sentence
from tagwerk.report.jet_tables import agreement_rows, sculpting_rows, working_point_rows
from tagwerk.report.page import PageFigure, check_cards, read_figures, render_page
from tagwerk.report.plotly import plotly_source
from tagwerk.report.tables import tagger_settings
from tagwerk.report.verdict import verdict
from tagwerk.rounding import asymmetric, measurement
from tagwerk.summaries.reweighted import ReweightingFactors
from tagwerk.summaries.summary import Summary
from tests.conftest import architecture_card
from tests.evaluation.study_files import write_study
from tests.evaluation.test_class_comparison import gaussians
from tests.evaluation.test_class_comparison import run as class_run
from tests.evaluation.test_label_comparison import JET, LABEL, TRUTH
from tests.evaluation.test_label_comparison import cards as label_cards
from tests.evaluation.test_label_comparison import run as label_run

PICTURE = PageFigure("data:image/png;base64,AAAA", "a picture of curves", "What the picture shows.", 1)
SECTIONS = ("results", "pairs", "sizes", "scores", "training", "dataset", "reweighting")
PICTURES = {section: [PICTURE] * (2 if section == "results" else 1) for section in SECTIONS}


class Page(HTMLParser):
    """The tags, links and text of a page; asserts that every tag is closed in order."""

    VOID = frozenset({"meta", "link", "img", "br"})

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.sources, self.text = [], [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.sources += [value for name, value in attributes if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data if self.open and self.open[-1] not in ("style", "title", "script") else ""


def study(folder, **options):
    card, summary, folders = write_study(folder, **options)
    cards = load_cards(card)
    runs = read_runs(folders, cards.study.taggers, ["qcd", "top"])
    sample, scores = sample_and_scores(runs, ["qcd", "top"], "top", "qcd")
    return compare_runs(cards, runs, sample, scores, count=100), cards, Summary.load(summary)


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    return study(tmp_path_factory.mktemp("single"), jets=1000)


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    return study(tmp_path_factory.mktemp("several"), jets=4000, seeds=(1, 2, 3), taggers=("lstm", "boosted_trees"))


@pytest.mark.parametrize("name", ["single", "several"])
def test_it_loads_no_external_resources(name, request):
    html = render_page(*request.getfixturevalue(name), PICTURES, [], "demo")
    parsed = Page(html)
    assert not parsed.open
    assert all(source.startswith(("data:", "#")) for source in parsed.sources)
    assert "://" not in html.replace(plotly_source(), "")
    assert [attributes.get("src") for tag, attributes in parsed.tags if tag == "script"] == [None] * 3
    assert "default-src 'none'" in html
    assert parsed.tags[0] == ("html", {"lang": "en"})
    pictures = [attributes for tag, attributes in parsed.tags if tag == "img"]
    assert len(pictures) == 6
    assert all(len(attributes["alt"]) > 10 for attributes in pictures)


def test_the_verdict_comes_before_any_table(single):
    comparison = single[0]
    text = Page(render_page(*single, PICTURES, [], "demo")).text
    assert text.index(verdict(comparison).headline) < text.index("Performance of the taggers")
    for sentence in verdict(comparison).sentences:
        assert sentence in text


def test_every_tagger_has_its_results(several):
    comparison = several[0]
    text = Page(render_page(*several, PICTURES, [], "demo")).text
    for tagger in comparison.taggers:
        for metric in tagger.metrics.values():
            assert measurement(metric.value, metric.uncertainty) in text
    assert "trainings: ±" in text
    assert "scikit-learn" in text
    assert "log_pt_share, delta_eta, delta_phi" in text
    assert "--config study=demo" in text


def test_numbers_on_few_background_jets_are_marked(single):
    comparison = single[0]
    marked = Page(render_page(*single, PICTURES, [], "demo")).text.count("†")
    few = [each for tagger in comparison.taggers for each in tagger.rejections if each.background_jets < 10]
    ratios = [each for tagger in comparison.taggers if tagger.difference for each in tagger.difference.ratios]
    logs = [each for pair in comparison.pairs for each in pair.rejections if each.value is not None]
    assert few
    in_cost_table = [each for each in few if each.signal_efficiency == 0.5]
    tables = (working_point_rows(comparison), sculpting_rows(comparison), agreement_rows(comparison, 0.5))
    in_jet_tables = sum(cell.few for rows in tables for row in rows for cell in row.cells)
    # There is one dagger in the note below each of the first three tables.
    in_ratios = sum(each.background_jets < 10 for each in (*ratios, *logs))
    assert marked == len(few) + len(in_cost_table) + in_ratios + in_jet_tables + 3


@pytest.mark.parametrize("engine", ["keras", "onnx"])
def test_of_a_tagger_from_elsewhere_it_claims_nothing_of_its_training(single, engine):
    comparison, *others = single
    first, *rest = comparison.taggers
    changed = comparison.model_copy(update={"taggers": [first.model_copy(update={"engine": engine}), *rest]})
    text = " ".join(Page(render_page(changed, *others, PICTURES, [], "demo")).text.split())
    assert ("none of which was used in training." in text) == (engine == "keras")
    assert ("none of which was used in a training here." in text) == (engine == "onnx")
    assert ("The mix that taggers from elsewhere were trained on is not known here" in text) == (engine == "onnx")


def test_trainings_that_their_limit_ended_are_marked(single):
    comparison, *others = single
    limited = [
        each.model_copy(
            update={"trainings": [seed.model_copy(update={"limited": index == 0}) for seed in each.trainings]}
        )
        for index, each in enumerate(comparison.taggers)
    ]
    text = Page(render_page(comparison.model_copy(update={"taggers": limited}), *others, PICTURES, [], "demo")).text
    assert text.count(" (limit)") == 1
    assert "“Limit”: a training was ended by the limit on their number" in " ".join(text.split())
    assert "“Limit”" not in Page(render_page(comparison, *others, PICTURES, [], "demo")).text


def test_markup_in_titles_is_escaped(single):
    comparison = single[0].model_copy(update={"study": "<b>1 & 2</b>"})
    assert "<b>1 & 2</b>" in Page(render_page(comparison, *single[1:], PICTURES, [], "demo")).text


def test_markup_in_any_text_of_a_check_is_escaped(single):
    markup = "<script>alert(1)</script>"
    fault = Fault(check=markup, severity="note", where=markup, count=1, of=2, text=markup)
    check = check_of(markup).model_copy(update={"faults": [fault]})
    html = render_page(*single, PICTURES, [check], "demo")
    assert "<script>alert" not in html
    assert markup in Page(html).text


def test_several_backgrounds_are_named_with_their_fractions(single):
    comparison, cards, summary = single
    study = cards.study.model_copy(update={"background": ["qcd", "w"], "fractions": {"qcd": 0.8, "w": 0.2}})
    w = cards.dataset.classes[0].model_copy(update={"name": "w", "label": "W jets"})
    dataset = cards.dataset.model_copy(update={"classes": [*cards.dataset.classes, w]})
    counts = {split: values | {"w": 10} for split, values in summary.counts.items()}
    summary = summary.model_copy(update={"counts": counts})
    several = comparison.model_copy(update={"backgrounds": study.backgrounds})
    text = Page(render_page(several, cards._replace(study=study, dataset=dataset), summary, PICTURES, [], "demo")).text
    text = " ".join(text.split())
    assert (
        "Top jets are the signal, QCD jets and W jets the background (fractions in the score: 0.8 for QCD jets" in text
    )
    assert "ptop / (ptop + 0.8 pqcd + 0.2 pw)" in text
    single_text = " ".join(Page(render_page(*single, PICTURES, [], "demo")).text.split())
    assert "ptop / (ptop + pqcd), from" in single_text
    assert "fractions" not in single_text


def test_a_comparison_with_other_backgrounds_than_the_card_is_refused(single):
    comparison, cards, _ = single
    other = comparison.model_copy(update={"backgrounds": {"qcd": 0.8, "w": 0.2}})
    with pytest.raises(UserError, match=r"compares top and 0\.8 qcd \+ 0\.2 w, but the study's card top and qcd; run"):
        check_cards(Path("comparison.json"), other, cards)


def test_a_bound_is_explained(single):
    comparison = single[0]
    first, *others = comparison.taggers
    bound = first.rejections[0].model_copy(update={"high": None, "low": 12.4, "background_jets": 1.0})
    first = first.model_copy(update={"rejections": [bound, *first.rejections[1:]]})
    text = Page(
        render_page(comparison.model_copy(update={"taggers": [first, *others]}), *single[1:], PICTURES, [], "demo")
    ).text
    assert "> 12" in text
    assert "is a lower bound at 84 % CL" in text


def test_a_tagger_without_a_run_is_named(several):
    comparison, cards, summary = several
    best = [each for each in comparison.taggers if each.difference is None]
    only = comparison.model_copy(update={"taggers": best, "pairs": [], "ensembles": []})
    assert "Not among the runs given: LSTM." in Page(render_page(only, cards, summary, PICTURES, [], "demo")).text


def test_figures_are_read_by_section_and_a_missing_one_is_named(tmp_path):
    texts = {"alt": "curves", "caption": "Curves.", "panels": 1}
    described = [{"name": name, "section": "results", **texts} for name in ("roc", "auc_by_tagger")]
    (tmp_path / "figures.json").write_text(json.dumps([*described, {"name": "new", "section": "scores", **texts}]))
    for name in ("roc", "auc_by_tagger", "new"):
        Image.new("RGB", (1, 1)).save(tmp_path / f"{name}.png")
        (tmp_path / f"{name}.pdf").write_bytes(b"%PDF")
        (tmp_path / f"{name}.csv").write_bytes(b"x")
    figures = read_figures(tmp_path)
    assert {section: len(each) for section, each in figures.items()} == {"results": 2, "scores": 1}
    (figure,) = figures["scores"]
    assert figure[1:5] == ("curves", "Curves.", 1, "new")
    assert figure.source.startswith("data:image/png;base64,iVBOR")
    assert figure[5:] == ("data:application/pdf;base64,JVBERg==", "x")
    (tmp_path / "roc.png").unlink()
    with pytest.raises(UserError, match=r"roc\.png: no such file; run `tagwerk compare` again"):
        read_figures(tmp_path)


@pytest.mark.parametrize("name", ["../secret", "/etc/secret", "", "a/b", "roc.png"])
def test_a_figure_outside_the_folder_is_not_read(tmp_path, name):
    described = {"name": name, "section": "results", "alt": "", "caption": "", "panels": 1}
    (tmp_path / "figures.json").write_text(json.dumps([described]))
    with pytest.raises(UserError, match=r"figures\.json: does not describe figures; run `tagwerk compare` again"):
        read_figures(tmp_path)


def check_of(name, *faults, left_out=0):
    faults = [
        Fault(check=check, severity=severity, where="", count=count, of=100, text=f"{check} was found")
        for check, severity, count in faults
    ]
    classes = {"qcd": 50, "top": 50}
    return CheckResult(
        file=name, jets=200, selected=100, left_out=left_out, classes=classes, variables=[], faults=faults
    )  # fmt: skip


def test_faults_found_in_the_files_are_reported(single):
    checks = [
        check_of("a", ("unordered", "note", 100), ("long_jets", "warning", 3)),
        check_of("b", ("long_jets", "warning", 5), left_out=2),
    ]
    text = " ".join(Page(render_page(*single, PICTURES, checks, "demo")).text.split())
    assert "2 files contain 400 jets, of which 200 pass the selections of the dataset card" in text
    assert "; 2 of these were excluded because of a fault." in text
    assert "2 warnings." in text
    assert "warning: long_jets was found 2 of 2 8 of 2004 %" in text
    assert text.index("warning: long_jets") < text.index("note: unordered")


def test_files_without_faults_have_no_table_of_faults(single):
    text = " ".join(Page(render_page(*single, PICTURES, [check_of("a")], "demo")).text.split())
    assert "No warnings." in text
    assert "Faults found in the files" not in text


def test_duplicates_are_reported_as_a_warning_if_the_card_says_so(single):
    comparison, cards, summary = single
    duplicated = summary.model_copy(update={"duplicates": 1234})
    lenient = cards.dataset.model_copy(
        update={"checks": cards.dataset.checks.model_copy(update={"duplicates": "warning"})}
    )
    assert "1,234 of the jets" not in Page(render_page(*single, PICTURES, [], "demo")).text
    text = Page(render_page(comparison, cards._replace(dataset=lenient), duplicated, PICTURES, [], "demo")).text
    assert "1,234 of the jets used are duplicates" in text
    assert "a warning" in text


def test_reweighting_is_reported_with_figure_and_table(single):
    comparison, cards, summary = single
    html = render_page(comparison, cards, reweighted(summary, "weights"), PICTURES, [], "demo")
    text = " ".join(Page(html).text.split())
    assert "the weight of each jet was multiplied by a factor that depends on class and bin" in text
    assert "so that all classes have the distribution of QCD jets in pt and eta" in text
    assert "The 2 by 1 bins have equal shares of QCD jets in each variable." in text
    assert "is at most 10, and is zero where there are no QCD jets. The test jets, and hence all results" in text
    assert "Top jets 9,000 4,500 50 %" in text
    assert html.count("<img") == 7
    resampled = render_page(comparison, cards, reweighted(summary, "resampling"), PICTURES, [], "demo")
    assert "jets were resampled with replacement" in resampled
    assert "reweight" not in render_page(*single, PICTURES, [], "demo")


def reweighted(summary, method):
    table = {"qcd": [[1.0], [1.0]], "top": [[0.5], [1.5]]}
    factors = ReweightingFactors(
        card=Reweighting(reference="qcd", method=method), edges=([500.0], []), factors=table,
        jets={"qcd": 9000, "top": 9000}, effective={"qcd": 9000, "top": 4500.2}, closure={},
    )  # fmt: skip
    return summary.model_copy(update={"reweighting": factors})


def test_settings_of_a_card_are_text_even_where_nothing_is_set():
    card = architecture_card("recursive") | {"training": {"class_weights": {"narrow": 2.0}}}
    rows = dict(tagger_settings(Tagger.model_validate(card), "keras"))
    assert rows["class weights"] == "narrow: 2.0"
    assert rows["classes"] == "\N{EN DASH}"
    assert rows["features of the nodes of constituents_cambridge_aachen"].startswith("log_pt, delta_eta")


def test_all_classes_have_their_section_where_there_are_three(single):
    comparison, cards, summary = single
    assert "All classes" not in Page(render_page(*single, PICTURES, [], "demo")).text
    jets, p = gaussians(jets=900)
    names = ["qcd", "w", "top"]
    classes = compare_classes({"lstm": [class_run(jets, p, classes=names)]}, names, 0.5, seed=1, count=5)
    w = cards.dataset.classes[0].model_copy(update={"name": "w", "label": "W jets"})
    dataset = cards.dataset.model_copy(update={"classes": [*cards.dataset.classes, w]})
    counts = {split: values | {"w": 10} for split, values in summary.counts.items()}
    three = comparison.model_copy(update={"classes": classes})
    pictures = PICTURES | {"classes": [PICTURE]}
    summary = summary.model_copy(update={"counts": counts})
    parsed = Page(render_page(three, cards._replace(dataset=dataset), summary, pictures, [], "demo"))
    text = " ".join(parsed.text.split())
    assert not parsed.open
    assert "on all 900 test jets: 300 QCD jets, 300 W jets, 300 Top jets." in text
    assert "not here: Boosted trees, LSTM, twice as wide." in text
    auc = classes.taggers[0].separation("top", "qcd").auc
    assert measurement(auc.value, auc.uncertainty) in text


def test_labels_of_constituents_have_their_section_where_a_tagger_gives_some(single):
    comparison = single[0]
    assert 'id="labels"' not in render_page(*single, PICTURES, [], "demo")
    (found,) = measure_labels(label_cards(), {"lstm": [label_run(JET, TRUTH, LABEL)]})
    found = found.model_copy(update={"samples": found.samples[:1], "origins": found.origins | {"pileup": "<b>&"}})
    parsed = Page(
        render_page(comparison.model_copy(update={"constituent_labels": [found]}), *single[1:], PICTURES, [], "demo")
    )
    text = " ".join(parsed.text.split())
    assert not parsed.open
    assert "LSTM labels each constituent with its origin. Left out, for an unknown origin: 1." in text
    assert "Constituents of Top jets and QCD jets: fraction of correct labels" in text
    assert "Underlying event <b>& Purity AUC" in text


def test_the_cost_of_every_tagger_is_next_to_its_rejection(single):
    comparison = single[0]
    text = " ".join(Page(render_page(*single, PICTURES | {"cost": [PICTURE]}, [], "demo")).text.split())
    section = text[text.index("Rejection at the middle working point, AUC and cost") :]
    assert pareto_sentence(comparison) in text
    for tagger in comparison.taggers:
        assert f"{tagger.title} {rounded_rejection(tagger)}" in section
    untimed = [each.model_copy(update={"jets_per_second": 0.0}) for each in comparison.taggers]
    without = comparison.model_copy(update={"taggers": untimed})
    assert "Pareto" not in Page(render_page(without, *single[1:], PICTURES, [], "demo")).text


def rounded_rejection(tagger):
    middle = tagger.rejections[1]
    return asymmetric(middle.value, middle.low, middle.high)[0]


def test_every_pair_has_its_differences_and_p_values(single):
    text = Page(render_page(*single, PICTURES, [], "demo")).text
    comparison = single[0]
    titles = comparison.titles
    assert "3 pairs can be distinguished by the AUC at 2 standard deviations, corrected for all pairs." in text
    for pair in comparison.pairs:
        assert f"{titles[pair.first]} \N{MINUS SIGN} {titles[pair.second]}" in text
        assert measurement(pair.auc, pair.uncertainty) in text
    assert text.count("p, all pairs: ") == sum(
        each.value is not None for p in comparison.pairs for each in p.rejections
    )


def test_ensembles_have_a_table_of_their_own(single, several):
    assert "nsemble" not in Page(render_page(*single, PICTURES, [], "demo")).text
    text = Page(render_page(*several, PICTURES, [], "demo")).text
    for each in several[0].ensembles:
        assert f"{several[0].titles[each.tagger]}, ensemble of 3" in text
        assert measurement(each.gain.auc, each.gain.uncertainty) in text
    assert "Ensembles are not ranked" in text


def test_the_correction_for_the_number_of_taggers_is_explained(single, several):
    text = Page(render_page(*single, PICTURES, [], "demo")).text
    assert "the 2 differences to the best are corrected for their number (Holm" in text
    assert "corrected for their number" not in Page(render_page(*several, PICTURES, [], "demo")).text
