# Needs Python 3.11 or newer, make, and a way to PyPI; where uv is found it installs faster.

PYTHON ?= python3
VENV ?= .venv
READY := $(VENV)/.ready
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --constraints constraints.txt \
  --generate-hashes --no-emit-index-url --quiet
UV := $(shell command -v uv 2>/dev/null)
# A file stays on one core: its tests share what was built for them, a notebook its kernel. In the
# order of tests/conftest.py: files with many tests, which xdist puts first, are not those that take long.
EACH_CORE := --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# What every number goes through, and what is read and written: under a minute on two cores.
QUICK := hganalysis $(addprefix tests/test_, $(addsuffix .py, words escaping sources places places_names indicators suppress \
  workbook workbook_numbers digits uptake change effect_golden effect_refusals real_data))

# Each test has a core already: threads of linear algebra beside it only wait for each other.
test quick trials: export OMP_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help build docs test quick trials lab engines lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' Makefile
	@echo '  Another Python: make PYTHON=python3.13 build'

build: $(READY) ## install what is locked, run the notebooks, write outputs/
	@$(VENV)/bin/hganalysis build

docs: $(READY) ## build the documentation into outputs/docs/: gallery, how-tos, reference
	@rm -rf outputs/docs
	@$(VENV)/bin/sphinx-build -q -E -W --keep-going -d $(VENV)/.doctrees docs outputs/docs
	@echo 'Open outputs/docs/index.html.'

test: $(READY) ## run unit tests, doctests, and every notebook against its stored output
	@$(VENV)/bin/pytest $(EACH_CORE)

trials: $(READY) ## build 200 invented studies and hold them to laws: half an hour on two cores
	@PYTHONPATH=tests $(VENV)/bin/python -m trials.run

quick: $(READY) ## run the tests of the numbers alone, in a minute: between two commits
	@$(VENV)/bin/pytest $(EACH_CORE) $(QUICK)

lab: $(READY) ## open the notebooks in JupyterLab
	@$(VENV)/bin/jupyter lab notebooks

engines: $(READY) ## install what counts a log in PySpark and PostgreSQL, too
ifeq ($(UV),)
	$(VENV)/bin/python -m pip install --disable-pip-version-check --require-hashes -r requirements-engines.lock
else
	uv pip install --python $(VENV) --compile-bytecode --require-hashes -r requirements-engines.lock
endif

lock: $(READY) ## write requirements.lock anew from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo 'make lock needs uv: pip install uv' >&2; exit 1; }
	$(COMPILE) --group dev -o requirements.lock
	$(COMPILE) --extra engines --constraints requirements.lock -o requirements-engines.lock

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) outputs

# Done once: the stamp is newer than the two files that decide what is installed.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'hganalysis needs Python 3.11 or newer, and "$(PYTHON)" is not.' >&2; \
	  echo 'Name another one: make PYTHON=python3.13 build' >&2; exit 1; }
ifeq ($(UV),)
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '"$(PYTHON)" cannot make a virtual environment: its venv module is missing.' >&2; \
	  echo 'On Debian and Ubuntu: sudo apt-get install python3-venv' >&2; exit 1; }
	@echo 'Installing what requirements.lock names into $(VENV): a minute or two, the first time only.'
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
else
	@echo 'Installing what requirements.lock names into $(VENV) with uv, the first time only.'
	uv venv --clear --python "$$(command -v $(PYTHON))" $(VENV)
	@# compiled, as pip does it: else every kernel compiles anew where nothing is written beside a source
	uv pip install --python $(VENV) --compile-bytecode --require-hashes -r requirements.lock
	uv pip install --python $(VENV) --no-deps --no-build-isolation -e .
endif
	@touch $(READY)
