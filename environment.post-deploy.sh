# Snakemake runs this once in the environment that it makes of environment.yml (`--sdm conda`), in the project's folder:
# the environment gets Tagwerk itself, so that jobs run in it and not in the environment of Snakemake.
python -m pip install --no-deps --no-build-isolation .
