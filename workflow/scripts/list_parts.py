"""Write the lists of rule `list_parts`, one path per line."""

from pathlib import Path

from snakemake.script import snakemake

for name, file in snakemake.output.items():
    Path(file).write_text("".join(f"{path}\n" for path in snakemake.params[name]), encoding="utf-8")
