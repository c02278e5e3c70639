# Every command of the project. `make` alone explains them.
ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN    := Scripts
export PYTHONUTF8 := 1
else
PYTHON ?= python3
BIN    := bin
endif
VENV   := .venv
PY     := $(VENV)/$(BIN)/python
STAMP  := $(VENV)/.installed

# What is there already would be taken, and the tests would pass with another Python than was asked for.
ifeq ($(origin PYTHON),command line)
ifneq ($(and $(wildcard $(STAMP)),$(filter-out package site pins clean,$(MAKECMDGOALS))),)
VERSION := -c 'import sys; print(*sys.version_info[:2], sep=".")'
MADE_WITH := $(shell $(PY) $(VERSION))
ifneq ($(MADE_WITH),$(shell $(PYTHON) $(VERSION)))
$(error $(VENV) was made with Python $(MADE_WITH), which is not that of PYTHON=$(PYTHON). Remove $(VENV) first)
endif
endif
endif

.DEFAULT_GOAL := help

.PHONY: help
help: ## Say what each command does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-16s %s\n", $$1, $$2}'

$(STAMP): requirements.txt requirements-dev.txt requirements-browser.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Stash2Plex needs Python 3.11 or newer; " + sys.executable + " is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@echo "installing into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-browser.txt || echo "the tests of the page are left out: playwright cannot be installed here"
	@touch $(STAMP)

.PHONY: install
install: $(STAMP) ## Install everything into .venv (the other commands do it by themselves)

.PHONY: demo
demo: $(STAMP) ## Run the main job end to end on stand-in servers and show Plex before and after
	@$(PY) -m tests.demo

.PHONY: test
test: $(STAMP) ## Run all tests; those of the page where a Chromium is found
	@$(if $(filter Windows_NT,$(OS)),,scripts/ui-harness --if-possible)
	@$(PY) -m pytest -n 4 --dist loadfile

.PHONY: test-windows
test-windows: $(STAMP) ## Run the tests that Windows can run with Python for Windows, under Wine; ARGS="tests/logs" runs some of them
	@scripts/test-windows $(ARGS)

.PHONY: ui-harness
ui-harness: ## Install and build what stands in for Stash's browser side in the tests of the page (needs npm)
	@scripts/ui-harness

.PHONY: screenshots
screenshots: $(STAMP) ui-harness ## Take the screenshots of docs/screenshots anew (needs a Chromium)
	@SCREENSHOTS=docs/screenshots $(PY) -m pytest tests/ui

.PHONY: check
check: $(STAMP) ## Format, lint and types; the workflows too where actionlint or Go is there
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@scripts/lint-workflows

SIZE ?= full

.PHONY: bench
bench: $(STAMP) ## Measure all of the following and write docs/performance.md; SIZE=quick is a quick look, also at one line
	@$(PY) -m bench --size $(SIZE) $(if $(filter full,$(SIZE)),--write)

bench-hook:      ## What a hook costs the user's save
bench-latency:   ## From a save to the change in Plex
bench-drain:     ## A drain of changed scenes
bench-unchanged: ## Sync All with nearly nothing changed
bench-index:     ## The path index
bench-queue:     ## The queue at scale
bench-rename:    ## Renaming what thousands of scenes have
bench-idle:      ## The worker at its start and at rest
bench-page:      ## The page's operations
bench-compare:   ## The light comparison of Stash and Plex
bench-posters:   ## Posters that ffmpeg makes of covers
bench-everything: ## Everything switched on, at the first sync and at later ones

LINES := hook latency drain unchanged index queue rename idle page compare posters everything
.PHONY: $(LINES:%=bench-%)
$(LINES:%=bench-%): bench-%: $(STAMP)
	@$(PY) -m bench $* --size $(SIZE)

.PHONY: house
house: $(STAMP) ## Count the house: lines, modules, names, imports, and the calls of one save; ARGS="--names --save" lists them, ARGS=--write writes the table
	@$(PY) -m bench.house $(ARGS)

.PHONY: torture
torture: $(STAMP) ## Break everything on purpose, for minutes, from a seed, and count what was lost
	@$(PY) -m tests.torture --write

.PHONY: contract
contract: $(STAMP) ## Ask the stand-ins, and real servers where they are named, what we believe of Plex and Stash; see docs/reliability.md
	@$(PY) -m pytest tests/contract --tb=line

STASH_TAG ?= latest
PLEX_TAG  ?= latest

.PHONY: servers
servers: $(STAMP) ## Try everything on the real servers in containers (needs docker): the demo's flows, then `make contract`; STASH_TAG, PLEX_TAG
	@$(PY) -m tests.servers --stash $(STASH_TAG) --plex $(PLEX_TAG)

.PHONY: pins
pins: ## Write requirements.txt anew from requirements.in: the newest versions, with hashes
	@$(PYTHON) -m venv build/pins
	@build/pins/bin/python -m pip install --quiet --disable-pip-version-check pip-tools
	@build/pins/bin/pip-compile --quiet --upgrade --generate-hashes --no-header --no-emit-options --strip-extras --output-file build/pins/requirements.txt requirements.in
	@(head -1 requirements.txt; cat build/pins/requirements.txt) > build/pins/new && mv build/pins/new requirements.txt

.PHONY: package
package: ## Build dist/Stash2Plex.zip and dist/index.yml, as Stash's plugin sources want them
	@$(PYTHON) -m scripts

ADDRESS ?= http://127.0.0.1:8000

.PHONY: site
site: ## Build build/site, what the project's pages serve: the plugin sources of both channels, and the page that shows their addresses (ADDRESS)
	@$(PYTHON) -m scripts.site --address $(ADDRESS)

.PHONY: format
format: $(STAMP) ## Format the code and mend what lint can mend
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

.PHONY: clean
clean: ## Remove everything that was installed or built
	rm -rf $(VENV) tests/ui/harness/node_modules build dist .demo .hypothesis .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
