"""What the Snakemake rules know of cards and code: fingerprints that decide which jobs run again."""
