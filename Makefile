# Thin: what is worth reading is in app/ and tests/. `make help` lists the targets.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
# Compiled once here, else every start compiles again where PYTHONDONTWRITEBYTECODE is set.
export UV_COMPILE_BYTECODE := 1
export VIRTUAL_ENV := $(CURDIR)/.venv
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# pytest's, for running a part: make test ONLY=tests/unit
ONLY :=
POLISH := app/translations/pl/LC_MESSAGES/messages.po

.PHONY: help install run demo test lint kills bench audit lock migration translations packages clean

help: ## List these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name what; do printf '  make %-14s%s\n' "$$name" "$$what"; done

install: .venv/installed $(POLISH:.po=.mo) ## Make the environment (.venv) from the lock file

run: install ## Run everything on this machine and print the link to open
	@$(BIN)/skrzynka run

demo: .venv/installed-dev $(POLISH:.po=.mo) ## Run with a throw-away mailbox to try things on
	@$(BIN)/python -m tests.demo

# Bytecode is kept, else each process that the tests start compiles again what has changed since the installation.
test: packages .venv/installed-dev $(POLISH:.po=.mo) lint ## Run all checks and tests (as root on Debian, installs what they need)
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 $(ONLY)

lint: .venv/installed-dev ## Check style, types, layers and templates
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint templates --lint --quiet

kills: .venv/installed-dev ## Kill a worker 200 times while it sends, and while it fetches
	SKRZYNKA_KILLS=200 $(BIN)/python -m pytest tests/integration/sending/test_killed.py tests/integration/fetching/test_killed.py

bench: .venv/installed-dev ## Measure, and print the table that stands in the README
	$(BIN)/python -m tests.bench

audit: .venv/installed-dev ## Ask PyPI whether a locked package is known to be vulnerable
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.lock

lock: .venv/installed-dev ## Choose the newest packages and write the lock files
	$(BIN)/uv pip compile $(COMPILE) --upgrade --extra install -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile $(COMPILE) --upgrade --extra install --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

# No addresses and no local folders: the lock must hold on every machine.
COMPILE := --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

migration: .venv/installed-dev ## Write a migration for what changed in app/models (m="What it does")
	$(BIN)/alembic revision --autogenerate -m "$(m)" --rev-id $$(printf %04d $$(($$(ls migrations/versions/*.py | wc -l) + 1)))

translations: .venv/installed-dev ## Bring the Polish file up to date with the texts in the code
	@mkdir -p build
	$(BIN)/pybabel --quiet extract -F pyproject.toml -k _l --sort-output --no-location -o build/messages.pot .
	$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --width 120 -l pl -i build/messages.pot -o $(POLISH)

%.mo: %.po | .venv/installed
	@$(BIN)/pybabel --quiet compile -i $< -o $@

packages: # What the tests need from Debian
	@.ci/packages

clean: ## Remove the environment and the caches, not the data in var
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/installed: requirements.lock pyproject.toml
	@.ci/install requirements.lock
	@touch $@

.venv/installed-dev: requirements-dev.lock pyproject.toml
	@.ci/install requirements-dev.lock
	@touch .venv/installed $@
