# `make demo` and `make test` need nothing but this repository, cargo and (for test) root or sudo
# for Ceph's packages. `make help` lists the rest.

NEXTEST := $(shell command -v cargo-nextest 2>/dev/null)
TEST    := $(if $(NEXTEST),cargo nextest run,cargo test)
HOST    := $(shell rustc -vV | sed -n 's/^host: //p')
RELEASE := target/$(HOST)/release/s3-secure-bucket

.PHONY: help demo build test lint unit real browser fleet bench

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

demo: ## the main job on the embedded sandbox: harden a bucket, upload, download
	@cargo build --quiet --package s3-secure-bucket --package s3-sandbox
	@tests/demo.sh target/$(HOST)/debug

build: ## the static release binary
	cargo build --release
	@ls -l $(RELEASE)

test: lint unit real browser ## everything that has to hold, the servers of others included

lint: ## format, clippy (warnings are errors), documentation
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

unit: ## unit, property and integration tests; the release binary is static and runs in an empty root
	$(TEST) --workspace
	cargo test --workspace --doc --quiet
	cargo build --release
	S3SB_BINARY=$(CURDIR)/$(RELEASE) cargo test --test main static_binary

real: ## the program against Ceph RGW and LocalStack
	tests/real/run.sh

browser: ## the upload page and the audit in headless Chromium, SARIF against its schema
	cargo build --quiet --package s3-secure-bucket --package s3-sandbox
	tests/browser/run.sh target/$(HOST)/debug

fleet: build ## a thousand buckets, against boto3 with threads
	cargo build --quiet --release --package s3-sandbox
	benches/fleet.sh $(RELEASE) target/$(HOST)/release/s3-sandbox

bench: build ## ratios against peers, in one run (pulls them: some minutes the first time)
	benches/run.sh $(RELEASE)
