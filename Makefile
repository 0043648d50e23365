# make demo    set up, load data, run every export into ./exports/, serve the console (on NAVETTE_DEMO_BIND)
# make test    set up, then lint, types, import contracts and all tests
# make test-console    of these, the tests of the console in a real browser
# make check   the quick part of the tests
# make bench   the measured targets, printed and written to benchmarks/results.md
# make docs    write the generated pages of docs/ anew

PYTHON ?= python3
BIN := .venv/bin
# A file of real conversations to load instead of the demo domain, as in: make demo CONVERSATIONS=FILE
CONVERSATIONS ?=
# About how many messages the demo domain has.
MESSAGES ?= 20000
BROWSER := tests/acceptance/test_console*.py

.PHONY: demo test test-console check bench docs lint system-packages

demo: .venv/.runtime
	@BIN=$(BIN) CONVERSATIONS="$(CONVERSATIONS)" MESSAGES="$(MESSAGES)" sh scripts/demo.sh

# The same examples every time; make check looks for new ones.
test: .venv/.dev system-packages lint
	$(BIN)/pytest -n 2 --dist worksteal --hypothesis-profile ci $(BROWSER:%=--ignore-glob=%)
	$(MAKE) --no-print-directory test-console

# One installation and one browser serve the tests of a file.
test-console: .venv/.dev system-packages
	$(BIN)/pytest -n 2 --dist loadfile $(BROWSER)

check: .venv/.dev lint
	$(BIN)/pytest -n 2 --dist worksteal tests/unit tests/contract

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.dev
	UV_PROJECT_ENVIRONMENT=var/bench/venv $(BIN)/uv sync --quiet --frozen --group bench
	$(BIN)/python -m benchmarks

docs: .venv/.dev
	$(BIN)/python -m docs.generate

# What the tests use beyond Python: installed where we are root, else those tests are skipped and say so.
system-packages:
	@sh scripts/system_packages.sh

.venv/.runtime: pyproject.toml uv.lock
	@sh scripts/set_up.sh $(PYTHON) --no-dev
	@touch $@

.venv/.dev: pyproject.toml uv.lock
	@sh scripts/set_up.sh $(PYTHON)
	@touch $@ .venv/.runtime
