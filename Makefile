# CONTRIBUTING.md lists the requirements of `make test` and `make test-all`. `make help` lists all targets.

NEXTEST := $(shell command -v cargo-nextest 2>/dev/null)
TEST    := $(if $(NEXTEST),cargo nextest run,cargo test)
HOST    := $(shell rustc -vV | sed -n 's/^host: //p')
NATIVE  := target/$(HOST)/release/s3-secure-bucket
MUSL    := $(shell uname -m)-unknown-linux-musl
STATIC  := target/$(MUSL)/release/s3-secure-bucket
PREFIX  ?= /usr/local
comma   := ,
# The folder exists if the Rust toolchain can build for musl.
HAS_MUSL := $(wildcard $(shell rustc --print target-libdir --target $(MUSL) 2>/dev/null))

.PHONY: help debug-build demo sandbox static static-check native native-check arm windows macos install test test-all lint lint-all unit real browser pictures package deny garage fuzz bench

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

static: ## build the static musl binary, which the releases and the image contain
	packaging/static.sh $(MUSL)

native: ## build the release binary for the host target of the toolchain (glibc on most Linux systems)
	cargo build --release --locked --bin s3-secure-bucket
	@ls -l $(NATIVE)

arm: ## build the binary for aarch64 Linux, and test it in QEMU (installs clang and QEMU with apt)
	tests/arm.sh

windows: ## build the program for Windows, and test it in wine (installs MinGW and wine with apt)
	tests/windows/run.sh

macos: ## type-check all code for macOS (installs clang with apt)
	tests/macos.sh

# Without the musl target, the installed binary is the native build.
install: $(if $(HAS_MUSL),static,native) ## install the binary, manual pages and completions into PREFIX (/usr/local)
	@echo "Installing $(if $(HAS_MUSL),the musl build$(comma) which equals the release build,the build for $(HOST)$(comma) because the target $(MUSL) is not installed)" >&2
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(if $(HAS_MUSL),$(STATIC),$(NATIVE)) $(DESTDIR)$(PREFIX)/bin/s3-secure-bucket
	packaging/share.sh $(if $(HAS_MUSL),$(STATIC),$(NATIVE)) $(DESTDIR)$(PREFIX)/share

test: lint unit ## run all checks that need no root, network or other server (takes some minutes)

# If the toolchain has no musl target and rustup cannot add one, the target test-all skips static-check.
test-all: test lint-all native-check real browser deny macos ## run make test and all other checks, and install the tools that they need
	@if [ -n "$(HAS_MUSL)" ] || rustup target add $(MUSL); then $(MAKE) static-check; else tests/skip.sh static-check "rustup cannot add $(MUSL)"; fi

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

static-check: static ## check that the static binary is small, runs in an empty root and resolves names
	tests/isolated.sh $(STATIC)

native-check: native ## run the checks of static-check on the native build
	tests/isolated.sh $(NATIVE)

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

bench: native static ## compare the release build with other tools (the first run installs them, which takes some minutes)
	cargo build --quiet --release --package s3-sandbox
	benches/run.sh $(STATIC) $(NATIVE) target/$(HOST)/release/s3-sandbox
