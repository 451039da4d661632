# What people type: `make run` to see the program, `make test` before a commit. PORT=… chooses the port.
PYTHON ?= python3
PORT ?= 8017
export PORT

VENV := .venv
BIN := $(VENV)/bin
SOURCE_PO := $(wildcard fund/translations/*/LC_MESSAGES/messages.po)
CATALOGUES := $(SOURCE_PO:.po=.mo)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --no-annotate pyproject.toml

.PHONY: run test bench lock catalogue audit

run: $(VENV)/.base $(CATALOGUES)
	$(BIN)/fund run --demo

test: $(VENV)/.dev $(CATALOGUES)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2

bench: $(VENV)/.dev $(CATALOGUES)
	$(BIN)/python -m tests.bench

# Adds what pyproject.toml asks for and keeps the other versions; remove a file first to renew all of them.
lock: $(VENV)/.dev
	$(LOCK) --output-file requirements/base.txt
	$(LOCK) --extra dev --constraint requirements/base.txt --output-file requirements/dev.txt

catalogue: $(VENV)/.base
	mkdir -p build
	$(BIN)/pybabel extract --mapping-file babel.cfg --keyword lazy_gettext --keyword _l \
		--keyword lazy_pgettext:1c,2 --no-location --output-file build/messages.pot .
	$(BIN)/pybabel update --no-fuzzy-matching --ignore-obsolete --input-file build/messages.pot --output-dir fund/translations
	$(BIN)/pybabel compile --directory fund/translations

audit: $(VENV)/.dev
	$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements/base.txt

%.mo: %.po $(VENV)/.base
	$(BIN)/pybabel compile --input-file $< --output-file $@

# The stamps: a second `make run` finds them newer than the locks and asks pip nothing. The project itself is
# installed with the locked setuptools instead of one that pip would fetch for the occasion.
$(VENV)/.base: requirements/base.txt pyproject.toml | $(VENV)/.made
	$(PIP) install --require-hashes --requirement requirements/base.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	$(PIP) install --require-hashes --requirement requirements/dev.txt
	touch $@

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Python 3.11 or newer is needed. Install it, or name it: make run PYTHON=/path/to/python3.12' >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'This Python lacks the module venv. On Debian or Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 13))' || command -v cc >/dev/null || { \
		echo 'From Python 3.13 on, Redis is compiled at installation and a C compiler is needed. On Debian or' \
			'Ubuntu: apt-get install gcc libc6-dev. Or use Python 3.12: make run PYTHON=python3.12' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	touch $@
