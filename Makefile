# Everything here needs Python 3.11 or later, git and make, and a package index that pip can reach. Nothing else:
# the environments are made by tools/environments.py, which is quick when they are there already.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench docs hub constraints environments clean

# Test files side by side, and beside them what only reads: much of a test's time is spent waiting for programs to start.
WORKERS ?= 3
PYTHON ?= $(shell command -v python3.11 || command -v python3)
HERE := .venv/bin/python
ENVIRONMENTS := $(PYTHON) -m tools.environments

help: ## this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /	/' | expand -t 16

demo: ## the whole line against local servers: calls and conversations -> DuckDB -> dbt -> profiles, twice, with a summary
	@$(ENVIRONMENTS) workspace meltano plugins
	@$(HERE) -m orchestrate.demo

test: ## everything that CI runs: lint, types, generated files, unit tests, tests across packages
	@$(ENVIRONMENTS)
	@report=$$(mktemp); $(HERE) -m tools.check > "$$report" 2>&1 & lint=$$!; \
	$(HERE) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder; tests=$$?; \
	wait $$lint; lint=$$?; cat "$$report"; rm -f "$$report"; test $$lint -eq 0 && exit $$tests

lint: ## style, types and YAML
	@$(ENVIRONMENTS) workspace
	@$(HERE) -m tools.check

bench: ## measure beside peers, about an hour (QUICK=1: minutes; ONLY="calls tables": parts); writes benchmarks/README.md
	@$(ENVIRONMENTS) workspace meltano bench bench-dlt bench-airbyte bench-loader
	@$(HERE) -m benchmarks $(if $(QUICK),--size quick,$(if $(SIZE),--size $(SIZE))) $(ONLY)

docs: ## write the generated parts of README files and meltano.yml anew
	@$(ENVIRONMENTS) workspace
	@$(HERE) -m tools.docs

hub: ## write the Meltano Hub definitions anew
	@$(ENVIRONMENTS) workspace
	@$(HERE) -m tools.hub

constraints: ## resolve constraints/*.in to the newest versions they allow
	@$(ENVIRONMENTS) constraints

environments: ## only make the environments
	@$(ENVIRONMENTS)

clean: ## remove environments, caches, and everything that running left behind
	rm -rf .venv .venv-meltano .venv-dbt .venv-bench* .uv .meltano output build dist
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis transform/target transform/logs
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
