"""The numbers behind the page's interactive figures, compressed."""

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from tagwerk.class_text import background_label, mixture
from tagwerk.evaluation.compact import compact
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.curves import MIN_BACKGROUND_JETS
from tagwerk.evaluation.interactive import Interactive
from tagwerk.evaluation.optimum_results import Optimum
from tagwerk.evaluation.outcome import FEW_JETS
from tagwerk.evaluation.tagger_results import Curve, TaggerResult


def page_data(
    comparison: Comparison, interactive: Interactive | None, labels: Mapping[str, str], files: Mapping[str, str]
) -> str:
    """Return what the page's scripts read: JSON, compressed by gzip, in base64.

    `labels` are those of the classes, `files` the contents of the files that the page offers. Taggers are in order of
    descending AUC.
    """
    content = {
        "background": mixture(comparison),
        "labels": {**labels, mixture(comparison): background_label(comparison, labels)},
        "min_background_jets": MIN_BACKGROUND_JETS,
        "few_jets": FEW_JETS,
        "working_points": [each.signal_efficiency for each in comparison.taggers[0].rejections],
        "taggers": [_tagger(each) for each in sorted(comparison.taggers, key=lambda each: -each.auc.value)],
        "optimum": None if comparison.optimum is None else _optimum(comparison.optimum),
        "files": dict(files),
        "interactive": None if interactive is None else interactive.model_dump(),
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _tagger(tagger: TaggerResult) -> dict[str, Any]:
    difference = tagger.difference
    return {
        "name": tagger.name,
        "title": tagger.title,
        "color": tagger.color,
        "auc": tagger.auc.model_dump(),
        "difference": None if difference is None else difference.model_dump(exclude={"ratios"}),
        "ratio": _ratios(tagger.curve),
    }


def _optimum(optimum: Optimum) -> dict[str, Any]:
    return {
        "name": optimum.tagger,
        "title": f"Limit: {optimum.title}",
        "color": optimum.color,
        "ratio": _ratios(optimum.curve),
    }


def _ratios(curve: Curve) -> list[dict[str, float | None]]:
    ratios = zip(curve.ratio, curve.ratio_low, curve.ratio_high, strict=True)
    return [{"value": _compact(value), "low": _compact(low), "high": _compact(high)} for value, low, high in ratios]


def _compact(value: float | None) -> float | None:
    return None if value is None else compact(value)
