# What a contributor runs. `make` lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# The tests share fixed ports, and two builds at once are slower than one after the other.
.NOTPARALLEL:

FUZZTIME ?= 60s

golangci_lint := go tool -modfile=tools/lint/go.mod golangci-lint

# Everything that ends up in ./caddy, what is embedded included.
rooms := $(filter-out bench/ build/ data/ docs/ examples/ tests/ tools/, $(wildcard */))
sources := $(wildcard *.go) go.mod go.sum xcaddy.sh tools/go.mod tools/go.sum \
	$(shell find $(rooms) -type f ! -name '*_test.go' ! -name '*.md' ! -path '*/testdata/*')

# The packages below tests/ use fixed ports, so they run one after the other, and never from the cache.
unit_packages = $$(go list ./... | grep -Ev '/tests(/|$$)')
e2e_flags := -count=1 -p 1 -timeout 20m

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  %-12s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: caddy demo ## Run the demo API and the gateway in front of it on http://127.0.0.1:8080, until Ctrl-C
	@tools/run.sh

.PHONY: build
build: caddy ## Build ./caddy with this checkout inside

caddy: $(sources)
	./xcaddy.sh $@
	@touch $@

.PHONY: demo
demo:
	@mkdir -p build
	go build -o build/demo ./examples/demo
	go -C tools build -o ../build/ ./waitfor ./portfree

.PHONY: test
test: vet unit e2e example ## Everything but the long campaigns: vet, unit, e2e, example, 3 s of each fuzz test
	tools/fuzz.sh 3s

.PHONY: vet
vet:
	go vet ./...
	go -C tools vet ./...

.PHONY: unit
unit: ## Test the packages, without what is below tests/
	packages=$(unit_packages); go test $$packages
	go -C tools test ./...

.PHONY: e2e
e2e: caddy ## Test the whole, conformance included
	go test $(e2e_flags) ./tests/...

.PHONY: example
example: caddy ## Check that ./caddy holds our modules and takes Caddyfile.example
	./caddy list-modules | grep gatewright
	./caddy adapt --config Caddyfile.example >/dev/null
	./caddy validate --config Caddyfile.example
	./caddy fmt --diff Caddyfile.example

.PHONY: race
race: ## Test everything with the race detector (needs a C compiler)
	@cc=$$(go env CC); command -v "$$cc" >/dev/null || { \
		echo "make race: the race detector needs cgo, and the C compiler $$cc is missing; install gcc" >&2; exit 1; }
	packages=$(unit_packages); CGO_ENABLED=1 go test -race $$packages
	CGO_ENABLED=1 go test -race $(e2e_flags) ./tests/...

.PHONY: lint
lint: tidy-check ## Run the linters, check that the go.mod files are tidy, check the shell scripts
	$(golangci_lint) run ./...
	cd tools && go tool -modfile=lint/go.mod golangci-lint run ./...
	@if command -v shellcheck >/dev/null; then \
		echo "shellcheck *.sh tools/*.sh .ci/run"; shellcheck *.sh tools/*.sh .ci/run; \
	else \
		echo "shellcheck is not installed: the shell scripts were not checked"; \
	fi

.PHONY: tidy-check
tidy-check: ## Fail when a go.mod or go.sum is not tidy
	go mod tidy -diff
	go -C tools mod tidy -diff
	go -C tools/lint mod tidy -diff

.PHONY: fmt
fmt: ## Format the Go code
	$(golangci_lint) fmt ./...
	cd tools && go tool -modfile=lint/go.mod golangci-lint fmt ./...

.PHONY: fuzz
fuzz: ## Run every fuzz test for FUZZTIME (60s)
	tools/fuzz.sh $(FUZZTIME)

.PHONY: conformance
conformance: ## Hold the gateway against the recorded scenarios
	go test -count=1 -timeout 20m -run TestConformance -v ./tests/conformance/

.PHONY: providers
providers: ## Try every provider of the catalogue against a double, and count how far each gets
	go test -count=1 -run TestEveryProvider -v ./connect/doubles/

.PHONY: faults
faults: ## Kill the gateway while it works, and count what was lost
	go test -count=1 -v ./tests/faults

.PHONY: bench
bench: ## Measure how long one decision takes
	go test -run '^$$' -bench Decide -benchmem ./policy/

.PHONY: clean
clean: ## Remove what was built; data/ stays
	rm -rf caddy build
