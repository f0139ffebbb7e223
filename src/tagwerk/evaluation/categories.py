"""The jets of each category of a study, with which the study's taggers are compared as with all its jets."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from tagwerk.arrays import Bools, Floats64
from tagwerk.cards.category import Category
from tagwerk.cards.expressions import branch_names, evaluate
from tagwerk.cards.probing import Robustness
from tagwerk.cards.study_cards import Cards
from tagwerk.errors import UserError
from tagwerk.jets.effective import MIN_TEST_JETS
from tagwerk.scores.read import IDENTITY
from tagwerk.scores.tagger_run import Run


def runs_by_category(cards: Cards, runs: Sequence[Run]) -> Iterator[tuple[Category, list[Run]]]:
    """Yield each category of a study with all runs on its test and validation jets.

    Args:
        cards: of the study.
        runs: of its taggers on the same test jets.

    Raises:
        UserError: a variable is missing, a jet is in two categories, or one has too few test jets of a class.
    """
    categories, tables = cards.study.categories, [run.scores for run in runs]
    chosen = {each.name: selected(each, runs[0].scores, tables) for each in categories}
    for (one, first), (other, second) in combinations(chosen.items(), 2):
        if common := int((first & second).sum()):
            jets = f"{common:,} test jets are in both '{one}' and '{other}'"
            raise UserError(f"key 'categories': {jets}; correct a selection, so that a jet is in one at most")
    for each in categories:
        _check_classes(cards, each, runs[0].scores[chosen[each.name]])
        yield each, [_selected_run(each, run, chosen[each.name], runs) for run in runs]


def selected(category: Category, table: pd.DataFrame, tables: Sequence[pd.DataFrame]) -> Bools:
    """Return which jets of a table of scores are in a category, (B,).

    A variable that the table lacks, such as the number of constituents of a sequence that its tagger does not use, is
    from the first other table of the same jets that has it.

    Raises:
        UserError: a variable is in none of the tables.
    """
    names = branch_names(category.selection)
    variables = {name: _variable(name, category, table, tables) for name in names}
    value = evaluate(category.selection, variables, len(table))
    return np.asarray(np.nan_to_num(value) != 0)


def _check_classes(cards: Cards, category: Category, table: pd.DataFrame) -> None:
    """Raise UserError where a category, with this table of test jets, has too few jets of signal or background."""
    names = [each.name for each in cards.classes]
    counts = np.bincount(table["label"][table["weight"] != 0], minlength=len(names))
    for name in (cards.study.signal, *cards.study.backgrounds):
        if (jets := int(counts[names.index(name)])) < MIN_TEST_JETS:
            few = f"{jets or 'no'} test jets of class '{name}', but a comparison needs {MIN_TEST_JETS}"
            raise UserError(
                f"key 'categories': '{category.name}' ({category.selection}): {few}; correct its selection, "
                "use more jets, or drop this category"
            )


def _variable(name: str, category: Category, table: pd.DataFrame, tables: Sequence[pd.DataFrame]) -> Floats64:
    """Return a variable of the jets of a table, (B,)."""
    for other in (table, *tables):
        if name in other and (other is table or other[IDENTITY].equals(table[IDENTITY])):
            return np.asarray(other[name], np.float64)
    raise UserError(f"key 'categories': '{category.name}': the scores have no variable '{name}'; correct its selection")


def _selected_run(category: Category, run: Run, test: Bools, runs: Sequence[Run]) -> Run:
    """Return a run on the jets of a category, of which `test` (B,) says which of the test jets these are."""
    if run.validation is None:
        return run.of_jets(test, None)
    validation = selected(category, run.validation, [each.validation for each in runs if each.validation is not None])
    return run.of_jets(test, validation)


def cards_of_category(cards: Cards, category: Category) -> Cards:
    """Return the cards of a study of one category alone: its working points, and its title in that of the dataset.

    Robustness and ensembles of several taggers are of all jets only, and so expectations are judged.
    """
    title = f"{cards.title}, {category.title}"
    points = category.working_points or cards.study.working_points
    changes: dict[str, Any] = {"working_points": points, "categories": [], "expectations": [], "ensembles": []}
    changes |= {"robustness": Robustness(jets=0)}
    if cards.dataset is None:
        return cards._replace(study=cards.study.model_copy(update=changes | {"title": title}))
    dataset = cards.dataset.model_copy(update={"title": title})
    return cards._replace(study=cards.study.model_copy(update=changes), dataset=dataset)
