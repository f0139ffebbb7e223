"""Parquet files with one row per jet, its constituents in columns of lists."""

from dataclasses import replace

from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.layouts import jets
from tagwerk.drafts.source import Source, SourceTable


def candidates(source: Source) -> list[Draft]:
    """Return a draft for every four-momentum of a row that has lists beside it; or one for the sum of a list."""
    if not isinstance(source, SourceTable):
        return []
    drafts = [each.having(layout="parquet", tree=None) for each in jets.drafts_of(source)]
    return [replace(each, what=f"Parquet with one row per jet, {source.rows:,} of them") for each in drafts]
