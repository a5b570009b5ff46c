# Billhatch. `make` or `make help` prints the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The modules of the workspace that have packages: the root first, then the nested ones.
MODULES = $(shell go list -m -f '{{.Dir}}' | while read -r dir; do \
	if [ -n "$$(cd "$$dir" && go list -e ./... 2>/dev/null)" ]; then echo "$$dir"; fi; done)
# Every go.mod, also of the tools.
GOMODS = $(shell git ls-files -co --exclude-standard -- go.mod '*/go.mod')

BIN := $(CURDIR)/bin
LINT := $(BIN)/golangci-lint
TOOLS := $(BIN)/.tools
# The tools that need node, for the API document and its TypeScript types.
WEB := internal/web
WEBTOOLS := $(WEB)/node_modules/.package-lock.json

FUZZ_SECONDS ?= 60# over all fuzz targets together
LONG_CHECKS ?= 300# runs of each property in `make long`
BENCH ?= .
COUNT ?= 6

# What `make check` and .ci/run go through, in this order.
STAGES := vet lint check-generated web tidy-check race integration browser fuzz long

.PHONY: help
help: ## Print this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: check
check: $(STAGES) test ## Everything that .ci/run runs, without installing anything.

.PHONY: stages
stages:
	@echo $(STAGES)

.PHONY: test
test: ## The tests of the root module.
	go test ./...

.PHONY: race
race: ## The tests of every module with the race detector; of long enumerations a sample.
	@$(call each,CGO_ENABLED=1 go test -race -short ./...)

.PHONY: vet
vet: ## go vet in every module, and the root as a host sees it.
	@$(call each,go vet ./...)
	GOWORK=off go build ./...

.PHONY: lint
lint: $(LINT) ## golangci-lint in every module.
	@$(call each,$(LINT) run --config $(CURDIR)/.golangci.yml ./...)

.PHONY: staticcheck
staticcheck: $(TOOLS) ## The analysis alone, quicker than lint.
	@$(call each,$(BIN)/staticcheck ./...)

.PHONY: fmt
fmt: $(TOOLS) ## Format everything with gofumpt.
	git ls-files -co --exclude-standard -- '*.go' | xargs --no-run-if-empty $(BIN)/gofumpt -w

.PHONY: fuzz
fuzz: ## Every fuzz target for a short time; FUZZ_SECONDS in all.
	@.ci/fuzz $(FUZZ_SECONDS)

.PHONY: long
long: ## Property tests with many more runs; LONG_CHECKS each.
	@.ci/long $(LONG_CHECKS)

.PHONY: bench
bench: $(TOOLS) ## Benchmarks into out/bench.txt, compared with the run before. BENCH, COUNT.
	@mkdir -p out
	@if [ -f out/bench.txt ]; then mv out/bench.txt out/bench-before.txt; fi
	go test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) ./... | grep -v 'no test files' | tee out/bench.txt
	@if [ -f out/bench-before.txt ]; then $(BIN)/benchstat out/bench-before.txt out/bench.txt; fi

.PHONY: integration
integration: ## The nested modules with the programs they need; a missing program is a failure.
	@for dir in $(MODULES); do \
		if [ "$$dir" != "$(CURDIR)" ]; then \
			echo "== $${dir#$(CURDIR)/}"; (cd "$$dir" && BILLHATCH_INTEGRATION=1 go test -count=1 -timeout 10m ./...); \
		fi; done

.PHONY: browser
browser: ## The pages in a real Chromium: keyboard, axe, screenshots into out/screenshots.
	cd internal/browser && npm ci --silent --no-audit --no-fund && npm test --silent

# The files whose every check must be needed by a test.
GUARDED := billing/account.go billing/session.go billing/clients.go billing/seal.go billing/portal.go \
	billing/recipients.go billing/invoices.go billing/email.go billing/report.go billing/history.go billing/audit.go \
	billing/statement.go billing/config.go billing/pdf.go billing/methods.go \
	billing/frozen.go rbac/engine.go rbac/principal.go rbac/policy.go \
	$(addprefix billing/closing/,behind.go close.go config.go errors.go freeze.go issue.go late.go lease.go person.go \
		preview.go reconcile.go run.go) \
	$(addprefix billing/webhook/,config.go drain.go handler.go mirror.go refresh.go sweep.go worker.go) \
	$(addprefix billing/portal/internal/gate/,limiter.go overload.go) \
	internal/frozen/frozen.go internal/frozen/wire.go \
	$(addprefix usage/,codec.go codec_check.go codec_read.go codec_wire.go codec_write.go)

.PHONY: guards
guards: ## Take the checks of the guarded files away one at a time: a test must fail each time. Minutes.
	cd internal/tools && go run ./guards -root ../.. -short -timeout 3m $(GUARDED)

.PHONY: generate
generate: $(TOOLS) $(WEBTOOLS) ## Run go generate in every module, and write the TypeScript types.
	@PATH="$(BIN):$$PATH"; $(call each,go generate ./...)
	npm --prefix $(WEB) run --silent generate

.PHONY: check-generated
check-generated: ## Fail when generated files are not what `make generate` writes.
	@before="$$(mktemp)"; after="$$(mktemp)"; trap 'rm -f "$$before" "$$after"' EXIT; \
		$(call checksums) >"$$before"; $(MAKE) --no-print-directory generate; $(call checksums) >"$$after"; \
		diff "$$before" "$$after" || { echo 'generated files were out of date; commit what make generate wrote' >&2; exit 1; }

.PHONY: web
web: $(WEBTOOLS) ## Lint the API document, and check what its TypeScript types say.
	npm --prefix $(WEB) run --silent check
	npm --prefix $(WEB)/types ci --silent --no-audit --no-fund
	npm --prefix $(WEB)/types run --silent check

.PHONY: tidy-check
tidy-check: ## Fail when a go.mod or go.sum is not tidy.
	@for mod in $(GOMODS); do \
		echo "== $$mod"; (cd "$$(dirname "$$mod")" && GOWORK=off go mod tidy -diff); done

.PHONY: tools
tools: $(TOOLS) $(LINT) ## Build the pinned tools into bin/.

$(TOOLS): internal/tools/go.mod internal/tools/go.sum
	@mkdir -p $(BIN)
	cd internal/tools && GOWORK=off go build -o $(BIN)/ tool
	@touch $@

$(LINT): internal/tools/lint/go.mod internal/tools/lint/go.sum
	@mkdir -p $(BIN)
	cd internal/tools/lint && GOWORK=off go build -o $(BIN)/ tool

$(WEBTOOLS): $(WEB)/package.json $(WEB)/package-lock.json
	npm --prefix $(WEB) ci --ignore-scripts --no-audit --no-fund
	@touch $@

# each runs one command in the folder of every module.
define each
for dir in $(MODULES); do echo "== $$(basename "$$dir"): $(1)"; (cd "$$dir" && $(1)); done
endef

define checksums
git ls-files -co --exclude-standard -z -- '*.go' '*/api.d.ts' | sort -z | xargs -0 --no-run-if-empty sha256sum
endef
