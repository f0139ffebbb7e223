"""ROOT trees that hold a jet an entry, its constituents in vector branches."""

import re
from collections.abc import Mapping
from typing import Any

from tagwerk.drafts import names, roles
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Source, SourceTable, SourceTree

_JETS = re.compile(r"jet|tau|^(fj|j|ak\d+)?_?$", re.IGNORECASE)


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every four-momentum of an entry that has lists beside it; or one for the sum of a list."""
    return drafts_of(source) if isinstance(source, SourceTree) else []


def drafts_of(source: SourceTree | SourceTable) -> list[Draft]:
    """Return the same of a tree, or of a table as if it were one."""
    own, lists = names.momenta(source.numbers(0)), names.momenta(source.numbers(1))
    jets = names.listed_jets(source.numbers(1))
    if jets:  # rows are events, if the tree has not jets of its own too
        own = {prefix: form for prefix, form in own.items() if _JETS.search(prefix)}
        lists = {prefix: form for prefix, form in lists.items() if not names.of_jets(prefix)} if own else {}
    lists = {prefix: form for prefix, form in lists.items() if not names.generated(prefix)} or lists
    if not lists:
        return []
    drafts = [_draft(source, prefix, form, lists) for prefix, form in own.items()] or [_draft(source, "", {}, lists)]
    doubt = f"is a row a jet? There are lists of jets too, such as {next(iter(jets), '')}"
    return [draft.check("jet", doubt) for draft in drafts] if jets else drafts


def _draft(
    tree: SourceTree | SourceTable, prefix: str, jet: dict[str, str], lists: Mapping[str, dict[str, str]]
) -> Draft:
    branches = [name for name in tree.numbers(0) if name not in jet.values()]
    event = names.identity(branches)
    variables = {name.removeprefix(prefix): name for name in branches if name not in event}
    labels = names.labels(variables)
    rest = {variable: name for variable, name in variables.items() if name not in labels}
    draft = Draft(
        prefix.rstrip("_./") or tree.name,
        f"a ROOT tree with a jet an entry, {tree.rows:,} of them",
        {
            "layout": "jets",
            "tree": tree.name,
            "event": event or names.of_rows(),
            **({"jet": jet} if jet else {}),
            "sequences": _sequences(tree, lists, bool(jet)),
        },
        labels,
        names.scalars(rest) if jet else {},
        weights=roles.weights(variables),
    )
    if not jet:
        return draft.remark("sequences", "without the key 'jet' the jet is the sum of its constituents")
    return draft if _JETS.search(prefix) else draft.check("jet", f"are '{prefix}...' the jets?")


def _sequences(
    tree: SourceTree | SourceTable, lists: Mapping[str, dict[str, str]], has_jet: bool
) -> dict[str, dict[str, Any]]:
    """Return a sequence for every list of four-momenta, with what else is known of its members."""
    found: dict[str, dict[str, Any]] = {}
    for prefix, name in names.sequences(lists, has_jet).items():
        variables = {each.removeprefix(prefix): each for each in tree.numbers(1) if each.startswith(prefix)}
        extra = names.extras(variables)
        found[name] = {**lists[prefix], **({"extra": extra} if extra else {})}
    return found
