"""The reweighting of the training jets, as a sentence and the rows of a table."""

from tagwerk.cards.dataset import Dataset
from tagwerk.report.tables import TableCell, TableRow
from tagwerk.summaries.reweighted import ReweightingFactors

_METHODS = {
    "weights": "the weight of each jet was multiplied by a factor",
    "resampling": "jets were resampled with replacement, in proportion to their weight times a factor",
}


def reweighting_text(reweighting: ReweightingFactors, dataset: Dataset) -> str:
    """Return in words how training and validation jets were reweighted."""
    card = reweighting.card
    reference = next(each.label for each in dataset.classes if each.name == card.reference)
    bins = " by ".join(str(len(edges) + 1) for edges in reweighting.edges)
    return (
        f"For training and validation, {_METHODS[card.method]} that depends on class and bin, so that all classes have "
        f"the distribution of {reference} in {' and '.join(card.variables)}. The {bins} bins have equal shares of "
        f"{reference} in each variable. The factor averages to one in each class, is at most {card.largest:g}, and is "
        f"zero where there are no {reference}."
    )


def effective_rows(reweighting: ReweightingFactors, dataset: Dataset) -> list[TableRow]:
    """Return one row per class: its training jets, their effective number, and the ratio of the two."""
    rows = []
    for each in dataset.classes:
        jets, effective = reweighting.jets[each.name], reweighting.effective[each.name]
        cells = [f"{jets:,}", f"{effective:,.0f}", f"{100 * effective / jets:.0f} %"]
        rows.append(TableRow(each.label, each.color, [TableCell(text) for text in cells]))
    return rows
