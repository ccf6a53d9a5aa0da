# make run · make test · make check. A bare machine needs Python 3.11 with venv, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
POSTGRES_URL ?= postgres://postgres@127.0.0.1:5432/postgres
WORKERS ?= 2
# uv installs four times as fast; where it cannot be had, pip does the same from the same hashes.
INSTALL = { [ -x $(BIN)/uv ] && VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r $(1); } \
	|| $(BIN)/pip install --quiet --require-hashes -r $(1)

.PHONY: run test test-postgres check bench lock format install install-dev prepare

run: prepare
	@exec $(BIN)/python manage.py up

# Everything between a clone and a running site. Each step does nothing when it was done before.
prepare: install
	@$(BIN)/python manage.py prepare

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet uv || echo "uv cannot be had; pip will install (slower)"

$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "Installing …"
	@$(call INSTALL,requirements.txt)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@$(call INSTALL,requirements-dev.txt)
	@touch $@

test: install-dev
	$(BIN)/pytest -n $(WORKERS) --dist worksteal
	@$(MAKE) --no-print-directory test-postgres

# The rooms whose promises rest on the database, again on PostgreSQL. In CI its absence is a failure.
test-postgres: install-dev
	@if $(BIN)/python -c "import psycopg; psycopg.connect('$(POSTGRES_URL)', connect_timeout=3).close()" 2>/dev/null; \
	then DATABASE_URL=$(POSTGRES_URL) $(BIN)/pytest -n $(WORKERS) --dist worksteal -m postgres; \
	elif [ -n "$$CI" ]; then echo "PostgreSQL cannot be reached at $(POSTGRES_URL)"; exit 1; \
	else echo "PostgreSQL tests skipped: nothing answers at $(POSTGRES_URL)"; fi

check: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	@$(BIN)/python manage.py check --fail-level WARNING
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py messages --check
	@$(BIN)/python manage.py audit
	$(BIN)/pytest -q tests/test_architecture.py

# PostgreSQL's figures are measured in scratch databases at POSTGRES_URL, made and dropped by the run.
bench: install
	@POSTGRES_URL=$(POSTGRES_URL) $(BIN)/python manage.py bench $(ONLY)

format: install-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Compile the pinned requirements; no index address enters them.
LOCK = $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate
lock: | $(BIN)/python
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt -c requirements.txt
