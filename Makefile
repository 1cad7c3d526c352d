# What people and machines do with this repository; `make` lists it.

# One set of features throughout, so that what one step has compiled serves the next.
WORKSPACE := --locked --workspace --all-features

# Sizes: `make bench EVENTS=50M MEMORY=256`, `make crash ROUNDS=10`.
EVENTS        ?= 2M
SINGLE_EVENTS ?= 200k
MEMORY        ?= 64,256
SMALL         ?= 1M
LARGE         ?= 10M
IMPORTS       ?= 3
OUTAGE_HOURS  ?= 24
ROUNDS        ?= 1000
FUZZ_SECONDS  ?= 60
CASES         ?= 10000
PROPERTIES    ?= 4000
ARGS          ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests test test-wasm lint sizes demo bench bench-collector bench-engine bench-accuracy bench-sdk properties crash attack contract fuzz audit

help: ## Lists these
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

setup:
	@tests/setup.sh

setup-tests:
	@tests/setup.sh tests

# The same cases in every run: a change is to blame for what it breaks. `make properties` looks further.
test: export PROPTEST_RNG_SEED ?= 20261129
test: setup-tests lint ## Formatting, lints, every test, the docs: what has to pass before a change goes in
	cargo build $(WORKSPACE) --bins --tests
	cargo test $(WORKSPACE)
	RUSTDOCFLAGS='-D warnings' cargo doc $(WORKSPACE) --no-deps
	$(MAKE) test-wasm
	$(MAKE) sizes

test-wasm: setup-tests ## The browser package alone: types, Node.js, a headless browser, bundlers, edge runtimes
	bindings/wasm/test.sh

sizes: setup-tests ## What the SDK costs its hosts: crates, the C library, the browser package; fails when it is too much
	$(MAKE) -C bindings/c build
	bindings/wasm/setup.sh
	bindings/wasm/build.sh
	tests/budget.sh

lint: setup ## Formatting and lints alone
	cargo fmt --all --check
	cargo clippy $(WORKSPACE) --all-targets -- -D warnings
	@# As a host gets it: without the features that only the collector asks for.
	cargo clippy --locked -p crm-sdk --all-targets -- -D warnings
	@# What hosts may leave out has to be absent without harm.
	cargo clippy --locked -p crm-sdk --no-default-features -- -D warnings
	cargo clippy --locked -p crm-sdk --no-default-features --features native -- -D warnings
	cargo clippy --locked -p crm-sdk --no-default-features --features native,tls -- -D warnings
	cargo clippy --locked -p crm-sdk-c --no-default-features -- -D warnings
	cargo clippy --locked -p crm-models --no-default-features -- -D warnings
	@# As whoever reads answers gets it.
	cargo clippy --locked -p crm-api -- -D warnings

demo: setup ## A collector with a made-up shop of three years, until Ctrl-C (ARGS=--once: until the report)
	cargo run --locked --release -p crm-collector -- demo $(ARGS)

bench: bench-collector bench-engine bench-sdk ## All speed that is measured

bench-collector: setup ## Ingest, reports, import and the analysis against their yardsticks (EVENTS, MEMORY, SMALL, LARGE, …)
	cargo build --locked --release -p crm-collector
	cargo bench --locked -p crm-tests --bench ingest -- --events $(EVENTS) --single-events $(SINGLE_EVENTS) --memory $(MEMORY)
	cargo bench --locked -p crm-tests --bench reports -- --small $(SMALL) --large $(LARGE)
	cargo bench --locked -p crm-tests --bench import -- --rounds $(IMPORTS)
	cargo bench --locked -p crm-tests --bench analysis

bench-engine: setup ## The statistics' speed on one core, beside Python's (which it installs into target/)
	cargo bench --locked -p crm-tests --bench engine

bench-accuracy: setup ## How right the statistics are on real data and on planted truths, beside what others reach
	cargo bench --locked -p crm-tests --bench accuracy

bench-sdk: sizes ## The SDK beside its rivals: calls, sending, an outage, sizes (OUTAGE_HOURS; 24 take 16 GiB of disk)
	cd tests/bench-sdk && cargo run --release -- --outage-hours $(OUTAGE_HOURS)

crash: setup ## Kills hosts and collectors and loses answers, ROUNDS times; nothing may be lost, doubled or half corrected
	cargo build --locked -p crm-collector
	CRM_ROUNDS=$(ROUNDS) cargo test --locked -p crm-tests --test it -- corrected delivery spool erasure

attack: setup ## Attacks on a release build with 128 MiB: it lives, answers in time, and has its memory back
	cargo build --locked --release -p crm-collector
	CRM_ATTACK=full CRM_COLLECTOR=$(CURDIR)/target/release/crm-collector \
		cargo test --locked -p crm-tests --test it -- attack --nocapture --test-threads 1

properties: setup ## PROPERTIES random cases of each property test, new ones each time
	PROPTEST_CASES=$(PROPERTIES) cargo test $(WORKSPACE) --lib

contract: setup ## CASES made-up requests by key and by session, held against /openapi.json (schemathesis, into target/)
	cargo build --locked --release -p crm-collector
	tests/contract.sh $(CASES)

fuzz: setup ## The statistics against bytes that a fuzzer finds, for FUZZ_SECONDS
	fuzz/run.sh $(FUZZ_SECONDS)

audit: setup ## Advisories, licences and sources of dependencies (fetches cargo-deny and its database)
	@cargo deny --version > /dev/null 2>&1 || cargo install --locked cargo-deny
	cargo deny check
