"""What reweighting did, as a sentence and the rows of a table."""

from tagwerk.cards.dataset import Dataset
from tagwerk.report.tables import TableCell, TableRow
from tagwerk.summaries.reweighted import Reweighted

_HOW = {
    "weights": "each jet's weight was multiplied by a factor",
    "resampling": "jets were drawn anew, with replacement, by their weight times a factor",
}


def done(found: Reweighted, dataset: Dataset) -> str:
    """Return in a sentence what was done to training and validation jets."""
    reference = next(each.label for each in dataset.classes if each.name == found.card.reference)
    one, other = found.card.variables
    bins = " by ".join(str(len(edges) + 1) for edges in found.edges)
    done = f"In training and validation {_HOW[found.card.method]} of class and bin, to give all classes the"
    where = f"distribution of {reference} in {one} and {other}. The bins are {bins}, in each variable with equal shares"
    factor = f"The factor is one on average in each class, at most {found.card.largest:g}"
    return f"{done} {where}. {factor}, and zero where there are no {reference}."


def effective(found: Reweighted, dataset: Dataset) -> list[TableRow]:
    """Return a row a class: its training jets, how many of one weight fluctuate as little, and that share."""
    rows = []
    for each in dataset.classes:
        jets, worth = found.jets[each.name], found.effective[each.name]
        cells = [f"{jets:,}", f"{worth:,.0f}", f"{100 * worth / jets:.0f} %"]
        rows.append(TableRow(each.label, each.color, [TableCell(text) for text in cells]))
    return rows
