#!/usr/bin/env bash
# Builds the package and tests it against a collector: types, sizes, Node.js, a headless browser,
# bundlers, edge runtimes.
# Needs target/debug/crm-collector, or another one named by CRM_COLLECTOR.
set -euo pipefail
cd "$(dirname "$0")"

./setup.sh
./build.sh

root=$(cd ../.. && pwd)
tools=${CARGO_TARGET_DIR:-$root/target}/wasm-tools
# shellcheck source=/dev/null
. "$tools/path"
[ -n "${CRM_COLLECTOR:-}" ] || cargo build -q --locked --manifest-path "$root/Cargo.toml" -p crm-collector
"$tools/node_modules/.bin/tsc" -p test/tsconfig.json
node --test "$@" test/*.test.js
