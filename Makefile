# Two commands on a fresh machine with Python >= 3.11: `make demo`, `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# more than there are processors: many tests wait for a process or a timer
WORKERS = $(shell $(PYTHON) -c 'import os; print(min(5, 3 * (os.cpu_count() or 1)))')

.PHONY: demo test check lint lock install clean

demo: $(VENV)/.runtime   ## play a season of 26 units and serve it on 127.0.0.1:8000
	@$(BIN)/tongping demo

test: $(VENV)/.dev       ## every test, on SQLite and on a real PostgreSQL
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal

install: $(VENV)/.runtime ## the program in $(VENV), and nothing else

lint: $(VENV)/.dev       ## style, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

check: lint test         ## what must hold before a change is shown

lock:                    ## re-resolve the pinned dependencies (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "正在安装依赖 / installing the dependencies …"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info
