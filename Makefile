# Build, test and run targets. `make` lists them.
# Requires Python 3.11, Java 17 and Maven. Everything else is fetched, into this directory only.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?=
ARGS ?=

venv := .venv
python := $(venv)/bin/python
# In Flink's thread mode the embedded interpreter finds packages by PYTHONPATH alone and ignores virtual environments.
run := PYTHONPATH="$(CURDIR):$(CURDIR)/$(venv)/lib/python3.11/site-packages" $(python)
# Slow connections are retried; packages are checked by hash. No build isolation: the build requirements are locked too.
install := $(python) -m pip --disable-pip-version-check --timeout 120 --retries 10 install --no-build-isolation
maven := mvn --batch-mode --strict-checksums -Dmaven.repo.local="$(CURDIR)/.m2" \
	-Dmaven.wagon.http.retryHandler.count=5 -Dstyle.color=never
packages := schemas state operators jobs connectors
fast := -m "not jvm" --hypothesis-profile=quick --ignore=tests/e2e --ignore=tests/parity

.PHONY: help install setup jars demo test soak check fix bench recogniser package savepoint lock clean distclean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(venv)/.runtime ## Fetch only Python packages, and install the command kithward: enough for files

demo: $(venv)/.runtime build/.jars ## Run the demo: broker, job, scenario, decisions, a report; ends by itself
	$(run) -m jobs demo $(ARGS)

test: setup ## Run every test, up to a real broker and killed task managers
	$(run) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

soak: setup build/control/.made build/peers/.made ## Kill task managers, stop the broker, draw new examples; half an hour; writes docs/soak.md
	SOAK_PAGE=docs/soak.md $(run) -m pytest -m soak tests/soak tests/bench $(ARGS)

check: $(venv)/.dev build/.jars ## Check format, lint, types and the fast tests
	$(python) -m ruff format --check
	$(python) -m ruff check
	$(python) -m mypy
	$(run) -m pytest $(fast) $(ARGS)

fix: $(venv)/.dev ## Format, and fix what the linter can fix
	$(python) -m ruff format
	$(python) -m ruff check --fix

bench: setup build/control/.made build/peers/.made ## Run benchmarks; ARGS=--help lists them
	$(run) -m bench $(ARGS)

recogniser: $(venv)/.runtime ## Train the recogniser from corpus/ and what is beside the project; writes operators/recogniser/model
	$(run) -m bench.recogniser $(ARGS)

package: $(venv)/.runtime build/.jars ## Build dist/kithward-VERSION.zip, the bundle for a Flink cluster, and its bill of materials
	$(run) -m jobs.deploy.bundle $(ARGS)

savepoint: setup ## Write a small savepoint of this version into the tests, which later versions must restore
	$(run) -m tests.e2e.support.released

setup: $(venv)/.dev build/.jars build/browser/.made build/registry/.made build/kubernetes/.made build/steps/.made build/synapse/.made ## Fetch and build all that the other targets need

jars: build/.jars ## Compile the Java classes; fetch the Kafka connector and broker

