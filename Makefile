# Two commands do all the set-up: `make scan TARGETS=127.0.0.1` and `make test`. A second call reuses what is there.

PYTHON ?= python3
TARGETS ?= 127.0.0.1
ARGS ?=
SECONDS ?= 300
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help scan demo test quick browser lint format docs docs-site lock servers fleet bench bench-sweep bench-defaults bench-syn bench-probes bench-scale bench-lint bench-faults bench-estate bench-cluster bench-history fuzz clean

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

# To make every code but 0 is an error: a verdict (1 findings, 4 incomplete) is told in words, what failed stays an error.
VERDICT = { code=$$?; case $$code in 1|4) printf '%s\n' "exposure exited with $$code (docs/exit-codes.md); make ends with 0. In CI call $(BIN)/exposure itself (docs/ci/README.md)." >&2;; *) exit $$code;; esac; }

LOCK = $(VENV)/lock/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-header

scan: $(VENV)/scan.stamp ## Scan TARGETS (default 127.0.0.1) and print the risk table; more options in ARGS.
	@$(BIN)/exposure scan $(TARGETS) $(ARGS) || $(VERDICT)

demo: $(VENV)/scan.stamp ## Start harmless stand-ins on loopback and scan them.
	@$(BIN)/exposure demo $(ARGS) || $(VERDICT)

test: $(VENV)/test.stamp lint servers ## Run lint, types, import contracts and all tests; installs the test servers when root on Debian.
	$(BIN)/python -m pytest -n 3 --dist loadgroup --durations=20 $(ARGS)

quick: $(VENV)/test.stamp ## Run the tests that need no root and no server, in under two minutes.
	HYPOTHESIS_PROFILE=quick $(BIN)/python -m pytest -q -n 3 --dist loadgroup -m "not real and not root and not slow and not matrix" $(ARGS)

browser: $(VENV)/test.stamp ## Look at every page in a real Chromium (chromium, chromium-driver); SHOTS=FOLDER keeps pictures.
	EXPOSURE_SCREENSHOTS=$(SHOTS) $(BIN)/python -m pytest -q -rs tests/serve/test_browser.py tests/report/test_page.py $(ARGS)

fuzz: $(VENV)/test.stamp ## Mutate what peers said to every parser for SECONDS (default 300); ARGS="--target NAME" for one.
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(ARGS)

lint: $(VENV)/test.stamp ## Check format, lint, types and import contracts.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/test.stamp ## Format the code.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/test.stamp ## Write the generated pages: services, rules, command line.
	$(BIN)/python docs/generate.py

docs-site: $(VENV)/site.stamp ## Build the documentation as a site in site/, with search; any broken link is an error.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --config-file .ci/mkdocs.yml --site-dir "$(CURDIR)/site"
	@echo "site/index.html"

lock: | $(VENV)/bin/pip ## Write the requirements with their hashes, for CI and for releases (network).
	@$(BIN)/python -m venv $(VENV)/lock
	@$(VENV)/lock/bin/pip install --quiet --disable-pip-version-check 'pip-tools>=7.5'
	@$(LOCK) --output-file docs/ci/requirements.txt pyproject.toml
	@$(LOCK) --allow-unsafe --output-file .ci/release-tools.txt .ci/release-tools.in

servers: $(VENV)/test.stamp ## Install the servers that the tests start, when root on Debian.
	@$(BIN)/python -m tests.fleet.install

fleet: $(VENV)/test.stamp ## Test every service against its real server, the slow ones too, and write docs/accuracy.md.
	@$(BIN)/python -m tests.fleet.install --fleet
	$(BIN)/python -m pytest -n 2 --dist loadgroup tests/services tests/fleet tests/lint/test_real.py --fleet --write-accuracy $(ARGS)

bench: bench-sweep bench-defaults bench-probes bench-syn ## Run all benchmarks (root, two network namespaces; takes long).

bench-sweep: $(VENV)/test.stamp ## The connect sweep beside nmap and asyncio.
	$(BIN)/python -m tests.bench.bench_sweep

bench-defaults: $(VENV)/test.stamp ## The sweep without options beside nmap; ARGS="--base FOLDER" for an earlier version.
	$(BIN)/python -m tests.bench.bench_defaults $(ARGS)

bench-syn: $(VENV)/test.stamp ## The raw SYN sweep beside zmap and masscan.
	$(BIN)/python -m tests.bench.bench_syn

bench-scale: $(VENV)/test.stamp ## What grows with the size of an estate, at four sizes: no exponent above 1.15.
	$(BIN)/python -m tests.bench.bench_scale

bench-probes: $(VENV)/test.stamp ## Confirming a thousand endpoints; identifying unknown ports.
	$(BIN)/python -m tests.bench.bench_probes
	$(BIN)/python -m tests.bench.bench_identify

bench-lint: $(VENV)/test.stamp ## Precision and recall of `exposure lint` over the labelled corpus, and its speed.
	$(BIN)/python -m tests.bench.bench_lint

bench-faults: $(VENV)/test.stamp ## What is heard while networks, peers and this machine fail, at fixed and random moments (root).
	$(BIN)/python -m tests.bench.bench_faults --rows --random 20 $(ARGS)

bench-cluster: $(VENV)/test.stamp ## Fifty random kills of workers, coordinator and server; what workers cost and how they add up (root).
	$(BIN)/python -m tests.bench.bench_cluster --kills 50 $(ARGS)
	$(BIN)/python -m tests.bench.bench_cluster --cut 30
	$(BIN)/python -m tests.bench.bench_cluster --scale silent --scale refused --scale open

bench-history: $(VENV)/test.stamp ## A history of a million findings: adding a run of 10,000, and every question; ARGS="--store URL" for PostgreSQL.
	$(BIN)/python -m tests.bench.bench_history $(ARGS)

bench-estate: $(VENV)/test.stamp ## Real servers scanned together, alone and beside four busy loops: all must be heard out.
	$(BIN)/python -m tests.bench.bench_estate $(ARGS)
	$(BIN)/python -m tests.bench.bench_estate --busy 4 $(ARGS)

clean: ## Remove the virtual environment and caches.
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/pip:
	@sh .ci/venv $(PYTHON) $(VENV)

# Only that pip is there matters: the tests bring a newer one.
$(VENV)/scan.stamp: pyproject.toml | $(VENV)/bin/pip
	@$(BIN)/python .ci/setup.py
	@touch $@

$(VENV)/test.stamp: $(VENV)/scan.stamp
	@$(BIN)/python .ci/setup.py lint test
	@touch $@

$(VENV)/site.stamp: $(VENV)/test.stamp
	@$(BIN)/python .ci/setup.py site
	@touch $@
