# The verbs of this repository; `make help` lists them.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

GO            ?= go
GOFUMPT       := $(GO) run mvdan.cc/gofumpt@v0.12.0
GOLANGCI_LINT := GOLANGCI_LINT_CACHE=$(CURDIR)/.cache/golangci-lint $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
DISPLAYED     := tools/ci/display

# Seconds that `make demo` plays where there is no screen.
DEMO_SECONDS ?= 20
# Seconds for each fuzz target, and the most for all of them together.
FUZZ_SECONDS ?= 4
FUZZ_BUDGET  ?= 240
# How long `make soak` keeps worlds running, in simulated time.
SOAK ?= 1h
# Regular expression of the benchmarks for `make bench`.
BENCH ?= .

export DEMO_SECONDS

.PHONY: help demo setup test check race fuzz bench soak wasm server lint tidy gen fmt format vet generated

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install the C libraries and the virtual display that are missing
	@tools/setup.sh

demo: setup ## play the arena against bots; without a screen for DEMO_SECONDS, with a screenshot
	@$(GO) run ./tools/demo

test: setup ## run all tests, with those that open a window
	$(DISPLAYED) $(GO) test -timeout 15m ./...

check: setup format vet lint generated server wasm tidy fuzz race ## everything that CI runs after the tests

race: setup ## run the tests of all packages without a window under the race detector
	$(DISPLAYED) $(GO) test -race -short -timeout 15m $$(tools/ci/packages no-window)

fuzz: ## run every fuzz target for a few seconds (FUZZ_SECONDS, FUZZ_BUDGET)
	@tools/ci/fuzz $(FUZZ_SECONDS) $(FUZZ_BUDGET)

bench: ## run the benchmarks (BENCH=pattern)
	$(GO) run ./tools/bench -bench '$(BENCH)'

soak: ## run whole games for SOAK of simulated time
	TANDEM_SOAK=$(SOAK) $(GO) test -run 'Soak' -timeout 0 -count 1 -v $$(tools/ci/packages soak)

wasm: ## build everything that a browser runs
	GOOS=js GOARCH=wasm $(GO) build $$(tools/ci/packages wasm)

server: ## build the servers without cgo for linux, windows and darwin into bin/
	@tools/ci/servers

lint: ## run golangci-lint with the linters of .golangci.yml
	$(GOLANGCI_LINT) run ./...

tidy: ## hold the repository against its laws, and compile and run what its pages show
	$(DISPLAYED) $(GO) test -count 1 ./tools/tidy

gen: ## write generated files anew
	$(GO) generate ./...

fmt: ## format all Go files with gofumpt
	$(GOFUMPT) -w .

format: # fails if gofumpt would change a file
	@unformatted=$$($(GOFUMPT) -l .); \
	if [ -n "$$unformatted" ]; then printf 'not formatted; run make fmt:\n%s\n' "$$unformatted" >&2; exit 1; fi

vet:
	$(GO) vet ./...

generated: # fails if a generated file is not what go generate writes
	@tools/ci/generated
