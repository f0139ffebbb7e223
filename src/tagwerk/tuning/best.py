"""The tagger card that a search found, as YAML."""

import textwrap

import yaml

from tagwerk.tuning.search_result import Result


def best_card(result: Result) -> str:
    """Return the card that one began with, with the settings of the best trial; in a comment, what it gained."""
    tagger = result.space.card(result.best.values)
    tagger = tagger.model_copy(update={"title": f"{tagger.title}, tuned"})
    comment = textwrap.fill(_said(result), 120, initial_indent="# ", subsequent_indent="# ")
    card = yaml.dump(tagger.model_dump(mode="json", exclude_unset=True), Dumper=_Dumper, sort_keys=False, width=120)
    return f"{comment}\n{card}"


def gain(result: Result) -> str:
    """Return in words by how much the best trial's loss is below that of the card one began with."""
    start = result.start
    if start is None:
        return "the card one began with was not tried to the end"
    if start is result.best:
        return "the card one began with, which no other trial beat"
    error = f" ± {start.error:.4f}" if start.error == start.error else ""
    return f"{start.loss - result.best.loss:.4f}{error} below the card one began with"


def _said(result: Result) -> str:
    best = result.best
    found = f"Found by `tagwerk tune`: trial {best.number}, validation loss {best.loss:.4f}, {gain(result)}."
    return f"{found} The lowest of many is low by luck too: compare both cards in a study with several seeds."


class _Dumper(yaml.SafeDumper):
    """Lists in one line, mappings not, as in the other cards."""


_Dumper.add_representer(list, lambda dumper, values: dumper.represent_sequence("tag:yaml.org,2002:seq", values, True))
