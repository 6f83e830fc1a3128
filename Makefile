# Needs Python 3.11 or newer, make, and a way to PyPI; where uv is found it installs faster.

PYTHON ?= python3
VENV ?= .venv
# Windows has another folder for what is run.
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY := $(VENV)/.ready
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --quiet \
  --custom-compile-command 'make lock'
UV := $(shell command -v uv 2>/dev/null)
# compiled, as pip does it: else every kernel compiles anew where nothing is written beside a source
INSTALL := $(if $(UV),uv pip install --python $(VENV) --compile-bytecode,$(BIN)/python -m pip install --disable-pip-version-check)
# A file stays on one core: its tests share what was built for them, a notebook its kernel. In the
# order of tests/conftest.py: files with many tests, which xdist puts first, are not those that take long.
EACH_CORE := --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# Each test has a core already: threads of linear algebra beside it only wait for each other.
test quick trials test-engines: export OMP_NUM_THREADS := 1
# What was compiled is kept, wherever that is turned off: forty kernels and commands import it all.
test quick trials test-engines: export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help build test quick lint docs lab trials engines test-engines lock dist clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile
	@echo '  Another Python: make PYTHON=python3.13 build'

build: $(READY) ## install what is locked, run the notebooks, write outputs/
	@$(BIN)/hganalysis build

test: $(VENV)/.test ## run unit tests, doctests, and every notebook against its stored output
	@$(BIN)/pytest $(EACH_CORE)

QUICK := $(addprefix tests/test_,$(addsuffix .py,change escaping frames levels names notebooks periods places words))

quick: $(VENV)/.test ## run what takes less than 45 seconds, while you develop
	@$(BIN)/pytest $(EACH_CORE) hganalysis/words hganalysis/periods.py $(QUICK)

lint: $(VENV)/.lint ## check types, style, docstrings, and how packed the code is
	@$(BIN)/mypy
	@$(BIN)/python .ci/density.py hganalysis --rooms --limit
	@$(BIN)/python .ci/density.py tests --limit
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/pre-commit run --all-files

docs: $(VENV)/.docs ## build the documentation into outputs/docs/: gallery, how-tos, reference
	@rm -rf outputs/docs
	@$(BIN)/sphinx-build -q -E -W --keep-going -d $(VENV)/.doctrees docs outputs/docs
	@echo 'Open outputs/docs/index.html.'

# .lab: no box about news, pages of text as they are read; and a kernel that does not say which Python
# it is, which JupyterLab would write into each notebook that is opened.
lab: export JUPYTER_CONFIG_PATH := $(CURDIR)/.lab
lab: export JUPYTER_PATH := $(CURDIR)/.lab
lab: $(VENV)/.lab ## open the notebooks in JupyterLab, at a page that says how to begin
	@$(BIN)/jupyter lab notebooks --LabApp.default_url=/lab/tree/README.md

trials: $(VENV)/.test ## draw other examples, and hold 200 invented studies to laws: half an hour on two cores
	@$(BIN)/pytest $(EACH_CORE) -m hypothesis --hypothesis-profile 'other examples'
	@TRIALS=200 $(BIN)/pytest $(EACH_CORE) --dist load tests/test_trials.py -k law_holds

engines: $(VENV)/.engines ## install what counts a log in PySpark and PostgreSQL, too

test-engines: $(VENV)/.test $(VENV)/.engines $(VENV)/.lab $(VENV)/.docs ## run what needs those engines, JupyterLab, or the documentation
	@$(BIN)/pytest -m nightly

lock: ## write the locks anew from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo 'make lock needs uv: pip install uv' >&2; exit 1; }
	$(COMPILE) pyproject.toml --group build --constraints constraints.txt -o requirements.lock
	for group in test lint docs lab release; do \
	  $(COMPILE) --group $$group --constraints requirements.lock -o requirements-$$group.lock || exit; done
	$(COMPILE) pyproject.toml --extra engines --constraints requirements.lock -o requirements-engines.lock

dist: $(VENV)/.release ## build the package for others into dist/, with the list of what it needs (CycloneDX)
	@rm -rf dist
	@$(BIN)/python -m build --no-isolation
	@$(BIN)/twine check --strict dist/*
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
	  --mc-type library --output-reproducible --output-file dist/hganalysis.cdx.json

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
else
	@echo 'Installing what requirements.lock names into $(VENV) with uv, the first time only.'
	uv venv --clear --python "$$(command -v $(PYTHON))" $(VENV)
endif
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $(READY)

$(VENV)/.%: requirements-%.lock $(READY)
	$(INSTALL) --require-hashes -r $<
	@touch $@
