"""Which branches a dataset's card reads."""

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expressions import names


def branches(dataset: Dataset) -> list[str]:
    """Return every branch that a dataset's card reads, each once."""
    wanted = [*dataset.event, *(dataset.jet.branches().values() if dataset.jet is not None else ())]
    for sequence in dataset.sequences.values():
        wanted += sequence.branches().values()
    for expression in dataset.expressions():
        wanted += sorted(names(expression))
    return list(dict.fromkeys(wanted))
