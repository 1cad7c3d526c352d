#!/usr/bin/env bash
# Makes the npm package: bindings/wasm/pkg. Prints its sizes, and fails when the WebAssembly is
# larger than 102 KiB gzipped.
set -euo pipefail
cd "$(dirname "$0")"

./setup.sh build

root=$(cd ../.. && pwd)
tools=${CARGO_TARGET_DIR:-$root/target}/wasm-tools
target=wasm32-unknown-unknown
limit_bytes=$((102 * 1024))

# shellcheck source=/dev/null
. "$tools/environment"
# shellcheck source=/dev/null
. "$tools/path"

# Where the sources lie is nobody's business, and would be downloaded by everybody.
# Flags are separated by a character that no path holds.
flags=$(printf -- '--remap-path-prefix=%s=\037' "$root" "$tools" "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*)
export CARGO_ENCODED_RUSTFLAGS=${flags%?}

# A folder of its own: the compiler need not be the host's.
cargo build -q --locked --manifest-path "$root/Cargo.toml" -p crm-sdk-wasm --profile wasm \
  --target "$target" --target-dir "$tools/build"

out=$tools/package
rm -rf "$out"
mkdir -p "$out"
"$tools/glue" "$tools/build/$target/wasm/crm_sdk_wasm.wasm" "$out"
"$tools/node_modules/.bin/wasm-opt" -Oz --strip-debug --strip-producers --strip-target-features \
  "$out/core_bg.wasm" -o "$out/core_bg.wasm"
# Nobody wrote it, so nobody checks its types.
printf '// @ts-nocheck\n%s\n' "$(cat "$out/core.js")" > "$out/core.js"
printf '// The WebAssembly as a text.\n\nexport default "%s";\n' "$(base64 < "$out/core_bg.wasm" | tr -d '\n')" > "$out/core_inline.js"
cp js/*.js js/*.d.ts package.json README.md "$root/LICENSE-MIT" "$root/LICENSE-APACHE" "$out/"

rm -rf pkg
cp -R "$out" pkg

bytes() { wc -c | tr -d ' '; }
wasm_bytes=$(gzip -9 -c pkg/core_bg.wasm | bytes)
# What a page loads besides, as a bundler makes it small.
js_bytes=$("$tools/node_modules/.bin/esbuild" pkg/browser.js --bundle --minify --format=esm | gzip -9 -c | bytes)
echo "wasm: $(bytes < pkg/core_bg.wasm) bytes, $wasm_bytes gzipped of $limit_bytes at most; JavaScript: $js_bytes gzipped"
[ "$wasm_bytes" -le "$limit_bytes" ] || { echo 'the WebAssembly is larger than it may be' >&2; exit 1; }
