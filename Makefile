# `make demo` and `make test` set up all they need in .venv, and do nothing twice.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-slow test-exhaustive lint bench bench-filters bench-panes bench-readers screenshots clean

# Two stamps, so that the demo does not wait for the test tools.
$(VENV)/.run: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/.run
	@$(BIN)/logsleuth demo

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Tests start many processes: none of them compiles again what another has compiled.
TEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest
test: lint
	$(TEST)

test-slow: $(VENV)/.dev
	$(TEST) -m slow

test-exhaustive: $(VENV)/.dev
	$(TEST) -m exhaustive

# ROWS=30000000 for a month of a large university; SCRATCH needs about 520 bytes for each request;
# EACH question is asked for so many seconds.
ROWS ?= 1000000 10000000
SCRATCH ?= /tmp/logsleuth-bench
EACH ?= 2
BENCH := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python tests/benchmarks/run.py
bench: $(VENV)/.dev
	$(BENCH) --rows $(ROWS) --scratch $(SCRATCH) --seconds $(EACH)

bench-filters: $(VENV)/.dev
	$(BIN)/python tests/benchmarks/filters.py

bench-panes: $(VENV)/.dev
	$(BIN)/python tests/benchmarks/panes.py

bench-terminal: $(VENV)/.dev
	PYTHONPATH=tests $(BIN)/python tests/benchmarks/terminal.py

bench-readers: $(VENV)/.dev
	PYTHONPATH=tests $(BIN)/python tests/benchmarks/readers_waiting.py

screenshots: $(VENV)/.run
	$(BIN)/python -m logsleuth.tui.screenshots screenshots

clean:
	rm -rf $(VENV)
