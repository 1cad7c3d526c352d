#!/bin/sh
# How heavy the SDK is for its hosts: counts the crates that it brings and the bytes of its bindings
# (built before by `make sizes`), prints them, and fails when there are more than its budget allows.
set -eu
cd "$(dirname "$0")/.."

status=0

# within NAME COUNT LIMIT UNIT
within() {
	if [ "$2" -le "$3" ]; then verdict=ok; else verdict='TOO MANY'; status=1; fi
	printf '%-44s %8s of %-8s %-8s %s\n' "$1" "$2" "$3" "$4" "$verdict"
}

# What is linked or run to build it, on this machine's platform; two versions of a crate are two.
crates() {
	tree=$(cargo tree --locked --edges normal --package crm-sdk --prefix none "$@")
	printf '%s\n' "$tree" | awk 'NF && !seen[$1, $2]++ { count++ } END { print count }'
}

default=$(crates)
native=$(crates --no-default-features --features native)
within 'crm-sdk with its default features' "$default" 80 crates
within 'crm-sdk without TLS and spool' "$native" 50 crates

target=${CARGO_TARGET_DIR:-target}
library=$(wc -c < "$target/binding/libcrm.so")
within 'the C library, stripped' "$library" 2621440 bytes
browser=$(gzip -9 -c bindings/wasm/pkg/core_bg.wasm | wc -c)
within 'the WebAssembly of the browser, gzipped' "$browser" 104448 bytes

exit $status
