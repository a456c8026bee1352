# Everything a contributor or newcomer runs. Each target makes .venv itself when it is missing.
PYTHON ?= python3
BIN := .venv/bin
EXECUTE ?= cache
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser)
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Hundreds of processes of the tests import the SDK: it is compiled once.
unexport PYTHONDONTWRITEBYTECODE
# Neighbours stay together, as they share what is made for a module; who is done takes from the other.
PARALLEL := -n 2 --dist worksteal

.PHONY: demo test test-slow test-comfyui test-browser chromium docs check benchmark regenerate clean

# What `make demo` needs is a small part of what `make test` needs.
.venv/demo.stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[cli,images]'
	@touch $@

.venv/dev.stamp: .venv/demo.stamp
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: .venv/demo.stamp  ## A picture from a prompt, on this machine, in one command.
	$(BIN)/stationthis run text-to-picture prompt="a lighthouse at dusk" seed=7 --local --save out

test: .venv/dev.stamp  ## The whole fast suite.
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow"

test-slow: .venv/dev.stamp  ## The tests that need seconds each.
	$(BIN)/python -m pytest $(PARALLEL) -m slow

test-comfyui: .venv/dev.stamp  ## Graphs on a real ComfyUI, in an environment of its own (1.8 GB, by pip alone).
	$(BIN)/python scripts/real_comfyui.py -v

.venv/browser.stamp: .venv/dev.stamp
	$(BIN)/python -m pip install --quiet --editable '.[browser]'
	@touch $@

chromium:
	@test -n "$(CHROMIUM)" || { echo "Chromium is missing: apt-get install chromium, or make CHROMIUM=/path/to/chromium test-browser" >&2; exit 1; }

test-browser: chromium .venv/browser.stamp  ## The gateway's page, JupyterLab and Voilà in headless Chromium; leaves pictures in out/.
	$(BIN)/python -m pytest --chromium "$(CHROMIUM)" tests/browser
	@echo "Pictures to look at: out/page*.png out/lab-*.png out/voila-*.png"

docs: .venv/dev.stamp  ## The reference in out/docs, with the guides as they run here; make EXECUTE=off docs builds without running them.
	$(BIN)/python scripts/build_docs.py --execute $(EXECUTE)

check: .venv/dev.stamp  ## Format, lint, types, import arrows, generated files.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/regenerate_client.py --check
	$(BIN)/python scripts/generate_sync.py --check
	$(BIN)/python scripts/generate_map.py --check
	$(BIN)/python scripts/generate_stdio_client.py --check
	$(BIN)/python scripts/strip_notebooks.py --check

benchmark:  ## How fast it is beside its rivals, each in an environment of its own; some 30 minutes.
	$(PYTHON) scripts/benchmark.py

regenerate: .venv/dev.stamp  ## The generated clients, the synchronous classes and the map of operations.
	$(BIN)/python scripts/regenerate_client.py
	$(BIN)/python scripts/generate_sync.py
	$(BIN)/python scripts/generate_map.py
	$(BIN)/python scripts/generate_stdio_client.py

clean:  ## Forget the environment and every cache.
	rm -rf .venv .venv-comfyui .pytest_cache .mypy_cache .ruff_cache .hypothesis dist out
