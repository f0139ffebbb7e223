"""The archive of a study as a ZIP file; the same study gives the same bytes."""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tagwerk.cards.publication import Publication
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.comparison_schema import comparison_schema
from tagwerk.publication.archive_contents import Contents
from tagwerk.publication.archive_texts import archive_texts
from tagwerk.publication.crate import crate_metadata

METADATA, SUMS = "ro-crate-metadata.json", "SHA256SUMS"
_BLOCK = 1 << 20  # bytes


def write_archive(path: Path, contents: Contents, comparison: Comparison, publication: Publication) -> None:
    """Write the archive of a study.

    Args:
        path: to write.
        contents: of the archive.
        comparison: of the study.
        publication: its authors and licence.
    """
    texts = {
        **contents.cards,
        "config/config.yaml": f"study: {json.dumps(contents.folder.name)}\n",
        "comparison_schema.json": json.dumps(comparison_schema(), indent=1, ensure_ascii=False) + "\n",
        **archive_texts(contents, comparison, publication),
    }
    files = {name: file for name, file in contents.files.items() if name not in texts}
    metadata = crate_metadata(contents, sorted([*files, *texts, SUMS]), comparison, publication)
    texts[METADATA] = json.dumps(metadata, indent=1, ensure_ascii=False) + "\n"
    with ZipFile(path, "w") as archive:
        sums = []
        for name in sorted([*files, *texts]):
            with BytesIO(texts[name].encode()) if name in texts else files[name].open("rb") as content:
                sums.append(f"{_add(archive, name, content)}  {name}\n")
        _add(archive, SUMS, BytesIO("".join(sums).encode()))


def _add(archive: ZipFile, name: str, content: BinaryIO) -> str:
    """Add a file, without its time; return its SHA-256."""
    info, digest = ZipInfo(name), hashlib.sha256()
    info.compress_type, info.external_attr = ZIP_DEFLATED, 0o644 << 16
    with archive.open(info, "w", force_zip64=True) as target:
        while block := content.read(_BLOCK):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()
