"""Parquet files with one row per jet, its constituents in columns of lists."""

from dataclasses import replace

from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.layouts import jets
from tagwerk.drafts.source import Source, SourceTable


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every per-row four-momentum next to lists; or one for the sum of a list."""
    if not isinstance(source, SourceTable):
        return []
    drafts = [draft.with_values(layout="parquet", tree=None) for draft in jets.drafts_of(source)]
    return [replace(draft, description=f"Parquet with one row per jet, {source.rows:,} jets") for draft in drafts]
