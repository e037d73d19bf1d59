# Chizheng: two commands from bare Python + pip + make.
#   make demo    install, build a small province, run the main job, serve the site   (SERVE=0 builds and exits)
#   make test    install, run every test

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV   := .venv
BIN    := $(VENV)/bin
SERVE  ?= 1
PORT   ?= 8258

# No ensurepip (Debian splits it off) and no clash with PEP 668: the host's pip installs into the venv.
PIP     := $(PYTHON) -m pip --python $(VENV) --disable-pip-version-check --no-input
INSTALL := $(PIP) install --quiet --require-hashes --only-binary :all: --no-deps --no-compile --root-user-action ignore

# Byte code is written on first import; an inherited "don't" would make every start compile anew.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONUNBUFFERED := 1

.PHONY: demo test check serve bench messages lock clean-demo clean help
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile; echo "also: check serve bench messages lock clean-demo clean"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Chizheng needs Python 3.11 or later; set PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/run.stamp: requirements/run.lock pyproject.toml | $(BIN)/python
	@echo "installing $$(grep -c '^[a-z]' requirements/run.lock) packages (about 650 MB unpacked; a minute or so)"
	@$(INSTALL) -r requirements/run.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --root-user-action ignore -e .
	@touch $@

$(VENV)/messages.stamp: $(wildcard src/chizheng/*/locale/*/LC_MESSAGES/django.po) tools/messages.py $(VENV)/run.stamp
	@$(BIN)/python tools/messages.py compile
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock $(VENV)/run.stamp
	@echo "installing the tools for tests"
	@$(INSTALL) -r requirements/dev.lock
	@touch $@

# Spark is for what outgrows one machine; its tests run where Java is. It comes as a source package.
$(VENV)/spark.stamp: requirements/spark.lock $(VENV)/run.stamp
	@if command -v java >/dev/null 2>&1; then echo "installing Spark (Java found)"; \
	  $(PIP) install --quiet --require-hashes --no-deps --no-compile --no-build-isolation --root-user-action ignore -r requirements/spark.lock \
	  || echo "Spark could not be installed; its tests will say so and be skipped"; \
	else echo "no Java here: the Spark tests will say so and be skipped"; fi
	@touch $@

demo: $(VENV)/run.stamp $(VENV)/messages.stamp
	@$(BIN)/python tools/browser_libraries.py
	@$(BIN)/chizheng demo $(if $(filter 0,$(SERVE)),--no-serve,) --port $(PORT)

serve: $(VENV)/run.stamp $(VENV)/messages.stamp
	@$(BIN)/chizheng serve --port $(PORT)

check: $(VENV)/dev.stamp
	@$(BIN)/ruff check src tests bench tools
	@$(BIN)/ruff format --check -q src tests bench tools
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy src/chizheng
	@$(BIN)/python tools/messages.py check

test: check $(VENV)/messages.stamp $(VENV)/spark.stamp
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

bench: $(VENV)/dev.stamp
	@for b in bench/*.py; do echo "== $$b"; $(BIN)/python $$b || exit 1; done

messages: $(VENV)/dev.stamp
	@$(BIN)/python tools/messages.py extract

# The only target that wants uv: new locks, hashed, wheels only.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --only-binary :all: --no-header requirements/run.in -o requirements/run.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --only-binary :all: --no-header requirements/dev.in -o requirements/dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements/spark.in -o requirements/spark.lock

clean-demo:
	@[ ! -x $(BIN)/chizheng ] || $(BIN)/chizheng db stop >/dev/null 2>&1 || true
	@rm -rf "$${CHIZHENG_HOME:-var}"
	@echo "the demo's data are gone"

clean: clean-demo
	@rm -rf $(VENV) .state .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
