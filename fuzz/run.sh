#!/bin/sh
# Fuzzes the statistical engine for so many seconds (60): ./run.sh 600
#
# The flags are what cargo-fuzz would set on a nightly compiler; a stable one takes them too. What
# was found interesting stays in corpus/, an input that failed in artifacts/; to try it again:
# ./run.sh artifacts/crash-…
set -eu
cd "$(dirname "$0")"
host=$(rustc -vV | sed -n 's/^host: //p')
passes='-Cpasses=sancov-module'
for argument in level=4 inline-8bit-counters pc-table trace-compares; do
    passes="$passes -Cllvm-args=-sanitizer-coverage-$argument"
done
mkdir -p corpus artifacts
RUSTFLAGS="$passes --cfg fuzzing -Ccodegen-units=1" \
    cargo build --release --target "$host" --bin engine
case "${1:-60}" in
    *[!0-9]*) exec "target/$host/release/engine" "$@" ;;
    *) exec "target/$host/release/engine" corpus -artifact_prefix=artifacts/ -max_len=2048 \
        -timeout=20 -rss_limit_mb=4096 -max_total_time="${1:-60}" ;;
esac
