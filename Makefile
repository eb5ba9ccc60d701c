# Two commands do everything: `make demo` and `make test`. The rest is below.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-compile

.DEFAULT_GOAL := help
.PHONY: help demo ui test check format bench lock clean

help: ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.installed ## Run the samples through all nine stages, then search them
	$(BIN)/ocr-assets run samples --home $(DEMO)
	$(BIN)/ocr-assets search "Which expenses are not covered by the fitness program?" -k 2 --home $(DEMO)

ui: $(VENV)/.installed-ui ## Dagster's webserver and daemon on the demo's data
	$(BIN)/ocr-assets ui --home $(DEMO)

test: $(VENV)/.installed-dev ## The whole suite
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile

check: $(VENV)/.installed-dev ## Format, lint, types, import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## Format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-dev ## The measurements of the README, written into it; EVAL=folder of the evaluation set
	$(BIN)/python -m bench --readme $(if $(EVAL),--eval $(EVAL))

COMPILE := uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet

lock: ## Resolve pyproject.toml anew into the three lock files (needs uv)
	$(COMPILE) --upgrade -o requirements.lock
	$(COMPILE) --extra ui --constraint requirements.lock -o requirements-ui.lock
	$(COMPILE) --group dev --constraint requirements-ui.lock -o requirements-dev.lock

clean: ## Remove what the commands above made
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.created:
	$(PYTHON) -c 'import sys; v = sys.version_info; ok = (3, 11) <= v < (3, 14); \
		sys.exit(None if ok else f"Python 3.11 to 3.13 is needed, {v[0]}.{v[1]} was found; try make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: requirements.lock pyproject.toml $(VENV)/.created
	@echo "installing into $(VENV), some minutes the first time"
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-ui: requirements-ui.lock $(VENV)/.installed
	$(PIP) --require-hashes -r requirements-ui.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
