"""Which branches a dataset's card reads."""

from tagwerk.cards.dataset import FILE, ROW, Dataset
from tagwerk.cards.expressions import names


def branches(dataset: Dataset) -> list[str]:
    """Return every branch that a dataset's card reads, each once; `row`, and `file` in `event`, are none."""
    identity = [name for name in dataset.event if name != FILE]
    wanted = [*identity, *(dataset.jet.branches().values() if dataset.jet is not None else ())]
    for sequence in dataset.sequences.values():
        wanted += sequence.branches().values()
    for expression in dataset.expressions():
        wanted += sorted(names(expression))
    return [name for name in dict.fromkeys(wanted) if name != ROW]
