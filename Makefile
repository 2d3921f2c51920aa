# Audience Sync. `make help` lists the targets.
SHELL := /bin/bash
PY := .venv/bin/python
# The system's certificates, because a company's package mirror may be signed by its own authority.
UV := UV_PYTHON_DOWNLOADS=never .venv/bin/uv --system-certs
PYTHON ?= python3
# Tests come in an order and with examples that are the same each time; `make explore` finds new ones.
SAME := -p randomly --randomly-seed=1 --hypothesis-profile=ci
export PYTHONUNBUFFERED = 1

.DEFAULT_GOAL := help
.PHONY: help setup assets browser java demo run test check unit e2e explore bench lighthouse pictures docs lock clean

help:  ## This list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

.venv/.done: requirements/dev.lock pyproject.toml
	@echo "Setting up .venv (once; about half a minute) ..."
	@test -x $(PY) || $(PYTHON) -m venv .venv || (echo "python3 -m venv failed: on Debian, apt-get install python3-venv" >&2; exit 1)
	@.venv/bin/pip install -q --disable-pip-version-check uv
	@$(UV) pip sync -q --require-hashes --python $(PY) requirements/dev.lock
	@$(UV) pip install -q --no-deps --python $(PY) -e .
	@touch $@

setup: .venv/.done  ## Make .venv with everything that is needed

VENDOR := src/audience_sync/web/vendor/manifest.json
$(VENDOR): frontend/package-lock.json frontend/icons.txt tools/assets.py | .venv/.done
	@echo "Fetching the files of the web app (once; about ten seconds) ..."
	@$(PY) -m tools.assets

assets: $(VENDOR)  ## Fetch the stylesheet, scripts and icons of the web app

browser: .venv/.done  ## Install Chromium for the browser tests, where it is missing
	@$(PY) -m tools.browser

java: .venv/.done  ## Install a Java for the tests against Spark, where it is missing
	@$(PY) -m tools.java

demo: .venv/.done $(VENDOR)  ## The whole product against the sandbox; ONCE=1 ends after the results
	@.venv/bin/audience-sync demo $(if $(ONCE),--once,)

run: .venv/.done $(VENDOR)  ## Serve the web app, the API and the worker on this machine
	@.venv/bin/audience-sync serve

test: check unit e2e  ## Every check and test

check: .venv/.done  ## Format, lint, types, floors
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

unit: .venv/.done $(VENDOR) java  ## Every test but those in a browser
	@.venv/bin/pytest $(SAME) -n 3 --dist worksteal --ignore tests/e2e

# Apart from the others: Playwright's loop and that of the async tests cannot share a process.
e2e: .venv/.done $(VENDOR) browser  ## The tests in a real browser
	@.venv/bin/pytest $(SAME) -n 2 --dist loadfile tests/e2e

explore: SAME :=
explore: unit e2e  ## Every test in an order and with examples of its own, to find what `make test` does not

bench: .venv/.done  ## Speed and memory, each a ratio to a baseline of the same run
	@$(PY) -m tools.bench $(if $(SIZE),--size $(SIZE),)

lighthouse: .venv/.done $(VENDOR) browser  ## Lighthouse's marks of the five main pages
	@$(PY) -m tools.lighthouse

pictures: .venv/.done $(VENDOR) browser  ## Pictures of every screen into docs/screens/
	@$(PY) -m tools.pictures

docs: .venv/.done  ## Rewrite the generated parts of docs/
	@$(PY) -m tools.docs

lock: .venv/.done  ## Resolve pyproject.toml into requirements/*.lock
	@$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --python-version 3.11 --group pyproject.toml:dev pyproject.toml -o requirements/dev.lock
	@$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --python-version 3.11 pyproject.toml -o requirements/run.lock

clean:  ## Remove what the targets made
	@rm -rf .venv src/audience_sync/web/vendor .pytest_cache .mypy_cache .ruff_cache .import_linter_cache demo-data
