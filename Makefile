# What one can do here. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help run frontend test lint bench bench-large cli soak lambdas verify-template verify-deployment deploy

# Cargo chooses the features of shared dependencies by what is selected. Selecting the whole workspace
# and `--examples` (there are none) gives the choice that the tests get, so nothing compiles twice.
BUILD = cargo build --workspace --examples
BUILT = $${CARGO_TARGET_DIR:-target}

# Selected by themselves, so that nothing of the local stack or the tests gets into them.
LAMBDAS = record-commands people-commands operator-commands record-queries audit-queries exporter projector publisher rebuilder site-publisher

help: ## says what each of these does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

run: ## starts everything on this machine (PORT=8080 DATA=data HOST=127.0.0.1 DURABILITY=full)
	@scripts/frontend.sh || { [ $$? = 2 ] && echo "Everything else is there without them." >&2; }
	@$(BUILD) --bin annals-local --bin annals
	@exec "$(BUILT)/debug/annals-local"

frontend: ## builds the screens, into frontend/dist; only when their sources have changed
	@scripts/frontend.sh

test: ## checks everything: tools, format, lints, build, tests, screens, documentation
	@scripts/test.sh

lint: ## checks format and lints only
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets -- -D warnings

bench: ## measures commands, reads, projections and rebuilds, and writes bench/RESULTS.md
	@$(BUILD) --profile benchmark --bin bench
	@"$(BUILT)/benchmark/bench"

bench-large: ## measures searches of COMMITS=1000000 commits and their rebuild, and writes bench/LARGE.md
	@$(BUILD) --profile benchmark --bin bench
	@BENCH_LARGE="$${COMMITS:-1000000}" "$(BUILT)/benchmark/bench"

cli: ## builds the command line for release and installs it as `annals` (FOLDER=~/.cargo)
	@cargo install --locked --path crates/cli --root "$${FOLDER:-$${CARGO_HOME:-$$HOME/.cargo}}"

soak: ## repeats the chaos test over SCHEDULES=100000 schedules from SEED=, or for SOAK_SECONDS=
	@scripts/soak.sh

lambdas: ## builds the Lambda functions for release, into target/lambda/<name>/bootstrap
	@cargo build --release --package commands --package queries --package projections --package site --bins
	@for name in $(LAMBDAS); do \
		mkdir -p "$(BUILT)/lambda/$$name" && \
		cp "$(BUILT)/release/$$name" "$(BUILT)/lambda/$$name/bootstrap" && \
		ls -l "$(BUILT)/lambda/$$name/bootstrap" | awk '{ printf "%6.1f MB  %s\n", $$5 / 1e6, $$NF }' || exit 1; \
	done
	@scripts/check_template.py built

verify-template: ## checks template.yaml without an account: linters, rules, who may do what
	@scripts/check_template.py

verify-deployment: ## deploys template.yaml to an emulated account and tries it (BOOTSTRAPS=target/lambda)
	@[ -n "$$BOOTSTRAPS" ] || $(BUILD) --bins
	@$(BUILD) --bin annals-local --bin annals
	@scripts/check_deployment.py

deploy: ## builds and deploys to AWS, with SAM and cargo-lambda (STAGE=dev; docs/deploy.md)
	@sam build --config-env "$(SAM_CONFIG)"
	@sam deploy --config-env "$(SAM_CONFIG)"

# What samconfig.toml calls a stage.
STAGE = dev
SAM_CONFIG = $(if $(filter dev,$(STAGE)),default,$(STAGE))
