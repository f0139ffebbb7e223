"""Write the lists of the rule `list_parts`, one path per line; Snakemake defines `snakemake`."""

from pathlib import Path

for name, file in snakemake.output.items():  # noqa: F821
    Path(file).write_text("".join(f"{path}\n" for path in snakemake.params[name]), encoding="utf-8")  # noqa: F821
