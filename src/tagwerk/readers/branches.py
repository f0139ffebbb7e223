"""The branches that a dataset's card reads."""

from tagwerk.cards.dataset import FILE, ROW, Dataset
from tagwerk.cards.expressions import branch_names


def branches(dataset: Dataset) -> list[str]:
    """Return every branch that a dataset's card reads, each once; `row`, and `file` in `event`, are not branches."""
    identity = [name for name in dataset.event if name != FILE]
    wanted = [*identity, *(dataset.jet.branches().values() if dataset.jet is not None else ())]
    for sequence in dataset.sequences.values():
        wanted += sequence.branches().values()
    for expression in dataset.expressions():
        wanted += sorted(branch_names(expression))
    return [name for name in dict.fromkeys(wanted) if name != ROW]
