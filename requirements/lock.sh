#!/bin/sh
# Makes the hash-pinned requirement files anew from pyproject.toml. Needs `uv` on the path.
set -eu
cd "$(dirname "$0")/.."
skip="--no-emit-package pyside6 --no-emit-package pyside6-addons --no-emit-package pyside6-essentials
  --no-emit-package pyside6-pdf --no-emit-package pyside6-webengine --no-emit-package shiboken6 --no-emit-package vtk"
lock() {
  out=$1; shift
  # shellcheck disable=SC2086
  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
    --no-annotate --override requirements/overrides.txt $skip "$@" pyproject.toml -o "requirements/$out"
}
uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate \
  requirements/build.in -o requirements/build.txt
lock drill.txt --extra drill
lock server.txt --extra server --extra postgres
lock dev.txt --extra dev
