# What can be done here, and what has to be there before. `make` lists the targets.
# Needed: Python 3.11, Java 17, Maven. Everything else is fetched, and all of it stays inside this directory.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?=
ARGS ?=

venv := .venv
python := $(venv)/bin/python
# Thread mode finds its Python by PYTHONPATH alone, and knows of no virtual environment.
run := PYTHONPATH="$(CURDIR):$(CURDIR)/$(venv)/lib/python3.11/site-packages" $(python)
# A slow line is no fault; what came is checked by its hash. No isolation: what builds is locked too.
install := $(python) -m pip --disable-pip-version-check --timeout 120 --retries 10 install --no-build-isolation
maven := mvn --batch-mode --strict-checksums -Dmaven.repo.local="$(CURDIR)/.m2" \
	-Dmaven.wagon.http.retryHandler.count=5 -Dstyle.color=never
rooms := schemas state operators jobs
fast := -m "not jvm" --hypothesis-profile=quick --ignore=tests/e2e --ignore=tests/parity

.PHONY: help setup jars demo test soak check fix bench package savepoint lock clean distclean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(venv)/.runtime build/.jars ## Show it at work: broker, job, scenario, decisions, a report; ends by itself
	$(run) -m jobs demo $(ARGS)

test: setup ## Run every test, up to a real broker and killed task managers
	$(run) -m pytest $(ARGS)

soak: setup ## Let machines die and the broker go away, for a quarter of an hour; writes docs/soak.md
	SOAK_PAGE=docs/soak.md $(run) -m pytest -m soak tests/soak $(ARGS)

check: $(venv)/.dev build/.jars ## Check format, lint, types and the fast tests
	$(python) -m ruff format --check
	$(python) -m ruff check
	$(python) -m mypy
	$(run) -m pytest $(fast) $(ARGS)

fix: $(venv)/.dev ## Format, and mend what the linter can mend
	$(python) -m ruff format
	$(python) -m ruff check --fix

bench: setup ## Measure the job in parts; ARGS=--help lists them
	$(run) -m bench $(ARGS)

package: $(venv)/.runtime build/.jars ## Make dist/kithward-VERSION.zip, to submit to a Flink cluster
	$(run) -m jobs.deploy.bundle $(ARGS)

savepoint: setup ## Keep a small savepoint of this version, for every later one to go on from
	$(run) -m tests.e2e.support.released

setup: $(venv)/.dev build/.jars build/browser/.made build/registry/.made build/kubernetes/.made ## Fetch all that the other targets need, and do no more

jars: build/.jars ## Compile the Java classes; fetch the Kafka connector and broker

lock: $(venv)/.made ## Resolve the requirements anew, into lock files with hashes
	$(python) -m venv build/lock
	build/lock/bin/python -m pip install --quiet pip-tools
	for name in -build '' -dev; do \
		build/lock/bin/python -m piptools compile --quiet --upgrade --strip-extras --allow-unsafe \
			--generate-hashes --annotation-style line --no-header --no-emit-options \
			--no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
			--output-file build/lock/resolved requirements$$name.in; \
		{ echo "# requirements$$name.in, resolved for Python 3.11, with hashes. Written by \`make lock\`."; \
			cat build/lock/resolved; } > requirements$$name.lock; \
		rm build/lock/resolved; \
	done

clean: ## Remove what was built and what tools left behind; what was fetched stays
	rm -rf build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find $(rooms) tests -type d -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## Remove what was fetched as well
	rm -rf $(venv) .m2

# --- What is fetched. A stamp says that a step is done, and is as old as what it was made from.

$(venv)/.made: requirements-build.lock
	@for found in "$(PYTHON)" $$(type -aP python3.11 python3 python || true) none; do \
		"$$found" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && break; \
	done; \
	if [ "$$found" = none ]; then \
		echo 'There is no Python 3.11 with venv on PATH: install it, or say where: make PYTHON=/path/to/python3.11' >&2; \
		exit 1; \
	fi; \
	echo "Making $(venv) with $$found"; \
	"$$found" -m venv --clear $(venv)
	$(install) --require-hashes -r requirements-build.lock
	@touch $@

$(venv)/.locked: $(venv)/.made requirements.lock
	$(install) --require-hashes -r requirements.lock
	@touch $@

# The command `kithward` in the environment; the code stays where it is.
$(venv)/.runtime: $(venv)/.locked pyproject.toml
	$(install) --no-deps --no-index --quiet --editable .
	@touch $@

$(venv)/.dev: $(venv)/.runtime requirements-dev.lock
	$(install) --require-hashes -r requirements-dev.lock
	@touch $@

build/.jars: pom.xml $(wildcard jobs/flink/java/kithward/*.java)
	@java="$${JAVA_HOME:+$$JAVA_HOME/bin/}java"; \
	version=$$("$$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' || true); \
	if [ "$${version:-0}" -lt 17 ]; then \
		echo "Java 17 is needed; $$java is $${version:-not there}: install it, or set JAVA_HOME" >&2; \
		exit 1; \
	fi; \
	if ! type -P mvn >/dev/null; then \
		echo 'There is no mvn on PATH: install Maven' >&2; \
		exit 1; \
	fi
	rm -rf build/jars build/broker build/classes
	$(maven) package
	@touch $@

# A schema registry for tests; nobody else needs it.
build/registry/.made: tests/tools/registry/pom.xml | build/.jars
	rm -rf build/registry
	$(maven) --file tests/tools/registry/pom.xml package
	@touch $@

# The schema that the deployment for Kubernetes is held against.
build/kubernetes/.made: tests/tools/kubernetes/pom.xml | build/.jars
	rm -rf build/kubernetes
	$(maven) --file tests/tools/kubernetes/pom.xml package
	@touch $@

# What tests look at the report with; nobody else needs it.
build/browser/.made: tests/tools/browser/pom.xml $(shell find tests/tools/browser/java -name '*.java') | build/.jars
	rm -rf build/browser
	$(maven) --file tests/tools/browser/pom.xml package
	@touch $@
