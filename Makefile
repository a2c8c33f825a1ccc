# make demo, make test: each sets up what it needs, in an environment of its own, and uses it again next time.

PYTHON ?= python3
VENV ?= .venv
# More options for pip, such as --extra-index-url; README.md says when.
PIP_OPTIONS ?=
# More arguments for pytest, such as "-m slow" or "-k mask".
ARGS ?=

BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup models demo test check bench clean

help: ## list what there is to make
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 16

setup: $(READY) ## install everything into .venv

models: $(READY) ## fetch and convert the networks, once
	$(BIN)/redact models pull

demo: models ## redact a clip made on the spot, into demo/
	$(BIN)/redact demo -o demo

test: models ## run the tests; ARGS="-m slow" for the long ones
	$(BIN)/python -m pytest $(ARGS)

check: $(READY) ## style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund && npm run --silent types; \
	  else echo "The types of the page's scripts were not checked: that takes npm."; fi

bench: models ## time every stage and compare with the stored ratios
	$(BIN)/python -m pytest benchmarks --benchmark-enable $(ARGS)
	$(BIN)/python -m benchmarks.guard

clean: ## remove all that make made; the networks stay
	rm -rf $(VENV) node_modules demo .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find redact models cli tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed. Name one: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is needed; Debian and Ubuntu call it python3-venv."; exit 1; }
	@echo "Installing into $(VENV): some minutes and about 2.5 GB, the first time only."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check $(PIP_OPTIONS) -c constraints.txt -e '.[dev]' || \
	  { echo 'If no "torch+cpu" was found: README.md, "Install", names the one option that pip needs.'; exit 1; }
	@$(BIN)/python -c 'import cv2' || \
	  { echo "OpenCV needs system libraries; Debian and Ubuntu call them libgl1 and libglib2.0-0."; exit 1; }
	@touch $@
