# Every target sets up what it needs: .venv/ from requirements.lock, once, and again when the lock or PYTHON changes.
# PYTHON=… picks the interpreter; otherwise the newest of python3.13 to python3.11, then python3, is taken.
# VENV=… puts the environment elsewhere, so that two interpreters can have one each.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV := .venv
STAMP := $(VENV)/.installed
INSTALLED_LOCK := $(VENV)/.requirements.lock
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
TOOL := $(BIN)/arena-workbook

# VOTES and OUT of `make report`; ARGS is passed on as it is.
VOTES ?=
OUT ?=
ARGS ?=

.PHONY: help env report test lint format types check lab sample tour bench neural browser schedule lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

env: ## set up .venv/ from the lock, or say that it is up to date
	@if $(MAKE) --no-print-directory --question $(STAMP); then echo "Environment $(VENV)/ reused: nothing changed since it was made."; \
	else $(MAKE) --no-print-directory $(STAMP); fi

# An environment of another Python than the one that is asked for is out of date.
ifneq ($(PYTHON),)
version = $(shell "$(1)" -c 'import sys; print(sys.version)' 2>/dev/null)
ifneq ($(call version,$(PYTHON)),$(call version,$(BIN)/python))
OTHER_PYTHON := other-python
$(STAMP): $(OTHER_PYTHON)
endif
endif
other-python:

# The interpreter is run, not only looked up: a shim may be on the path without a Python behind it, and some systems
# ship Python without venv. The copy of the lock and the stamp are written last, so a half-made environment is made
# again from the start; when only pyproject.toml changed, the packages stay and the project alone is installed again.
$(STAMP): requirements.lock pyproject.toml
	@found=; usable='import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))'; \
	for python in $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3); do \
		if "$$python" -c "$$usable" >/dev/null 2>&1; then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "No usable Python found (looked at: $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3))." >&2; \
		echo "Install Python 3.11 or newer with its venv module (on Debian: apt install python3 python3-venv), or say make PYTHON=/path/to/python3." >&2; \
		exit 1; \
	fi; \
	echo "Using $$("$$found" -c 'import sys; print(sys.executable, sys.version.split()[0])')."; \
	if [ -z "$(OTHER_PYTHON)" ] && cmp -s requirements.lock $(INSTALLED_LOCK); then \
		echo "Keeping the packages in $(VENV)/: the lock is the one they came from."; \
	else \
		if [ -e $(VENV) ]; then echo "Making $(VENV)/ again: the lock or the Python changed, or the last set-up did not finish."; \
		else echo "Making $(VENV)/."; fi; \
		rm -rf $(VENV) && "$$found" -m venv $(VENV) && \
		echo "Installing the packages of requirements.lock; this takes a few minutes." && \
		$(PIP) install --quiet --quiet --no-deps --require-hashes -r requirements.lock && \
		cp requirements.lock $(INSTALLED_LOCK); \
	fi
	@$(PIP) install --quiet --quiet --no-deps --no-build-isolation -e .
	@touch $(STAMP)
	@echo "Environment $(VENV)/ ready: $$($(PIP) list --format=freeze | wc -l | tr -d ' ') packages, $$(du -sh $(VENV) | cut -f1)."

report: $(STAMP) ## run the reports: make report [VOTES=file] [OUT=folder]
	@$(TOOL) report $(if $(VOTES),--votes "$(VOTES)") $(if $(OUT),--out "$(OUT)") $(ARGS)

# The fits are small: threads of the linear algebra would only fight with the other test processes.
test: $(STAMP) ## run the tests: make test [ARGS="tests/test_votes.py -k turns"]
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest $(or $(ARGS),-n auto)

