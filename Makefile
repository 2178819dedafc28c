# Parley. Recipes 'exec' what they run, so that Ctrl-C and signals arrive there.

WORKERS ?= $(shell nproc)
ARGS ?=
BIN := .venv/bin

.PHONY: help setup demo test lint format types imports check bench proof chaos clean
.DEFAULT_GOAL := help

help: ## show this text
	@echo "make demo       set up what is missing, start everything, print what to do"
	@echo "make test       set up what is missing, run every test (ARGS='-k name' to choose)"
	@echo "make setup      only set up: .venv and .parley, nothing outside of this folder"
	@echo "make lint       style and likely mistakes       make format   put style in order"
	@echo "make types      strict types                    make imports  who may import whom"
	@echo "make check      lint, types, imports and tests: what .ci/run does"
	@echo "make bench      the measurements (ARGS='--json' for machines)"
	@echo "make proof      random days of routing, 100,000 steps (ARGS='--steps 5000 --seed 7')"
	@echo "make chaos      faults and attacks on a whole installation, as a table (ARGS='--only disk-full')"
	@echo "make clean      remove everything that set-up, demo and tests made"

setup:
	@exec sh tools/setup.sh

demo: setup
	@exec $(BIN)/parley demo $(ARGS)

test:
	@sh tools/setup.sh --tests
	@exec $(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

lint: setup
	@$(BIN)/ruff check .
	@exec $(BIN)/ruff format --check .

format: setup
	@$(BIN)/ruff check --fix .
	@exec $(BIN)/ruff format .

types: setup
	@exec $(BIN)/mypy

imports: setup
	@exec $(BIN)/lint-imports

check: lint types imports test

bench: setup
	@exec $(BIN)/python -m bench $(ARGS)

proof:
	@sh tools/setup.sh --tests
	@exec $(BIN)/python -m tests.acd.proof $(ARGS)

chaos:
	@sh tools/setup.sh --tests
	@exec $(BIN)/python -m tests.chaos $(ARGS)

clean:
	@rm -rf .venv .parley build dist ./*.egg-info .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
