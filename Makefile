# make demo    set up, load data, run every export into ./exports/, start the console (on NAVETTE_DEMO_BIND)
# make test    set up, then lint, types, import contracts and all tests
# make test-console    only the tests of the console in a real browser
# make check   set up, then lint, types, import contracts and the quick tests
# make bench   measure the targets, print them and write them to benchmarks/results.md
# make docs    write the generated pages of docs/ and the compiled French

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

# Property tests use the same examples every time; make check looks for new ones.
test: .venv/.dev system-packages lint
	$(BIN)/pytest -n 2 --dist worksteal --hypothesis-profile ci $(BROWSER:%=--ignore-glob=%)
	$(MAKE) --no-print-directory test-console

# All tests of a file share one installation and one browser.
test-console: .venv/.dev system-packages
	$(BIN)/pytest -n 2 --dist loadfile $(BROWSER)

check: .venv/.dev lint
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow" tests/unit tests/contract

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

# Programs that the tests need besides Python: installed for root; otherwise those tests are skipped and say so.
system-packages:
	@sh scripts/system_packages.sh

.venv/.runtime: pyproject.toml uv.lock
	@sh scripts/set_up.sh $(PYTHON) --no-dev
	@touch $@

.venv/.dev: pyproject.toml uv.lock
	@sh scripts/set_up.sh $(PYTHON)
	@touch $@ .venv/.runtime
