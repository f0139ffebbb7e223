"""The best tagger card of a search, as YAML."""

import textwrap

from tagwerk.cards.card_yaml import card_yaml
from tagwerk.tuning.search_result import SearchResult


def best_card(result: SearchResult) -> str:
    """Return the initial card with the settings of the best trial, and the improvement in a comment."""
    tagger = result.space.card(result.best.values)
    tagger = tagger.model_copy(update={"title": f"{tagger.title}, tuned"})
    comment = textwrap.fill(_comment(result), 120, initial_indent="# ", subsequent_indent="# ")
    return f"{comment}\n{card_yaml(tagger.model_dump(mode='json', exclude_unset=True))}"


def describe_gain(result: SearchResult) -> str:
    """Return in words by how much the loss of the best trial is below that of the initial card."""
    start = result.start
    if start is None:
        return "the trial of the initial card was not completed"
    if start is result.best:
        return "the initial card, which no other trial beat"
    error = f" ± {start.error:.4f}" if start.error == start.error else ""
    return f"{start.loss - result.best.loss:.4f}{error} below the initial card"


def _comment(result: SearchResult) -> str:
    best = result.best
    origin = f"Found by `tagwerk tune`: trial {best.number}, validation loss {best.loss:.4f}, {describe_gain(result)}."
    return f"{origin} The lowest of many losses is biased low: compare both cards in a study with several seeds."
