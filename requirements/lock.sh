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
    --no-annotate --override requirements/overrides.txt $skip "$@" -o "requirements/$out"
}
lock build.txt requirements/build.in
lock node.txt requirements/node.in
lock dev.txt --extra dev pyproject.toml
# The same versions everywhere: what a station or a server gets is what was tested.
lock drill.txt --extra drill -c requirements/dev.txt pyproject.toml
lock server.txt --extra server --extra postgres -c requirements/dev.txt pyproject.toml
