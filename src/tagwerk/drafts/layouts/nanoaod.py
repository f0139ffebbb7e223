"""CMS NanoAOD and PFNano: collections `<collection>_<variable>`, and index columns that lead to jets."""

from collections.abc import Iterator
from typing import Any

from tagwerk.drafts import names, roles
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.source import Source, SourceTree
from tagwerk.errors import UserError

_EVENT = ("run", "luminosityBlock", "event")
_JETS = ("jet", "tau")
_NEEDED = ("pt", "eta", "phi")


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every collection of jets that index columns lead to.

    Raises:
        UserError: it is NanoAOD, but nothing in it leads to a jet.
    """
    if not isinstance(source, SourceTree):
        return []
    momenta = _momenta(source)
    links = _links(source, momenta)
    if not links and momenta and all(name in source.columns for name in _EVENT):
        raise UserError(
            f"{source.file}: is NanoAOD in whose tree '{source.name}' no index column (such as FatJetPFCand_jetIdx) "
            "leads to a jet; take NanoAOD v15 or PFNano, which have the jets' constituents"
        )
    return [_draft(source, jets, momenta, sequences) for jets, sequences in links.items()]


def _momenta(tree: SourceTree) -> dict[str, dict[str, str]]:
    """Return the four-momentum of every collection; the reader makes a mass of a particle's code."""
    lists = set(tree.numbers(1))
    collections = dict.fromkeys(name.partition("_")[0] for name in lists if name.endswith("_pt"))
    return {
        each: {name: f"{each}_{name}" for name in (*_NEEDED, "mass")}
        for each in collections
        if all(f"{each}_{name}" in lists for name in _NEEDED) and {f"{each}_mass", f"{each}_pdgId"} & lists
    }


def _links(tree: SourceTree, momenta: dict[str, dict[str, str]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the sequences of each collection of jets: those named after it, or else whatever leads to it."""
    named: dict[str, dict[str, dict[str, Any]]] = {}
    others: dict[str, dict[str, dict[str, Any]]] = {}
    for jets, link, target in _index_columns(tree, momenta):
        table = link["jet"].partition("_")[0]
        is_named = table.startswith(jets) or table.endswith("Prod")
        if not is_named and (table.lower().endswith(_JETS) or names.generated(jets)):
            continue
        of = named if is_named else others
        sequence = {"link": link, **momenta[target]}
        if extra := names.extras(_variables(tree, target) | _variables(tree, table)):
            sequence["extra"] = extra
        name = "constituents" if of is named else names.plural(target)
        of.setdefault(jets, {}).setdefault(name, sequence)
    return {jets: named.get(jets) or others[jets] for jets in (*named, *(each for each in others if each not in named))}


def _index_columns(tree: SourceTree, momenta: dict[str, Any]) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield for every index column that leads to jets: their collection, the link, and the constituents' collection."""
    indices = [name for name in tree.numbers(1) if name.endswith("Idx") and tree.columns[name].whole]
    for name in indices:
        table, _, what = name.removesuffix("Idx").partition("_")
        jets = _owner(table, what, momenta)
        if jets is None:
            continue
        if table in momenta:
            yield jets, {"jet": name}, table
            continue
        for other, target in _onward(table, indices, momenta):
            if target != jets:
                yield jets, {"jet": name, "constituent": other}, target


def _onward(table: str, indices: list[str], momenta: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a table's index columns that lead to a collection, such as pFCandsIdx to PFCands, and the collection."""
    for name in indices:
        beside, _, what = name.removesuffix("Idx").partition("_")
        target = next((each for each in momenta if each.lower().rstrip("s") == what.lower().rstrip("s")), None)
        if beside == table and target is not None:
            yield name, target


def _owner(table: str, what: str, momenta: dict[str, Any]) -> str | None:
    """Return the jets that a table's index leads to: FatJet for FatJetPFCand_jetIdx, Tau for TauProd_tauIdx."""
    if not what.lower().endswith(_JETS):
        return None
    begins = [each for each in momenta if table.startswith(each) and table != each]
    alike = [each for each in momenta if each.lower() == what.lower() and each != table]
    return max(begins, key=len) if begins else next(iter(alike), None)


def _draft(
    tree: SourceTree, jets: str, momenta: dict[str, dict[str, str]], sequences: dict[str, dict[str, Any]]
) -> Draft:
    own = {name: branch for name, branch in _variables(tree, jets).items() if "Idx" not in name}
    labels = names.labels(own)
    rest = {name: branch for name, branch in own.items() if branch not in {*labels, *momenta[jets].values()}}
    event = [name for name in _EVENT if name in tree.columns]
    draft = Draft(
        jets,
        f"CMS NanoAOD, {tree.rows:,} events",
        {
            "layout": "nanoaod",
            "tree": tree.name,
            "jets": jets,
            "event": event if "event" in event else names.of_rows(),
            "jet": momenta[jets],
            "sequences": sequences,
        },
        labels,
        names.scalars(rest),
        weights=roles.weights({each: each for each in tree.numbers(0)}),
    )
    if "constituents" in sequences:
        return draft
    return draft.check("sequences", "not the jet's constituents, only what points to it")


def _variables(tree: SourceTree, collection: str) -> dict[str, str]:
    """Return variable and branch of a collection's numbers."""
    return {name.removeprefix(f"{collection}_"): name for name in tree.numbers(1) if name.startswith(f"{collection}_")}