lock: $(venv)/.made ## Resolve the requirements again, and fetch the jars, into lock files with hashes
	rm -rf build/jars build/broker
	$(maven) package
	{ echo '# The jars that Maven fetches for the job and for the broker, by SHA-256. Written by `make lock`.'; \
		sha256sum build/jars/*.jar build/broker/*.jar | grep -v '/kithward\.jar$$'; } > jars.lock
	$(python) -m venv build/lock
	build/lock/bin/python -m pip install --quiet pip-tools
	for name in -build '' -dev -peers -synapse; do \
		build/lock/bin/python -m piptools compile --quiet --upgrade --strip-extras --allow-unsafe \
			--generate-hashes --annotation-style line --no-header --no-emit-options \
			--no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
			--output-file build/lock/resolved requirements$$name.in; \
		{ echo "# requirements$$name.in, resolved for Python 3.11, with hashes. Written by \`make lock\`."; \
			cat build/lock/resolved; } > requirements$$name.lock; \
		rm build/lock/resolved; \
	done

clean: ## Remove build outputs and tools' caches; what was fetched stays
	rm -rf build dist *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find $(packages) tests -type d -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## Remove what was fetched, too
	rm -rf $(venv) .m2

# Fetching. A stamp file records that a step is done; make repeats the step when its inputs are newer.

# `python -m venv --clear` would empty what the link points to. Order-only: it is checked each time and remakes nothing.
.PHONY: own-venv
own-venv:
	@if [ -L $(venv) ]; then \
		echo '$(venv) is a symbolic link to another environment, which make would empty: remove the link first' >&2; \
		exit 1; \
	fi

$(venv)/.made: requirements-build.lock | own-venv
	@for found in "$(PYTHON)" $$(type -aP python3.11 python3 python || true) none; do \
		"$$found" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && break; \
	done; \
	if [ "$$found" = none ]; then \
		echo 'There is no Python 3.11 with venv on PATH: install it, or name it: make PYTHON=/path/to/python3.11' >&2; \
		exit 1; \
	fi; \
	echo "Creating $(venv) with $$found"; \
	"$$found" -m venv --clear $(venv)
	$(install) --require-hashes -r requirements-build.lock
	@touch $@

$(venv)/.locked: $(venv)/.made requirements.lock
	$(install) --require-hashes -r requirements.lock
	@touch $@

# Installs the command `kithward`, editable: it runs the code in this directory.
$(venv)/.runtime: $(venv)/.locked pyproject.toml
	$(install) --no-deps --no-index --quiet --editable .
	@touch $@

$(venv)/.dev: $(venv)/.runtime requirements-dev.lock
	$(install) --require-hashes -r requirements-dev.lock
	@touch $@

build/.jars: pom.xml jars.lock $(wildcard jobs/flink/java/kithward/*.java)
	@java="$${JAVA_HOME:+$$JAVA_HOME/bin/}java"; \
	version=$$("$$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' || true); \
	if [ "$${version:-0}" -lt 17 ]; then \
		echo "Java 17 is required, but $$java is $${version:-missing}: install it, or set JAVA_HOME" >&2; \
		exit 1; \
	fi; \
	if ! type -P mvn >/dev/null; then \
		echo 'There is no mvn on PATH: install Maven' >&2; \
		exit 1; \
	fi
	rm -rf build/jars build/broker build/classes
	$(maven) package
	@sha256sum --check --quiet --strict jars.lock || \
		{ echo 'A jar is not the one in jars.lock: if its version was changed, run make lock' >&2; exit 1; }
	@touch $@

# The job in Java beside which the benchmark measures ours.
build/control/.made: bench/job/java/pom.xml $(wildcard bench/job/java/control/*.java) | build/.jars
	rm -rf build/control
	$(maven) --file bench/job/java/pom.xml package
	@touch $@

# The environment of the peers with which the benchmark compares ours.
build/peers/.made: requirements-peers.lock | $(venv)/.made
	$(python) -m venv --clear build/peers
	$(subst $(python),build/peers/bin/python,$(install)) --only-binary :all: --require-hashes -r requirements-peers.lock
	@touch $@

# The Matrix homeserver of the tests, in an environment of its own.
build/synapse/.made: requirements-synapse.lock | $(venv)/.made
	$(python) -m venv --clear build/synapse
	$(subst $(python),build/synapse/bin/python,$(install)) --only-binary :all: --require-hashes -r requirements-synapse.lock
	@touch $@

# The schema registry of the tests.
build/registry/.made: tests/tools/registry/pom.xml | build/.jars
	rm -rf build/registry
	$(maven) --file tests/tools/registry/pom.xml package
	@touch $@

# The schema against which tests validate the Kubernetes deployment.
build/kubernetes/.made: tests/tools/kubernetes/pom.xml | build/.jars
	rm -rf build/kubernetes
	$(maven) --file tests/tools/kubernetes/pom.xml package
	@touch $@

# What stands in for Python in tests of the steps' Java.
build/steps/.made: tests/tools/steps/pom.xml $(wildcard tests/tools/steps/java/steps/*.java) | build/.jars
	rm -rf build/steps
	$(maven) --file tests/tools/steps/pom.xml package
	@touch $@

# The browser with which tests check the report.

build/browser/.made: tests/tools/browser/pom.xml $(shell find tests/tools/browser/java -name '*.java') | build/.jars
	rm -rf build/browser
	$(maven) --file tests/tools/browser/pom.xml package
	@touch $@
