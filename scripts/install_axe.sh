#!/bin/sh
# Install axe-core, which finds what a page keeps from people who do not see it, for the browser
# tests: into .browser/, by npm.
set -eu

VERSION=4.14.1
if grep -qs "\"version\": \"$VERSION\"" .browser/node_modules/axe-core/package.json; then
    exit 0
fi
command -v npm >/dev/null || { echo "no npm here: the tests with axe-core are skipped"; exit 0; }
mkdir -p .browser
npm install --prefix .browser --no-save --no-audit --no-fund --silent "axe-core@$VERSION"
