#!/usr/bin/env bash
# The test command of the README: format, lint, types, unit tests, then the slow ones that train, build and install.
set -euo pipefail
cd "$(dirname "$0")/.."
ruff format --check .
ruff check .
mypy
python -m pytest -m "not slow" -n 2
python -m pytest -m slow
