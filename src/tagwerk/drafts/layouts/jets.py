"""ROOT trees with one jet per entry, its constituents in vector branches."""

import re
from collections.abc import Mapping
from typing import Any

from tagwerk.drafts import names, roles
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Source, SourceTable, SourceTree

_JETS = re.compile(r"jet|tau|^(fj|j|ak\d+)?_?$", re.IGNORECASE)


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every per-entry four-momentum next to lists; or one for the sum of a list."""
    return drafts_of(source) if isinstance(source, SourceTree) else []


def drafts_of(source: SourceTree | SourceTable) -> list[Draft]:
    """Return the same for a tree or a table."""
    per_row, lists = names.four_momenta(source.numeric(0)), names.four_momenta(source.numeric(1))
    jet_lists = names.jet_pt_lists(source.numeric(1))
    if jet_lists:  # rows are events, unless the tree also has one jet per row
        per_row = {prefix: form for prefix, form in per_row.items() if _JETS.search(prefix)}
        lists = {prefix: form for prefix, form in lists.items() if not names.is_jet_collection(prefix)}
        lists = lists if per_row else {}
    lists = {prefix: form for prefix, form in lists.items() if not names.is_generated(prefix)} or lists
    if not lists:
        return []
    drafts = [_draft(source, prefix, form, lists) for prefix, form in per_row.items()]
    drafts = drafts or [_draft(source, "", {}, lists)]
    doubt = f"is each row one jet? There are also lists of jets, such as {next(iter(jet_lists), '')}"
    return [draft.with_check("jet", doubt) for draft in drafts] if jet_lists else drafts


def _draft(
    tree: SourceTree | SourceTable, prefix: str, jet: dict[str, str], lists: Mapping[str, dict[str, str]]
) -> Draft:
    branches = [name for name in tree.numeric(0) if name not in jet.values()]
    event = names.event_branches(branches)
    variables = {name.removeprefix(prefix): name for name in branches if name not in event}
    labels = names.labels(variables)
    rest = {variable: name for variable, name in variables.items() if name not in labels}
    draft = Draft(
        prefix.rstrip("_./") or tree.name,
        f"ROOT tree with one jet per entry, {tree.rows:,} jets",
        {
            "layout": "jets",
            "tree": tree.name,
            "event": event or names.row_identity(),
            **({"jet": jet} if jet else {}),
            "sequences": _sequences(tree, lists, bool(jet)),
        },
        labels,
        names.scalars(rest) if jet else {},
        weights=roles.weights(variables),
    )
    if not jet:
        return draft.with_comment("sequences", "without the key 'jet' the jet is the sum of its constituents")
    return draft if _JETS.search(prefix) else draft.with_check("jet", f"are '{prefix}...' the jets?")


def _sequences(
    tree: SourceTree | SourceTable, lists: Mapping[str, dict[str, str]], has_jet: bool
) -> dict[str, dict[str, Any]]:
    """Return a sequence for every list of four-momenta, with its well-known further variables."""
    sequences: dict[str, dict[str, Any]] = {}
    for prefix, name in names.sequence_names(lists, has_jet).items():
        variables = {branch.removeprefix(prefix): branch for branch in tree.numeric(1) if branch.startswith(prefix)}
        extra = names.extras(variables)
        sequences[name] = {**lists[prefix], **({"extra": extra} if extra else {})}
    return sequences
