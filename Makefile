# CONTRIBUTING.md lists what `make test` and `make test-all` need. `make help` lists the rest.

NEXTEST := $(shell command -v cargo-nextest 2>/dev/null)
TEST    := $(if $(NEXTEST),cargo nextest run,cargo test)
HOST    := $(shell rustc -vV | sed -n 's/^host: //p')
RELEASE := target/$(HOST)/release/s3-secure-bucket
MUSL    := $(shell uname -m)-unknown-linux-musl
PREFIX  ?= /usr/local
COMMANDS = bootstrap audit verify presign presign-get presign-put presign-head presign-delete presign-post \
           inspect iam-policy credentials endpoint completions man

.PHONY: help debug-build demo sandbox static musl musl-binary install test test-all lint lint-all unit static-check real browser pictures package deny garage fuzz fleet bench

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

# Says what it does: without that, the first build is a silent minute.
debug-build:
	@echo "Building (about a minute the first time)…" >&2
	@cargo build --quiet --package s3-secure-bucket --package s3-sandbox

demo: debug-build ## the main job on the embedded sandbox: harden a bucket, upload, download
	@tests/demo.sh target/$(HOST)/debug

sandbox: debug-build ## an S3 server in memory to try things on: prints what to paste into another terminal
	@echo "Paste these lines into another terminal. Ctrl-C here ends the server." >&2
	@echo "export PATH='$(CURDIR)/target/$(HOST)/debug':\"\$$PATH\""
	@target/$(HOST)/debug/s3-sandbox --aws-defaults --ca-out target/sandbox-ca.pem

static: ## the release binary: one static file
	cargo build --release
	@ls -l $(RELEASE)

musl: musl-binary ## the same on musl, a fifth smaller, and checked: what a release and the image hold
	tests/isolated.sh target/$(MUSL)/release/s3-secure-bucket

musl-binary:
	rustup target add $(MUSL)
	CC_$(subst -,_,$(MUSL))=$$(command -v musl-gcc || echo gcc) cargo build --release --locked --bin s3-secure-bucket --target $(MUSL)
	@ls -l target/$(MUSL)/release/s3-secure-bucket

install: static ## into PREFIX (/usr/local): the binary, manual pages, completions
	install -D -m 755 $(RELEASE) $(DESTDIR)$(PREFIX)/bin/s3-secure-bucket
	@set -e; share=$(DESTDIR)$(PREFIX)/share; bin=$(RELEASE); \
	mkdir -p $$share/man/man1 $$share/bash-completion/completions $$share/zsh/site-functions $$share/fish/vendor_completions.d; \
	$$bin man >$$share/man/man1/s3-secure-bucket.1; \
	for command in $(COMMANDS); do $$bin man $$(echo $$command | sed 's/^presign-/presign /') >$$share/man/man1/s3-secure-bucket-$$command.1; done; \
	$$bin completions bash >$$share/bash-completion/completions/s3-secure-bucket; \
	$$bin completions zsh >$$share/zsh/site-functions/_s3-secure-bucket; \
	$$bin completions fish >$$share/fish/vendor_completions.d/s3-secure-bucket.fish

test: lint unit ## all that needs no root, no network and no server of others: some minutes

# The last step is a recipe: where rustup is missing or has no such target, it is skipped.
test-all: test lint-all static-check real browser deny ## make test, and all the rest; it installs what it needs
	@if rustup target add $(MUSL); then $(MAKE) musl; else tests/skip.sh musl "rustup cannot add $(MUSL)"; fi

lint: ## format, clippy (warnings are errors), documentation, plain English
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --test real --test garage -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
	cargo test --quiet --test main words:: -- --nocapture

lint-all: lint ## and what linters from PyPI and npm check: scripts, spelling, workflows, Dockerfile, Kubernetes
	tests/lint/run.sh

unit: ## unit, property, fault and integration tests
	$(TEST) --workspace
	cargo test --workspace --doc --quiet

static-check: static ## the release binary is static, small, runs in an empty root, finds hosts where name servers misbehave
	tests/isolated.sh $(RELEASE)

real: ## the program against Ceph RGW, LocalStack and MiniStack
	tests/real/run.sh

browser: debug-build ## the upload page and the audit in headless Chromium, SARIF against its schema
	tests/browser/run.sh target/$(HOST)/debug

pictures: debug-build ## draws the pictures of the documents again, from real output; needs Python
	docs/pictures/terminal.py target/$(HOST)/debug

package: ## the crates as crates.io would get them, built
	cargo package --workspace --exclude s3-sandbox --locked

deny: ## licences, bans and sources of every dependency; advisories, where their database can be reached
	tests/deny.sh

garage: ## the program against Garage (built from source the first time: some minutes)
	tests/real/garage-run.sh

fuzz: ## every fuzz target for SECONDS (600) each; needs nightly and cargo-fuzz
	cd fuzz && for target in fuzz_targets/*.rs; do \
	    cargo +nightly fuzz run --fuzz-dir . $$(basename $$target .rs) -- -max_total_time=$(or $(SECONDS),600) -max_len=4096 || exit 1; \
	done

fleet: static ## a thousand buckets, against boto3 with threads
	cargo build --quiet --release --package s3-sandbox
	benches/fleet.sh $(RELEASE) target/$(HOST)/release/s3-sandbox

bench: static ## ratios against peers, in one run (pulls them: some minutes the first time)
	cargo build --quiet --release --package s3-sandbox
	benches/run.sh $(RELEASE) target/$(HOST)/release/s3-sandbox
