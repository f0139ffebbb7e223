"""The reference of all metrics, `docs/metrics.md`, written from the metrics themselves.

Run: python -m tagwerk.report.metric_reference > docs/metrics.md
"""

from tagwerk.evaluation.metrics import metrics

_HEAD = """# Metrics

Each metric is a module in `src/tagwerk/evaluation/metrics/`, from which this page is generated. Its uncertainty is the
standard deviation over bootstrap replicas of the test jets, which all taggers share. The background rejection at each
working point, with its interval, is next to them in every table.

| name in `comparison.json` | label | definition | source |
|---|---|---|---|
"""


def metric_reference() -> str:
    """Return the page as Markdown."""
    rows = [
        f"| `{name}` | {metric.label} | {metric.definition} | `{metric.source}` |" for name, metric in metrics().items()
    ]
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(metric_reference(), end="")
