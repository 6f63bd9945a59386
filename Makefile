# `make plan` runs the main job, `make test` the tests; `make help` lists the rest.
# Needs: apt-get install make git python3 python3-venv
PYTHON ?= python3
EXPERIMENT ?= scenarios/leshan_2027.yaml
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help environment plan test system check prove lab lock bundle clean

help:
	@echo 'make plan     environment, then the default experiment; prints where the report is'
	@echo '              another one: make plan EXPERIMENT=scenarios/yunfu_2027.yaml'
	@echo 'make test     all tests but the long proofs'
	@echo 'make check    formatting, lint, types'
	@echo 'make prove    the long proofs'
	@echo 'make lab      JupyterLab on your own copy of the start notebook (in lab/)'
	@echo 'make system   browser, fonts and office programs the tests need (as root)'
	@echo 'make lock     resolve pyproject.toml again (UPGRADE=1: newest versions)'
	@echo 'make bundle   collect the locked wheels in wheels/ for a machine without a registry'
	@echo 'make clean    remove what was made, except reports/ and lab/'

environment:
	@command -v $(PYTHON) >/dev/null || { echo 'No $(PYTHON). Run: apt-get install make git python3 python3-venv'; exit 1; }
	@$(PYTHON) .ci/install.py

plan: environment
	@$(BIN)/simlib plan $(EXPERIMENT)

test: environment
	@.ci/system --have || { test "$$(id -u)" -eq 0 && $(MAKE) --no-print-directory system; } || \
	    { echo 'The tests need system packages. Run: sudo make system' >&2; exit 1; }
	@SIMLIB_LANG=en $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m 'not prove' $(ARGS)

system:
	@.ci/system

check: environment
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

prove: environment
	@SIMLIB_LANG=en $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m prove $(ARGS)

lab: environment
	@$(BIN)/python .ci/lab.py $(ARGS)

lock: environment
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --no-annotate --extra fast --extra cluster --extra bench --extra dev $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.lock
	@$(BIN)/python .ci/environment.py
	@$(PYTHON) .ci/install.py

bundle: environment
	@$(BIN)/python .ci/bundle.py

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	find simlib tests .ci -name __pycache__ -type d -prune -exec rm -rf {} +
