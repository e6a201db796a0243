# Everything a newcomer types. `make` alone lists it.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-tools
# Two processes more than cores: many tests wait for a store or a program they started.
TESTERS := $(shell echo $$(($$(nproc 2>/dev/null || echo 2) + 2)))
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Of all that pip says, the names of the packages as they come; of its warnings, which are of where it looks for
# packages and who runs it, only that it tries again. Errors are shown.
QUIETLY := 2> >(sed -u -e '/^WARNING: Retrying/b' -e '/^WARNING: /d' >&2) \
  | sed -un 's/^Collecting \([^ =<>;~!]*\).*/  \1/p'

# Python keeps what it has compiled, whatever the shell says: each process of a demo, and each that runs tests, would
# compile all of it again, which takes twice as long as the rest of its start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo smoke security release image test lint bench load bluegreen faults fuzz cycles chaos drill mutants lock audit clean debian

help: ## list what can be typed
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## run everything here: simulated providers, a seeded village, one address
	@exec $(BIN)/python -m bot demo

smoke: $(VENV)/.demo ## check a deployment: make smoke ARGS="--url https://bot.example.org"
	@$(BIN)/python -m bot smoke $(ARGS)

security: $(VENV)/.demo ## is it closed where it has to be: make security ARGS="--url https://bot.example.org"
	@$(BIN)/python -m bot security $(ARGS)

release: $(VENV)/.demo ## bring a version out, blue to green: make release ARGS="--dry-run" (--help lists the rest)
	@PYTHON=$(CURDIR)/$(BIN)/python deploy/release/release.sh $(ARGS)

image: $(VENV)/.test ## build the image without Docker, run its processes, look at them: make image (as root; 5 minutes)
	@deploy/image/build_here.sh
	@$(BIN)/python -m tests.image.run $(ARGS)

test: debian $(VENV)/.test ## run every test, from nothing
	@$(BIN)/python -m pytest --numprocesses $(TESTERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.test ## style, types, import contracts, deploy files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose/compose.yaml
	@$(BIN)/caddy validate --config deploy/proxy/Caddyfile --adapter caddyfile >/dev/null 2>&1 \
	  || $(BIN)/caddy validate --config deploy/proxy/Caddyfile --adapter caddyfile
	@$(BIN)/python -m bot flows check

bench: $(VENV)/.test ## measure a turn and a posting against their baselines
	@$(BIN)/python -m benchmarks.turn
	@$(BIN)/python -m benchmarks.posting

load: $(VENV)/.test ## a hundred members for a minute, against targets: make load ARGS="--url https://staging.example.org"
	@$(BIN)/python -m benchmarks.load $(ARGS)

bluegreen: $(VENV)/.test ## blue to green and back under load: make bluegreen ARGS="--seconds 30"
	@$(BIN)/python -m benchmarks.bluegreen $(ARGS)

faults: $(VENV)/.test ## money under faults, by every rail: make faults ARGS="--runs 200 --seed 7"
	@$(BIN)/python -m tests.faults.run $(ARGS)

fuzz: $(VENV)/.test ## requests nobody means well: make fuzz ARGS="--requests 100000 --seed 7"
	@$(BIN)/python -m tests.fuzz.run $(ARGS)

cycles: $(VENV)/.test ## a group's life in any order: make cycles ARGS="--steps 5000 --seed 7"
	@$(BIN)/python -m tests.cycles.run $(ARGS)

chaos: $(VENV)/.test ## members, while everything is killed: make chaos ARGS="--seconds 60 --seed 7"
	@$(BIN)/python -m tests.chaos.run $(ARGS)

drill: $(VENV)/.test ## lose each part under load, and write down how long: make drill ARGS="--only Redis"
	@$(BIN)/python -m tests.drill.run $(ARGS)

mutants: $(VENV)/.mutants ## would the tests notice a change: make mutants ARGS="--number 50 --seed 7"
	@$(BIN)/python -m tests.mutants.run $(ARGS)

# Each list with what it needs in turn, for every Python and system we run on, and the hash of every file. No index
# is written into it: whatever serves the same files will do.
LOCK := $(TOOLS)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: $(TOOLS)/.tools ## after a change of requirements: pin what they need, with hashes; UPGRADE=--upgrade for newer ones
	@$(LOCK) $(UPGRADE) requirements.txt -o requirements/locked/production.txt
	@$(LOCK) $(UPGRADE) requirements/tracing.txt -o requirements/locked/tracing.txt
	@$(LOCK) $(UPGRADE) requirements/demo.txt -o requirements/locked/demo.txt
	@$(LOCK) $(UPGRADE) requirements/test.txt -o requirements/locked/test.txt

audit: $(TOOLS)/.tools ## known holes in what production installs; fails too when it could not look
	@$(TOOLS)/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
	  -r requirements/locked/production.txt $(ARGS)

clean: ## remove what the other targets made
	rm -rf $(VENV) $(TOOLS) .data .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Debian packages, each named like a program in it: the tests draw the page in Chromium, check the books with hledger
# and scripts with shellcheck, and have Prometheus and Alertmanager work by our rules.
DEBIAN := chromium hledger shellcheck prometheus prometheus-alertmanager

# Debian starts the last two as services when it installs them, and at each boot. The tests start their own, so a policy
# forbids it while we install, and they are not left to be started at the next boot.
debian:
	@missing=""; \
	for program in $(DEBIAN); do command -v $$program >/dev/null || missing="$$missing $$program"; done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing$$missing"; \
	  if [ ! -e /usr/sbin/policy-rc.d ]; then \
	    trap 'rm -f /usr/sbin/policy-rc.d' EXIT; \
	    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; \
	  fi; \
	  apt-get update -qq; apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  for service in $$missing; do \
	    if [ -d /run/systemd/system ] && [ -e "/lib/systemd/system/$$service.service" ]; then \
	      systemctl disable --quiet "$$service"; \
	    fi; \
	  done; \
	elif [ -n "$$missing" ]; then \
	  echo "Some tests will be skipped: install$$missing (apt-get install$$missing)"; \
	fi

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=python3.11 ..."; exit 1; }
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing: apt-get install python3-venv"; exit 1; }

$(VENV)/.demo: requirements/locked/demo.txt | $(VENV)/bin/python
	@echo "Installing what the demo needs (once)"
	@$(PIP) install --no-compile --require-hashes -r $< $(QUIETLY)
	@touch $@

$(VENV)/.test: requirements/locked/test.txt | $(VENV)/bin/python
	@echo "Installing what the tests need (once)"
	@$(PIP) install --no-compile --require-hashes -r $< $(QUIETLY)
	@touch $@

$(VENV)/.mutants: requirements/mutants.txt | $(VENV)/.test
	@echo "Installing what changes the code (once)"
	@$(PIP) install --no-compile -r requirements/mutants.txt $(QUIETLY)
	@touch $@

$(TOOLS)/.tools: requirements/tools.txt
	@$(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip --disable-pip-version-check --no-input install --no-compile -r $< $(QUIETLY)
	@touch $@
