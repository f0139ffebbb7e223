"""A first card for a file: which layout it has, which jets, and what they tell."""

from collections.abc import Sequence
from glob import escape
from importlib import import_module
from pathlib import Path

import h5py

from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.card_text import text_of
from tagwerk.drafts.choose import choose
from tagwerk.drafts.constituent_weights import add_weights
from tagwerk.drafts.evidence import complete, without
from tagwerk.drafts.first_jets import sample
from tagwerk.drafts.names import listed_jets, momenta
from tagwerk.drafts.offers import fits, offered, with_main
from tagwerk.drafts.source import Source, SourceTable, SourceTree, sources
from tagwerk.errors import UserError

_ROWS = 5000  # rows whose jets are the evidence


def draft_of(file: Path, jets: str | None = None, taggers: Path = Path("config/taggers")) -> str:
    """Return the text of a dataset card for a file, with comments.

    Args:
        file: ROOT, HDF5, Parquet or .npz.
        jets: the collection of jets to take, where there are several; the best by default.
        taggers: the folder of the cards of taggers that are to run with it.

    Raises:
        UserError: the file cannot be read, is of no known layout, or has no such jets.
    """
    if (name := str(file).encode(errors="replace").decode()) != str(file):
        raise UserError(f"{name}: its name is no UTF-8; rename it")
    with sources(file) as found:
        candidates = [each for source in found for name in _layouts() for each in _candidates(name, source)]
        if not candidates:
            raise UserError(f"{file}: {_unknown(found)}; docs/data.md says which layouts there are")
        draft = choose(candidates, file, jets)
    draft = draft.having(title=_title(file, draft), files=[escape(str(file))])
    try:
        draft = offered(_completed(draft, file))
    except UserError as mistake:
        if any(said in str(mistake) for said in ("damaged", "truncated")):
            raise
        draft = without(draft, file, str(mistake))
    if "files" in draft.values:
        draft = draft.check("files", f"add the others; patterns such as data/*{file.suffix} may stand here")
    return text_of(draft, fits(draft, taggers))


def _completed(draft: Draft, file: Path) -> Draft:
    """Return the draft with what its first rows tell, read once more where a weight scales what they hold."""
    draft, found = with_main(draft, sample(file, draft, _ROWS))
    weighted = add_weights(draft, found)
    found = sample(file, weighted, _ROWS) if weighted.values != draft.values else found
    return complete(weighted, found, file)


def _title(file: Path, draft: Draft) -> str:
    """Return the names of file and collection, in which figures are to find no formula."""
    return f"{file.stem}: {draft.name.strip('/') or 'jets'}".replace("$", r"\$")


def _layouts() -> list[str]:
    """Return the layouts that can be recognised: the modules of the folder."""
    return sorted(path.stem for path in (Path(__file__).parent / "layouts").glob("*.py") if path.stem != "__init__")


def _candidates(layout: str, source: Source) -> list[Draft]:
    drafts: list[Draft] = import_module(f"tagwerk.drafts.layouts.{layout}").candidates(source)
    return drafts


def _unknown(found: Sequence[Source]) -> str:
    """Say what is in a file of no known layout."""
    source = found[0]
    if isinstance(source, SourceTree) and (first := _listed(source)):
        return f"rows of its tree '{source.name}' seem to be events, with lists such as {first}, but no links to jets"
    if isinstance(source, SourceTree):
        held, what = [f"{name} ({each.type})" for name, each in source.columns.items()], f"tree '{source.name}' with"
    elif isinstance(source, SourceTable):
        held, what = [f"{name} ({each.type})" for name, each in source.columns.items()], "Parquet with"
    elif isinstance(source, h5py.File):
        held, what = _datasets(source), "HDF5 with"
    else:
        held, what = list(source.arrays), "arrays"
    more = f" and {len(held) - 4} more" if len(held) > 4 else ""
    return f"no jets with constituents were found in its {what} {', '.join(held[:4]) or 'nothing'}{more}"


def _listed(tree: SourceTree) -> str | None:
    """Return a list by which a row seems to be an event: of jets, or of whatever has momenta."""
    lists = tree.numbers(1)
    found = [*listed_jets(lists), *(branch for form in momenta(lists).values() for branch in form.values())]
    return next(iter(found), None)


def _datasets(source: h5py.File) -> list[str]:
    held: list[str] = []
    source.visititems(lambda name, each: held.append(f"{name} {each.shape}") if hasattr(each, "shape") else None)
    return held
