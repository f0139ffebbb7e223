"""A first card for a file: its layout, its jet collection, and what the jets show."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import h5py

from tagwerk.cards.input_files import pattern_of
from tagwerk.cards.locate import SHIPPED
from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.card_text import to_yaml
from tagwerk.drafts.choose import choose
from tagwerk.drafts.constituent_weights import add_constituent_weights
from tagwerk.drafts.evidence import add_evidence, without_evidence
from tagwerk.drafts.first_jets import read_first_jets
from tagwerk.drafts.names import four_momenta, jet_pt_lists
from tagwerk.drafts.offers import tagger_notes, with_main_sequence, with_tagger_inputs
from tagwerk.drafts.source import Source, SourceTable, SourceTree, open_sources
from tagwerk.errors import UserError
from tagwerk.remote import RemoteError

_TITLE_LENGTH = 60  # characters of a file's name
_ROWS = 5000  # whose jets are the evidence
_TAGGERS = Path("config/taggers")


def draft_card(file: Path, jets: str | None = None, taggers: Path | None = None) -> str:
    """Return the text of a dataset card for a file, with comments.

    Args:
        file: ROOT, HDF5, Parquet or .npz.
        jets: the jet collection to use, if there are several; the best by default.
        taggers: the folder with the cards of the taggers that should run with it; `config/taggers`, or else those
            that come with Tagwerk, by default.

    Raises:
        UserError: the file cannot be read, has no known layout, or has no such jets.
    """
    if (name := str(file).encode(errors="replace").decode()) != str(file):
        raise UserError(f"{name}: its name is not UTF-8; rename it")
    with open_sources(file) as sources:
        candidates = [draft for source in sources for layout in _layouts() for draft in _candidates(layout, source)]
        if not candidates:
            raise UserError(f"{file}: {_why_no_jets(sources)}; docs/data.md lists the known layouts")
        draft = choose(candidates, file, jets)
    draft = draft.with_values(title=_title(file, draft), files=[pattern_of(file)])
    try:
        draft = with_tagger_inputs(_with_evidence(draft, file))
    except UserError as error:
        if isinstance(error, RemoteError) or any(word in str(error) for word in ("damaged", "truncated")):
            raise
        draft = without_evidence(draft, file, str(error))
    if "files" in draft.values:
        draft = draft.with_check("files", f"add the others; patterns such as data/*{file.suffix} are allowed")
    folders = (taggers or _TAGGERS, _TAGGERS, SHIPPED / "taggers")
    return to_yaml(draft, tagger_notes(draft, next(filter(Path.is_dir, folders), folders[-1])))


def _with_evidence(draft: Draft, file: Path) -> Draft:
    """Return the draft with what its first rows show, read again if constituent weights scale the momenta."""
    draft, sample = with_main_sequence(draft, read_first_jets(file, draft, _ROWS))
    weighted = add_constituent_weights(draft, sample)
    sample = read_first_jets(file, weighted, _ROWS) if weighted.values != draft.values else sample
    return add_evidence(weighted, sample, file)


def _title(file: Path, draft: Draft) -> str:
    """Return the names of file and collection, short and printable, without formulas of figures or spreadsheets."""
    stem = "".join(character if character.isprintable() else " " for character in file.stem)
    stem = stem.lstrip("=+-@ ")[:_TITLE_LENGTH] or "jets"
    return f"{stem}: {draft.name.strip('/') or 'jets'}".replace("$", r"\$")


def _layouts() -> list[str]:
    """Return the layouts that can be recognised: the modules in the folder."""
    return sorted(path.stem for path in (Path(__file__).parent / "layouts").glob("*.py") if path.stem != "__init__")


def _candidates(layout: str, source: Source) -> list[Draft]:
    drafts: list[Draft] = import_module(f"tagwerk.drafts.layouts.{layout}").candidates(source)
    return drafts


def _why_no_jets(sources: Sequence[Source]) -> str:
    """Return why a file has no known layout, with some of its contents."""
    source = sources[0]
    if isinstance(source, SourceTree) and (first := _first_event_list(source)):
        return f"rows of its tree '{source.name}' seem to be events, with lists such as {first}, but no links to jets"
    if isinstance(source, SourceTree):
        contents, kind = _typed(source), f"branches of tree '{source.name}'"
    elif isinstance(source, SourceTable):
        contents, kind = _typed(source), "Parquet columns"
    elif isinstance(source, h5py.File):
        contents, kind = _datasets(source), "HDF5 datasets"
    else:
        contents, kind = list(source.arrays), "NumPy arrays"
    more = f" and {len(contents) - 4} more" if len(contents) > 4 else ""
    return f"no jets with constituents were found in the {kind}: {', '.join(contents[:4]) or 'none'}{more}"


def _first_event_list(tree: SourceTree) -> str | None:
    """Return a list that suggests that rows are events: of jets, or of anything with momenta."""
    lists = tree.numeric(1)
    momenta = [branch for form in four_momenta(lists).values() for branch in form.values()]
    return next(iter([*jet_pt_lists(lists), *momenta]), None)


def _typed(source: SourceTree | SourceTable) -> list[str]:
    return [f"{name} ({column.type})" for name, column in source.columns.items()]


def _datasets(source: h5py.File) -> list[str]:
    datasets: list[str] = []
    source.visititems(lambda name, each: datasets.append(f"{name} {each.shape}") if hasattr(each, "shape") else None)
    return datasets
