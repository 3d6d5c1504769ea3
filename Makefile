# Bare `make` lists the targets. Needs Python 3.11 to 3.13 and a package index, nothing else.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow kill-test browser lint format docs bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## Set up, then run the main job on data that comes with the dependencies
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh scripts/demo.sh

test: $(READY) ## Set up, then run the tests
	$(PYTEST)

test-slow: $(READY) kill-test ## Run the tests that take longer
	$(PYTEST) -m 'slow and not kill'

kill-test: $(READY) ## Kill and resume a training run 50 times, and compare the bits
	$(PYTEST) -m kill

browser: ## Install Chromium, its driver and axe-core, for the browser tests (Debian, Ubuntu; root)
	sh scripts/install_chromium.sh
	sh scripts/install_axe.sh

lint: $(READY) ## Check style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## Mend style and formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## Write docs/commands.md anew from the help texts
	$(BIN)/python scripts/make_reference.py

bench: $(READY) ## Measure speed as ratios against peers 
	$(BIN)/python -m benchmarks

clean: ## Remove the environment and what the tools left
	rm -rf $(VENV) .browser demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The stamp stands for "everything is installed": it is written last, and is out of date as soon
# as the dependencies change. A half-made environment is finished, a broken one is made anew.
$(READY): pyproject.toml constraints.txt
	@sh scripts/make_venv.sh $(VENV)
	@touch $@