lint: $(STAMP) ## check style, layout, the floors of analysis/ and that notebooks carry no output
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/nbstripout --verify --keep-id notebooks/*.ipynb
	@$(BIN)/lint-imports --no-logo --no-cache

format: $(STAMP) ## put code and notebooks into the house layout
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format
	@$(BIN)/nbstripout --keep-id notebooks/*.ipynb

types: $(STAMP) ## check the types of analysis/
	@$(BIN)/mypy

check: lint types test ## lint, types and tests

lab: $(STAMP) ## open JupyterLab on a page of welcome, and boards to play with
	@$(BIN)/jupyter-lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/00_welcome.ipynb $(ARGS)

sample: $(STAMP) ## simulate the bundled sample again
	@$(TOOL) simulate --rows 60000 --seed 20240701 --out data/sample/votes.parquet

tour: $(STAMP) ## write what the calls of docs/tour.md give anew; read the diff
	@RENEW=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --quiet tests/test_tour.py

bench: $(STAMP) .venv-bench/.installed ## run the benchmarks side by side with other tools
	@for file in report kills intervals exposure changes audit boards reading prompts matching_errors pages topics_quality topics_speed; do \
		[ ! -e benchmarks/$$file.py ] || { echo "== benchmarks/$$file.py"; $(BIN)/python benchmarks/$$file.py || exit 1; }; done

.venv-bench/.installed: pyproject.toml
	@$(BIN)/python -m venv .venv-bench
	@.venv-bench/bin/python -m pip --disable-pip-version-check install --quiet --quiet \
		$$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["bench"])')
	@touch $@

neural: $(STAMP) .venv-neural/.installed ## run the tests of the neural embeddings, with torch
	@OPENBLAS_NUM_THREADS=1 .venv-neural/bin/python -m pytest $(or $(ARGS),tests/neural)

.venv-neural/.installed: $(STAMP)
	@echo "Making .venv-neural/ with torch; this takes some minutes the first time."
	$(call beside,neural)

# ARENA_PAGES=folder takes reports from there that were made before: sample/, 2023/, pair_counts/, hostile/.
# Those that are missing are made by the tool of the locked environment, whose templates lie beside it.
browser: $(STAMP) .venv-browser/.installed ## try the pages of a report in a real browser (Chromium)
	@[ -x "$(CHROMIUM)" ] || { echo "No Chromium here: on Debian, apt install chromium; elsewhere say make browser CHROMIUM=/path/to/it." >&2; exit 1; }
	@CHROMIUM="$(CHROMIUM)" REPORT="$(TOOL)" LAB="$(BIN)/jupyter-lab" OPENBLAS_NUM_THREADS=1 .venv-browser/bin/python -m pytest $(or $(ARGS),tests/browser -n 2 --dist loadgroup)

CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.venv-browser/.installed: $(STAMP)
	@echo "Making .venv-browser/."
	$(call beside,browser)

schedule: $(STAMP) .venv-schedule/.installed ## check the examples of schedule/ with the linters of their formats
	@.venv-schedule/bin/python -m pytest $(or $(ARGS),tests/test_schedule.py)

.venv-schedule/.installed: $(STAMP)
	$(call beside,schedule)

# It sees the locked packages where they are, and holds only what the lock does not: the extra and the group of its name.
define beside
@$(BIN)/python -m venv .venv-$(1)
@$(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' > \
	"$$(.venv-$(1)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/locked.pth"
@.venv-$(1)/bin/python -m pip --disable-pip-version-check --no-input install --quiet --quiet \
	$$($(BIN)/python -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb")); \
	print(*project["project"]["optional-dependencies"].get("$(1)", []), *project["dependency-groups"]["$(1)"])')
@touch $@
endef

# Not $(STAMP): the lock is what is out of date when a dependency was added, so any uv will do.
lock: ## resolve requirements.lock again from pyproject.toml
	@[ -x $(BIN)/uv ] || $(MAKE) --no-print-directory $(STAMP)
	@$(BIN)/uv pip compile pyproject.toml --extra explore --group dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --quiet --output-file requirements.lock

clean: ## remove the environments, caches, converted votes and reports
	rm -rf .venv .venv-newest .venv-bench .venv-neural .venv-browser .venv-schedule .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build data/interim reports
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
