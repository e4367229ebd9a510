# The commands of the house. `make` alone lists them.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
IOC := $(BIN)/ioc
PIP := $(BIN)/pip install -q --disable-pip-version-check
# pip compiles one file after another, tests of packages too; this takes all cores and leaves those out
COMPILE = $(BIN)/python -m compileall -q -j 0 -x '/tests?/' $(VENV)/lib ioc ioc_api ioc_cli indicators layouts pipelines > /dev/null
HOME_DIR ?= data/home
PROVINCE ?= 51

.DEFAULT_GOAL := help

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.run: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked run-time packages ..."
	@$(PIP) --no-compile --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation --no-deps -e .
	@$(COMPILE) || true
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "Installing the locked test packages ..."
	@$(PIP) --no-compile --require-hashes -r requirements-dev.lock
	@$(COMPILE) || true
	@touch $@

install: $(VENV)/.run ## install what running needs into .venv

system: ## install Chromium and PostgreSQL for tests (Debian, as root; elsewhere those tests skip visibly)
	@bash .ci/system

run: $(VENV)/.run ## open the IOC with the demo province on http://127.0.0.1:8050
	@$(IOC) --home $(HOME_DIR) up

demo: $(VENV)/.run ## build the demo province only (PROVINCE=51)
	@$(IOC) --home $(HOME_DIR) demo --province $(PROVINCE)

test: $(VENV)/.dev system ## install what tests need and run them
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not faults"

check: $(VENV)/.dev ## style, types, layers, catalogue, generated docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(IOC) check

format: $(VENV)/.dev ## mend what ruff can mend
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

faults: $(VENV)/.dev system ## the long fault and property runs
	@IOC_FAULTS=full $(BIN)/python -m pytest tests/faults tests/pipelines tests/indicators tests/whole tests/screen -m "faults or not faults"

bench: $(VENV)/.dev ## measure, as ratios in one run; figures go to docs/bench.md
	@$(BIN)/python -m tests.bench

shots: $(VENV)/.dev system ## screenshots of every page and scene into shots/
	@$(BIN)/python -m tests.screen.shots --home $(HOME_DIR) --out shots

lock: ## renew the hashed locks (needs pip-tools in the venv)
	@$(BIN)/pip-compile -q --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --strip-extras --no-header -o requirements.lock requirements.in
	@$(BIN)/pip-compile -q --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --strip-extras --no-header -o requirements-dev.lock requirements-dev.in

clean: ## remove the environment and the demo home
	@rm -rf $(VENV) data/home shots

.PHONY: help install system run demo test check format faults bench shots lock clean
