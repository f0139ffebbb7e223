# Every target first installs what it needs in .venv.

PYTHON ?= python3.11
BIN := .venv/bin
CORES ?= all
WORKERS ?= auto
PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# Snakemake's dependency connection-pool, pure Python, has no wheel; everything else is installed from wheels.
WHEELS := --only-binary :all: --no-binary connection-pool
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo docs linkcheck test test-long test-slurm test-htcondor quick soak check format lock setup clean

demo: setup ## Simulate, train, compare; prints the path of the report
	snakemake --cores $(CORES)
	@echo "The report: results/studies/demo/report.html"

test: setup check ## Style checks, the tests with the injected faults, and which lines no test runs
	python -m slipcover -m pytest $(PARALLEL) -m "not long and not slurm"

test-long: setup ## The tests that run whole studies: odd names, remote files, a search, 5,000 files, JAX
	pytest $(PARALLEL) -m long

test-slurm: setup ## The small study on a Slurm cluster that the test starts: needs root, slurm-wlm and munge
	pytest -m slurm -rs tests/slurm

# HTCondor's bindings stay out of .venv: without a configuration of HTCondor, they warn at each start of Snakemake.
test-htcondor: setup ## The profiles for HTCondor, with its bindings from PyPI
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-deps --upgrade \
		--require-hashes --target .venv/htcondor -r tests/htcondor/requirements.lock
	PYTHONPATH=$(CURDIR)/.venv/htcondor pytest -rs tests/htcondor

docs: setup ## The site in build/docs/index.html: no warnings, no network
	sphinx-build --quiet --nitpicky --fail-on-warning --keep-going -c docs/site docs build/docs
	@echo "The site: build/docs/index.html"

linkcheck: setup ## Links of the site to other sites, which needs a network
	sphinx-build --quiet -b linkcheck -c docs/site docs build/linkcheck

quick: setup ## Only the tests that take seconds
	pytest -m "not slow and not long"

soak: setup ## Rounds of random kills over a small study, which must end with an undisturbed run's bytes: an hour
	python tests/faults/soak.py --rounds $(or $(ROUNDS),30)

check: setup ## Style, types and Snakemake's lint
	ruff check .
	ruff format --check .
	mypy
	mypy --config-file= --ignore-missing-imports benchmarks docs/figures docs/site
	snakefmt --check workflow src/tagwerk/projects/template
	snakemake --lint

format: setup ## Format the code
	ruff check --fix .
	ruff format .
	snakefmt workflow src/tagwerk/projects/template

setup: .venv/ready

# Recreated whenever the lock file changes; `ready` is written last, so an incomplete environment is never used.
.venv/ready: requirements.lock pyproject.toml
	@echo "Setting up .venv: two to four minutes, once"
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(WHEELS) --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

lock: setup ## Resolve pyproject.toml again into requirements.lock and environment.yml
	uv pip compile pyproject.toml --quiet --upgrade --extra dev --universal --python-version 3.11 $(WHEELS) \
		--generate-hashes --no-annotate --no-emit-index-url --custom-compile-command "make lock" -o requirements.lock
	printf 'snakemake-executor-plugin-htcondor>=0.3\nhtcondor>=24.5.1,<25\n' | uv pip compile - --quiet --upgrade --no-deps \
		--universal --python-version 3.11 --only-binary :all: --generate-hashes --no-annotate --no-emit-index-url \
		--custom-compile-command "make lock" -o tests/htcondor/requirements.lock
	$(MAKE) environment.yml

environment.yml: requirements.lock
	{ printf '# Made by `make lock` of requirements.lock: the same set for conda and mamba.\n'; \
	printf 'name: tagwerk\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n'; \
	sed -nE "/sys_platform == 'win32'/!s/^([A-Za-z0-9._-]+==[^ ]+).*/      - \1/p" requirements.lock; } > $@

clean: ## Remove the environment; keep the results
	rm -rf .venv
