# Everything starts here: `make shift` on a fresh machine needs python3 >= 3.11 and make.
# Shell of more than three lines lives in scripts/.

EXTRAS ?= sim,record,serve,board,dev

BIN := .venv/bin
# Off-screen drawing: what .venv/GL found, unless the caller chose.
GL = MUJOCO_GL=$${MUJOCO_GL:-$$(cat .venv/GL)}
# The browser that the board is looked at with.
WITH_CHROMIUM = CHROMIUM="$$(cat .venv/CHROMIUM)"

.DEFAULT_GOAL := help
.PHONY: help .venv gl shift test slow slow-computed slow-timed test-all check format build bench constraints clean

help: ## show this list
	@echo "Ontakt: a VLA-driven humanoid on a factory clock"
	@echo
	@sed -nE 's/^([a-z.%-]+):.*## (.*)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 22

.venv: .venv/READY ## set up the Python environment (pinned versions)

.venv/READY: pyproject.toml constraints.txt scripts/venv.sh
	@scripts/venv.sh $(EXTRAS)
	@touch $@

extra-%: .venv/READY-% ## add one more extra: make extra-policy, extra-serve, extra-board
	@:

.PRECIOUS: .venv/READY-%
.venv/READY-%: .venv/READY
	@scripts/venv.sh $*
	@touch $@

gl: .venv/GL ## find (or install) a way to draw without a screen
	@echo "MUJOCO_GL=$$(cat .venv/GL)"

.venv/GL: .venv/READY scripts/gl.sh
	@backend=$$(scripts/gl.sh) && echo $$backend > $@

.venv/CHROMIUM: .venv/READY scripts/chromium.sh
	@browser=$$(scripts/chromium.sh) && echo $$browser > $@

shift: .venv/GL .venv/READY-policy ## set up and run a short shift at the nut-loading station
	@$(GL) $(BIN)/ontakt shift nut-loading --cycles 20

test: .venv/GL .venv/READY-policy ## set up and run the default tests, on all cores
	@$(GL) $(BIN)/pytest -q -n auto --dist worksteal

slow: slow-computed slow-timed ## run the slow tests

# What is only computed runs on all cores; what is timed, served, drawn or killed runs alone.
COMPUTED := architecture benchmarks contract evidence examples line policy station
TIMED := board cli runtime

slow-computed: .venv/GL .venv/READY-policy
	@$(GL) $(BIN)/pytest -q -m "slow and not gpu" -n auto --dist worksteal $(COMPUTED:%=tests/%)

slow-timed: .venv/GL .venv/CHROMIUM .venv/READY-policy
	@$(GL) $(WITH_CHROMIUM) $(BIN)/pytest -q -m "slow and not gpu" $(TIMED:%=tests/%)

test-all: .venv/GL .venv/CHROMIUM .venv/READY-policy ## run all tests but those that need a GPU
	@$(GL) $(WITH_CHROMIUM) $(BIN)/pytest -q -m "not gpu"

check: .venv/READY-policy ## check format, lint, types and imports
	@$(BIN)/ruff format --check --output-format concise . || { echo "run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports

format: .venv/READY ## format the code and mend what can be mended
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

build: .venv/READY ## build the wheel into dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . > /dev/null
	@ls dist/*.whl

bench: .venv/GL .venv/READY-policy ## run the benchmarks
	@$(GL) scripts/bench.sh

constraints: .venv/READY ## resolve the newest allowed versions into constraints.txt
	@$(BIN)/python scripts/constraints.py

clean: ## remove the environment, builds and caches
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
