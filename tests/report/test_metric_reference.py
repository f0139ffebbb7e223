"""The page of metrics is what the metrics say."""

from pathlib import Path

from tagwerk.report.metric_reference import metric_reference

PAGE = Path(__file__).parents[2] / "docs/metrics.md"


def test_the_page_is_up_to_date():
    run = "run `python -m tagwerk.report.metric_reference > docs/metrics.md`"
    assert PAGE.read_text(encoding="utf-8") == metric_reference(), run
