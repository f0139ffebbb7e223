"""What the page's switches and sliders show, as stored in `interactive.json`."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from tagwerk.arrays import Floats64
from tagwerk.checksums import unusable_file
from tagwerk.evaluation.compact import Compact
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.roc_selections import RocSelection, inclusive, pair_selections, slice_selections
from tagwerk.evaluation.threshold_scan import MassScan, ThresholdScan, mass_scan, scan_efficiencies, threshold_scan
from tagwerk.scores.tagger_run import Run


class Interactive(Frozen):
    """The scans of all taggers' thresholds at P signal efficiencies, and ROC curves; the first is of all test jets."""

    signal_efficiency: list[Compact]
    mass: MassScan | None
    scans: dict[str, ThresholdScan]
    selections: list[RocSelection]

    @classmethod
    def load(cls, path: Path) -> "Interactive":
        """Return what `compare` stored in a JSON file.

        Raises:
            UserError: the file is of another form.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"])) or "the file"
            raise unusable_file(path, f"{key}: {first['msg']}", "tagwerk compare") from None


def interactive(
    comparison: Comparison,
    sample: ComparedJets,
    discriminants: Mapping[str, Floats64],
    runs: list[Run],
    rows: Mapping[str, list[int]],
    classes: list[str],
) -> Interactive:
    """Return what the page needs beyond a comparison.

    Args:
        comparison: the results.
        sample: its B test jets.
        discriminants: the scores of each tagger, and of the optimum, on them, (S, B).
        runs: all runs of the study, for the probabilities of other classes.
        rows: indices of the runs of each tagger and of the optimum.
        classes: of the dataset, in the order of the labels.
    """
    taggers = comparison.taggers
    efficiencies = scan_efficiencies(taggers[0])
    masses = mass_scan(sample, efficiencies, {each.signal_efficiency for each in taggers[0].rejections})
    return Interactive(
        signal_efficiency=efficiencies,
        mass=masses,
        scans={
            each.name: threshold_scan(sample, discriminants[each.name], each, masses) for each in comparison.taggers
        },
        selections=[
            inclusive(comparison),
            *slice_selections(comparison, sample, discriminants),
            *pair_selections(comparison, runs, rows, classes),
        ],
    )
