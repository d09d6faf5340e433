# Everything a fresh clone needs, set up by the first call; later calls start at once.
#
#   make run  ARGS="run spec.toml --out out"      the program (without ARGS: the window)
#   make test ARGS="tests/engine -k gaussian"     style, format, tests under a virtual screen

SHELL := bash
PY    := .venv/bin/python
ARGS  ?=

.PHONY: run test lint format bench clean distclean

run:
	@bash .ci/setup run
	@$(PY) main.py $(ARGS)

test:
	@bash .ci/setup test
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --quiet --check . || { echo "rewire: 'make format' puts the files right"; exit 1; }
	@bash .ci/halves $(PY) $(ARGS)

lint:
	@bash .ci/setup run
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

format:
	@bash .ci/setup run
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

# One measurement is one file: make bench ARGS="bench/training.py --steps 500"
bench:
	@bash .ci/setup run
	@$(if $(strip $(ARGS)),bash .ci/display $(PY) $(ARGS),ls bench/*.py)

clean:
	@rm -rf build dist *.egg-info .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean
	@rm -rf .venv
