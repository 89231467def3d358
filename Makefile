# Everything is done in the virtual environment .venv, made on first use.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
SOURCES := bpf_lint action tests tools benchmarks
EXAMPLE := examples/minidp/bpf
BENCHMARK_TREE ?= $(EXAMPLE)

.DEFAULT_GOAL := help
.PHONY: help demo test test-long fuzz farm mutants check format format-check lint types hooks layers docs docs-check \
        wheel-check image-check pythons \
        site site-check sarif-check package-check release benchmark clean

help: ## Print the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-installed: $(VENV)/pyvenv.cfg pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev-installed: $(VENV)/pyvenv.cfg pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.run-installed

include tests/kernel/Makefile.inc

demo: $(VENV)/.run-installed ## Install, and find the bugs of the example datapath
	@$(BIN)/bpf-lint $(EXAMPLE); code=$$?; echo; \
	if [ $$code -eq 1 ]; then \
	    echo "bpf-lint ended with exit code 1: it has findings, as it should have here."; \
	    echo "examples/minidp/README.md says what they are about."; \
	else \
	    echo "bpf-lint ended with exit code $$code, expected was 1."; exit 1; \
	fi

test: $(VENV)/.dev-installed ## Run the tests
	@$(BIN)/python -m pytest

test-long: $(VENV)/.dev-installed ## Hold 5,000 random programs, and 300 random edits, against the analysis
	BPF_LINT_PROGRAMS=5000 $(BIN)/python -m pytest tests/dataflow/test_soundness.py
	BPF_LINT_EDITS=300 $(BIN)/python -m pytest tests/pipeline/test_edits.py

INPUTS ?= 2000

fuzz: $(VENV)/.dev-installed ## Try INPUTS inputs of each kind: code, configurations, options, flags, formats, damage
	BPF_LINT_FUZZ=$(INPUTS) $(BIN)/python -m pytest tests/fuzz

BASE ?=

farm: $(VENV)/.dev-installed ## Sweep the farm of trees; BASE=main says what changes since then
	$(BIN)/python tools/farm.py $(if $(BASE),--base $(BASE))

SAMPLE ?= 0
SEED ?= 0

mutants: $(VENV)/.dev-installed ## Mutate the dataflow, and see what its tests notice; SAMPLE=60 takes some
	$(BIN)/python tools/mutants.py --sample $(SAMPLE) --seed $(SEED)

# The tests come last: their summary ends the output.
check: format-check lint types layers docs-check site-check sarif-check package-check wheel-check image-check kernels test ## Run all of CI

format: $(VENV)/.dev-installed ## Format the Python code
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix --select I $(SOURCES)

format-check: $(VENV)/.dev-installed
	$(BIN)/ruff format --check $(SOURCES)

lint: $(VENV)/.dev-installed ## Run ruff, and check that files and functions stay short
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/python tools/sizes.py $(SOURCES)

types: $(VENV)/.dev-installed ## Run mypy
	$(BIN)/mypy

hooks: $(VENV)/.dev-installed ## Run quick checks before each commit in this clone
	$(BIN)/pre-commit install

layers: $(VENV)/.dev-installed ## Check which package may import which
	$(BIN)/lint-imports

docs: $(VENV)/.dev-installed ## Generate the rules' pages and the JSON schemas
	$(BIN)/python tools/generate.py

docs-check: $(VENV)/.dev-installed
	$(BIN)/python tools/generate.py --check

site: $(VENV)/.dev-installed ## Build the documentation site into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

site-check: $(VENV)/.dev-installed
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --site-dir "$$(mktemp -d)"/site

wheel-check: $(VENV)/.dev-installed ## Build the wheel and use it in an empty environment
	tools/check-wheel $(BIN)/python

image-check: $(VENV)/.run-installed ## Build the container image and use it, where podman or docker works
	tools/check-image $(BIN)/python

pythons: ## Run the tests with each supported Python that is installed; needs tox
	tox run --skip-missing-interpreters true

sarif-check: $(VENV)/.dev-installed ## Let Microsoft's validator look at a SARIF report
	@$(BIN)/python tools/check_sarif.py

package-check: $(VENV)/.dev-installed ## Build sdist and wheel, and check what they say of themselves
	@rm -rf build/dist && $(BIN)/python -m build --no-isolation --outdir build/dist . >/dev/null
	$(BIN)/python -m twine check --strict build/dist/*

release: $(VENV)/.dev-installed ## Check, date the changelog, tag and build VERSION; pushes nothing
	@tools/release "$(VERSION)"

benchmark: $(VENV)/.run-installed ## Compare with clang; BENCHMARK_TREE names another tree
	$(BIN)/python benchmarks/compare.py $(BENCHMARK_TREE)

clean: ## Remove everything that was made
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
