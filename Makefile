# CONTRIBUTING.md lists the requirements of `make test` and `make test-all`. `make help` lists all targets.

NEXTEST := $(shell command -v cargo-nextest 2>/dev/null)
TEST    := $(if $(NEXTEST),cargo nextest run,cargo test)
HOST    := $(shell rustc -vV | sed -n 's/^host: //p')
RELEASE := target/$(HOST)/release/s3-secure-bucket
MUSL    := $(shell uname -m)-unknown-linux-musl
PREFIX  ?= /usr/local
COMMANDS = bootstrap audit verify presign presign-get presign-put presign-head presign-delete presign-post presign-multipart \
           request list revoke inspect iam-policy credentials endpoint completions man

.PHONY: help debug-build demo sandbox static musl musl-binary install test test-all lint lint-all unit static-check real browser pictures package deny garage fuzz fleet bench

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

# Prints a message, because the first build takes a minute without output.
debug-build:
	@echo "Building (about a minute the first time)…" >&2
	@cargo build --quiet --package s3-secure-bucket --package s3-sandbox

demo: debug-build ## harden a bucket on the embedded sandbox, upload a file, download it
	@tests/demo.sh target/$(HOST)/debug

sandbox: debug-build ## start an in-memory S3 server and print the lines to paste into another terminal
	@echo "Paste these lines into another terminal. Press Ctrl-C here to stop the server." >&2
	@echo "export PATH='$(CURDIR)/target/$(HOST)/debug':\"\$$PATH\""
	@target/$(HOST)/debug/s3-sandbox --aws-defaults --ca-out target/sandbox-ca.pem

static: ## build the release binary, which is one static file
	cargo build --release
	@ls -l $(RELEASE)

musl: musl-binary ## build and check the musl binary, which the releases and the image contain
	tests/isolated.sh target/$(MUSL)/release/s3-secure-bucket

musl-binary:
	rustup target add $(MUSL)
	CC_$(subst -,_,$(MUSL))=$$(command -v musl-gcc || echo gcc) cargo build --release --locked --bin s3-secure-bucket --target $(MUSL)
	@ls -l target/$(MUSL)/release/s3-secure-bucket

install: static ## install the binary, manual pages and completions into PREFIX (/usr/local)
	install -D -m 755 $(RELEASE) $(DESTDIR)$(PREFIX)/bin/s3-secure-bucket
	@set -e; share=$(DESTDIR)$(PREFIX)/share; bin=$(RELEASE); \
	mkdir -p $$share/man/man1 $$share/bash-completion/completions $$share/zsh/site-functions $$share/fish/vendor_completions.d; \
	$$bin man >$$share/man/man1/s3-secure-bucket.1; \
	for command in $(COMMANDS); do $$bin man $$(echo $$command | sed 's/^presign-/presign /') >$$share/man/man1/s3-secure-bucket-$$command.1; done; \
	$$bin completions bash >$$share/bash-completion/completions/s3-secure-bucket; \
	$$bin completions zsh >$$share/zsh/site-functions/_s3-secure-bucket; \
	$$bin completions fish >$$share/fish/vendor_completions.d/s3-secure-bucket.fish

test: lint unit ## run all checks that need no root, network or other server (takes some minutes)

# If rustup is missing or cannot add the musl target, the target test-all skips musl.
test-all: test lint-all static-check real browser deny ## run make test and all other checks, and install the tools that they need
	@if rustup target add $(MUSL); then $(MAKE) musl; else tests/skip.sh musl "rustup cannot add $(MUSL)"; fi

lint: ## check the format, the documentation and plain English, and run clippy with warnings as errors
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --test real --test garage -- -D warnings
	cargo clippy --lib --bins -- -D warnings # without the feature `internals`, so that clippy finds unused code
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
	cargo test --quiet --test main words:: -- --nocapture

lint-all: lint ## run make lint, and linters for scripts, spelling, workflows, Dockerfile and Kubernetes
	tests/lint/run.sh

unit: ## run unit, property, fault and integration tests
	$(TEST) --workspace
	cargo test --workspace --doc --quiet

static-check: static ## check that the release binary is static and small, and runs in an empty root and resolves names
	tests/isolated.sh $(RELEASE)

real: ## test the program against Ceph RGW, LocalStack and MiniStack
	tests/real/run.sh

browser: debug-build ## test all generated pages in headless Chromium (also on Ceph and MiniStack), and validate SARIF
	tests/browser/run.sh target/$(HOST)/debug

pictures: debug-build ## draw the pictures of the documents again from real output (needs Python, npm and Chromium)
	docs/pictures/terminal.py target/$(HOST)/debug
	PICTURES=docs/pictures tests/browser/run.sh target/$(HOST)/debug

package: ## build the packages that are published on crates.io
	cargo package --workspace --exclude s3-sandbox --locked

deny: ## check the licences and sources of all dependencies, and their security advisories
	tests/deny.sh

garage: ## test the program against Garage (the first run builds Garage, which takes some minutes)
	tests/real/garage-run.sh

fuzz: ## run every fuzz target for SECONDS (default 600) each (needs nightly and cargo-fuzz)
	cd fuzz && for target in fuzz_targets/*.rs; do \
	    cargo +nightly fuzz run --fuzz-dir . $$(basename $$target .rs) -- -max_total_time=$(or $(SECONDS),600) -max_len=4096 || exit 1; \
	done

fleet: static ## compare the time for a thousand buckets with boto3 and threads
	cargo build --quiet --release --package s3-sandbox
	benches/fleet.sh $(RELEASE) target/$(HOST)/release/s3-sandbox

bench: static ## compare the speed with other tools (the first run installs them, which takes some minutes)
	cargo build --quiet --release --package s3-sandbox
	benches/run.sh $(RELEASE) target/$(HOST)/release/s3-sandbox
