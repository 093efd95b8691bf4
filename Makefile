# The book and the package it teaches from. `make serve` and `make test` need Python 3.11+ and nothing else.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: serve build pdf zip test check mutants pin runtime successor bench lock clean

serve: $(READY)
	$(BIN)/python -m book serve

build: $(READY)
	$(BIN)/python -m book build

pdf: build
	$(BIN)/python -m book pdf

zip: build
	$(BIN)/python -m book zip

test: $(READY)
	$(BIN)/python -m pytest --doctest-modules --numprocesses auto --dist worksteal

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/numpydoc lint backprop/*.py
	$(BIN)/codespell
	$(BIN)/pymarkdown --no-json5 scan docs *.md
	$(BIN)/python -m book lint
	$(BIN)/zizmor --offline --quiet .github

# Changes the package in every way that mutmut knows, one at a time: at least 95 % must make a test fail, and
# tests/survivors.toml says of all others why they change nothing. Two cores try some five a second; it goes on where
# it was interrupted, and tries again only what has changed. WORKERS=1 leaves a core free; rm -r .cache/mutants forgets all.
mutants: $(READY)
	$(BIN)/python tools/mutants.py

pin: $(READY)
	$(BIN)/python -m book pin

# Python for the browser, so that snippets can be run in the page. Needs npm; all else works without.
runtime: $(READY)
	$(BIN)/python -m book runtime

successor: build
	$(BIN)/python -m book.editions.next_generator

bench: .cache/bench/ready
	.cache/bench/bin/python -m benchmarks

lock: $(READY)
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 \
	    --group docs --group test --group dev pyproject.toml --quiet --output-file requirements.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 \
	    --constraint requirements.lock --group docs --group bench pyproject.toml --quiet --output-file benchmarks/requirements.lock

# The lock is installed with its hashes; the package itself stands editable beside it.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Backprop needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# The peers are large: they have an environment of their own.
.cache/bench/ready: benchmarks/requirements.lock pyproject.toml
	$(PYTHON) -m venv .cache/bench
	.cache/bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement benchmarks/requirements.lock
	printf '%s\n' "$(CURDIR)" > "$$(.cache/bench/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/book.pth"
	touch $@

clean:
	rm -rf .venv .cache site docs/downloads dist build .pytest_cache .mypy_cache .ruff_cache
