# The book and the package it teaches from. `make serve` and `make test` need Python 3.11+ and nothing else.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
# Of the tests, those that start nothing and open nothing, without the sweeps that call everything thousands of times.
SWEEPS := odd_input docstrings numpy_functions properties parallel
QUICK := --doctest-modules backprop tests/package $(SWEEPS:%=--ignore tests/package/test_%.py) --deselect \
    tests/package/test_autodiff.py::test_a_graph_of_a_million_is_made_gone_through_and_deleted

.DEFAULT_GOAL := help
.PHONY: help serve build pdf zip quick test check check-code check-types check-text check-pages check-workflows mutants pin runtime successor bench machines lock update clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

serve: $(READY) ## serve the book while you write, on http://127.0.0.1:8000
	$(BIN)/python -m book serve

build: $(READY) ## build the site strictly, into site/
	$(BIN)/python -m book build

pdf: build ## print the book into dist/backprop.pdf
	$(BIN)/python -m book pdf

zip: build ## pack a site that opens from a disk, dist/backprop-site.zip
	$(BIN)/python -m book zip

quick: $(READY) ## most checks, and the tests of the package without its sweeps
	$(BIN)/ruff check --quiet .
	$(BIN)/python -m book check
	$(BIN)/python -m pytest --quiet --numprocesses auto --dist loadscope $(QUICK)

# What has passed, and depends on nothing that has changed since, is not run again; BOOK_NO_CACHE=1 make test runs all.
test: $(READY) ## run every test
	KNOWN_AGAIN=1 $(BIN)/python -m pytest --doctest-modules --numprocesses auto --dist loadscope

check: check-code check-types check-text check-pages check-workflows ## format, lint, types, imports, docstrings, spelling, Markdown, workflows

check-code: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache

check-types: $(READY)
	$(BIN)/mypy

check-text: $(READY)
	$(BIN)/numpydoc lint backprop/*.py backprop/exercises/*.py
	$(BIN)/codespell
	$(BIN)/pymarkdown --no-json5 scan docs *.md

check-pages: $(READY)
	$(BIN)/python -m book lint

check-workflows: $(READY)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet .github

# Changes the package in every way that mutmut knows, one at a time: at least 95 % must make a test fail, and
# tests/survivors.toml says of all others why they change nothing. Two cores try some five a second; it goes on where
# it was interrupted, and tries again only what has changed. WORKERS=1 leaves a core free; rm -r .cache/mutants forgets all.
mutants: $(READY) ## change the package, and see whether a test fails (hours)
	$(BIN)/python tools/mutants.py

pin: $(READY) ## accept changed outputs
	$(BIN)/python -m book pin

# Python for the browser, so that snippets can be run in the page. Needs npm; all else works without.
runtime: $(READY) ## bring the Python that runs snippets in the page (needs npm)
	$(BIN)/python -m book runtime

successor: build ## build with the next generator, and compare
	$(BIN)/python -m book.editions.next_generator

bench: .cache/bench/ready ## measure speed, against peers
	.cache/bench/bin/python -m benchmarks

# REQUIRE=--require makes a Python that is not there an error.
machines: $(READY) ## test the package under every Python here, with the oldest NumPy and the newest
	$(BIN)/python tools/machines.py $(REQUIRE)

lock: $(READY) ## write the locks anew, with the versions that they have
	$(BIN)/python tools/locks.py

# NAME=mkdocs-material brings a newer version of that package alone.
update: $(READY) ## bring newer packages, say which, and ask tests/upstream about them
	$(BIN)/python tools/locks.py $(if $(NAME),--upgrade-package $(NAME),--upgrade)
	$(MAKE) --no-print-directory $(READY)
	$(BIN)/python -m pytest --quiet tests/test_lock.py tests/upstream || { echo; echo $(FAILED); exit 1; }
	@echo; echo $(NEXT)

FAILED := 'Each failure says what to do above. To go back: git checkout "*.lock" && make .venv/ready'
NEXT := 'Next: make check test, read what it changed, and commit the locks. To go back: git checkout "*.lock" && make .venv/ready'

# The lock is installed with its hashes, and compiled on all cores; the package itself stands editable beside it.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Backprop needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes --requirement requirements.lock
	-$(BIN)/python -m compileall -qq -j 0 .venv/lib
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# The peers are large: they have an environment of their own.
.cache/bench/ready: benchmarks/requirements.lock pyproject.toml
	$(PYTHON) -m venv .cache/bench
	.cache/bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement benchmarks/requirements.lock
	printf '%s\n' "$(CURDIR)" > "$$(.cache/bench/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/book.pth"
	touch $@

clean: ## delete all that was made
	rm -rf .venv .cache site dist build .pytest_cache .mypy_cache .ruff_cache
