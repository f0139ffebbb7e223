"""CMS NanoAOD and PFNano: collections `<collection>_<variable>`, and index columns that point to jets."""

from collections.abc import Iterator
from typing import Any

from tagwerk.drafts import names, roles
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Source, SourceTree
from tagwerk.errors import UserError

_EVENT = ("run", "luminosityBlock", "event")
_JETS = ("jet", "tau")
_REQUIRED = ("pt", "eta", "phi")


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every jet collection that index columns point to.

    Raises:
        UserError: the file is NanoAOD, but no index column points to jets.
    """
    if not isinstance(source, SourceTree):
        return []
    momenta = _momenta(source)
    links = _links(source, momenta)
    if not links and momenta and all(name in source.columns for name in _EVENT):
        raise UserError(
            f"{source.file}: is NanoAOD, but no index column (such as FatJetPFCand_jetIdx) in its tree '{source.name}' "
            "points to jets; use NanoAOD v15 or PFNano, which have the jets' constituents"
        )
    return [_draft(source, jets, momenta, sequences) for jets, sequences in links.items()]


def _momenta(tree: SourceTree) -> dict[str, dict[str, str]]:
    """Return the four-momentum of every collection; the reader derives a missing mass from the PDG id."""
    lists = set(tree.numeric(1))
    collections = dict.fromkeys(name.partition("_")[0] for name in lists if name.endswith("_pt"))
    return {
        collection: {name: f"{collection}_{name}" for name in (*_REQUIRED, "mass")}
        for collection in collections
        if all(f"{collection}_{name}" in lists for name in _REQUIRED)
        and {f"{collection}_mass", f"{collection}_pdgId"} & lists
    }


def _links(tree: SourceTree, momenta: dict[str, dict[str, str]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the sequences of each jet collection: those named after it, or else any that points to it."""
    named: dict[str, dict[str, dict[str, Any]]] = {}
    others: dict[str, dict[str, dict[str, Any]]] = {}
    for jets, link, target in _index_columns(tree, momenta):
        table = link["jet"].partition("_")[0]
        is_named = table.startswith(jets) or table.endswith("Prod")
        if not is_named and (table.lower().endswith(_JETS) or names.is_generated(jets)):
            continue
        links = named if is_named else others
        sequence = {"link": link, **momenta[target]}
        if extra := names.extras(_variables(tree, target) | _variables(tree, table)):
            sequence["extra"] = extra
        name = "constituents" if is_named else names.plural(target)
        links.setdefault(jets, {}).setdefault(name, sequence)
    return {jets: named.get(jets) or others[jets] for jets in (*named, *(jets for jets in others if jets not in named))}


def _index_columns(tree: SourceTree, momenta: dict[str, Any]) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield the jet collection, the link and the constituents' collection of every index column that points to jets."""
    indices = [name for name in tree.numeric(1) if name.endswith("Idx") and tree.columns[name].is_integer]
    for name in indices:
        table, _, target_name = name.removesuffix("Idx").partition("_")
        jets = _indexed_jets(table, target_name, momenta)
        if jets is None:
            continue
        if table in momenta:
            yield jets, {"jet": name}, table
            continue
        for other, target in _other_targets(table, indices, momenta):
            if target != jets:
                yield jets, {"jet": name, "constituent": other}, target


def _other_targets(table: str, indices: list[str], momenta: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a table's index columns with the collections that they point to, such as pFCandsIdx with PFCands."""
    for name in indices:
        column_table, _, target_name = name.removesuffix("Idx").partition("_")
        singular = target_name.lower().rstrip("s")
        target = next((collection for collection in momenta if collection.lower().rstrip("s") == singular), None)
        if column_table == table and target is not None:
            yield name, target


def _indexed_jets(table: str, target_name: str, momenta: dict[str, Any]) -> str | None:
    """Return the jets that a table's index points to: FatJet for FatJetPFCand_jetIdx, Tau for TauProd_tauIdx."""
    if not target_name.lower().endswith(_JETS):
        return None
    by_prefix = [jets for jets in momenta if table.startswith(jets) and table != jets]
    by_name = [jets for jets in momenta if jets.lower() == target_name.lower() and jets != table]
    return max(by_prefix, key=len) if by_prefix else next(iter(by_name), None)


def _draft(
    tree: SourceTree, jets: str, momenta: dict[str, dict[str, str]], sequences: dict[str, dict[str, Any]]
) -> Draft:
    variables = {name: branch for name, branch in _variables(tree, jets).items() if "Idx" not in name}
    labels = names.labels(variables)
    rest = {name: branch for name, branch in variables.items() if branch not in {*labels, *momenta[jets].values()}}
    event = [name for name in _EVENT if name in tree.columns]
    draft = Draft(
        jets,
        f"CMS NanoAOD, {tree.rows:,} events",
        {
            "layout": "nanoaod",
            "tree": tree.name,
            "jets": jets,
            "event": event if "event" in event else names.row_identity(),
            "jet": momenta[jets],
            "sequences": sequences,
        },
        labels,
        names.scalars(rest),
        weights=roles.weights({branch: branch for branch in tree.numeric(0)}),
    )
    if "constituents" in sequences:
        return draft
    return draft.with_check("sequences", "not the jet's constituents, only objects that point to it")


def _variables(tree: SourceTree, collection: str) -> dict[str, str]:
    """Return the numeric branches of a collection by variable."""
    return {name.removeprefix(f"{collection}_"): name for name in tree.numeric(1) if name.startswith(f"{collection}_")}
