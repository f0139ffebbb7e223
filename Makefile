# `make demo` and `make test` set up all they need in .venv and run; so does every other target here.

PYTHON ?= python3.11
BIN := .venv/bin
CORES ?= all
WORKERS ?= auto
# connection-pool, pure Python and wanted by Snakemake, has no wheel; everything else is installed as one.
WHEELS := --only-binary :all: --no-binary connection-pool
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test quick check format lock setup clean

demo: setup ## The main job: simulate, train, compare; ends in the report's path
	snakemake --cores $(CORES)
	@echo "The report: results/studies/demo/report.html"

test: setup check ## All tests and style checks
	pytest -n $(WORKERS) --dist loadfile

quick: setup ## The tests that take seconds
	pytest -m "not slow"

check: setup ## Style, types and the workflow's own lint
	ruff check .
	ruff format --check .
	mypy
	snakefmt --check workflow
	snakemake --lint

format: setup ## Bring the code into its form
	ruff check --fix .
	ruff format .
	snakefmt workflow

setup: .venv/ready

# Made anew whenever the lock file changes; `ready` comes last, so that half an environment is never taken for one.
.venv/ready: requirements.lock pyproject.toml
	@echo "Setting up .venv: two to four minutes, once"
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(WHEELS) --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

lock: setup ## Resolve pyproject.toml anew into requirements.lock and environment.yml
	uv pip compile pyproject.toml --quiet --upgrade --extra dev --python-version 3.11 $(WHEELS) \
		--generate-hashes --no-annotate --no-emit-index-url --custom-compile-command "make lock" -o requirements.lock
	$(MAKE) environment.yml

environment.yml: requirements.lock
	{ printf '# Made by `make lock` of requirements.lock: the same set for conda and mamba.\n'; \
	printf 'name: tagwerk\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n'; \
	sed -nE 's/^([A-Za-z0-9._-]+==[^ ]+).*/      - \1/p' requirements.lock; } > $@

clean: ## Remove the environment; results stay
	rm -rf .venv
