#!/usr/bin/env bash
# Fetches what the package is built and tested with, into target/wasm-tools, and keeps it there:
# run again, it only looks. The ordinary way is tried first in each case:
#
#   compiler for wasm32   rustup target add; else Debian's packages, unpacked beside, not installed
#   JavaScript glue       the crate in glue/, built once
#   Node.js               the one that is there; else, where it is too old, npm's
#   wasm-opt, tsc, the    npm, by tools/package-lock.json
#   driver of browsers,
#   bundlers, runtimes
#   browser               the one that is there, or named by CRM_CHROMIUM; else Debian's
#
#   setup.sh              all of it
#   setup.sh build        only what build.sh needs: no browser
#
# CRM_WASM_COMPILER=debian skips rustup.
set -euo pipefail
cd "$(dirname "$0")"

root=$(cd ../.. && pwd)
tools=${CARGO_TARGET_DIR:-$root/target}/wasm-tools
target=wasm32-unknown-unknown
mkdir -p "$tools"

say() { printf 'wasm set-up: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# Debian's package lists in a folder of our own: up to date whatever the system's are, without
# being root, and without a change to the system.
apt_own() {
  local command=$1
  shift
  mkdir -p "$tools/apt/lists/partial" "$tools/apt/archives/partial"
  "$command" -qq -o Dir::State::Lists="$tools/apt/lists" -o Dir::Cache="$tools/apt" \
    -o Dir::Cache::Archives="$tools/apt/archives" -o Debug::NoLocking=1 \
    -o APT::Sandbox::User="$(id -un)" "$@"
}

# Compiles a library that allocates, as a compiler without its standard library would not.
compiles() {
  mkdir -p "$tools/probe"
  printf '%s\n' '#[unsafe(no_mangle)] pub extern "C" fn probe(n: usize) -> usize { vec![1u8; n].len() }' \
    > "$tools/probe/probe.rs"
  "$@" --target "$target" --crate-type cdylib --edition 2024 -o "$tools/probe/probe.wasm" \
    "$tools/probe/probe.rs" > "$tools/probe/log" 2>&1
}

compiler_by_rustup() {
  [ "${CRM_WASM_COMPILER:-}" != debian ] || return 1
  compiles rustc && return
  command -v rustup > /dev/null || return 1
  say "adding the target $target with rustup"
  timeout 300 rustup target add "$target" > "$tools/rustup.log" 2>&1 || return 1
  compiles rustc
}

# The compiler and the sources of its standard library, unpacked; the library is compiled here,
# because Debian has no package of it for this target.
compiler_by_debian() {
  local debian=$tools/debian sysroot=$tools/debian/usr
  if [ ! -e "$debian/complete" ]; then
    command -v apt-get > /dev/null && command -v dpkg > /dev/null ||
      fail "rustup cannot add the target $target (see $tools/rustup.log), and this is no Debian to take it from instead"
    say "rustup cannot add the target $target: taking the compiler from Debian's packages"
    rm -rf "$debian" "$tools/apt/archives"
    mkdir -p "$debian"
    apt_own apt-get update
    local lld
    lld=$(apt_own apt-cache pkgnames lld- | grep -E '^lld-[0-9]+$' | sort -V | tail -1)
    [ -n "$lld" ] || fail "no package with a linker for $target: looked for lld-NUMBER"
    # With what they need and the system has not.
    apt_own apt-get install -y --no-install-recommends --download-only rustc-web rust-web-src "$lld"
    local package
    for package in "$tools"/apt/archives/*.deb; do dpkg -x "$package" "$debian"; done
    write_wrappers "$debian"
    build_standard_library "$debian" "$sysroot"
    rm -rf "$tools/apt"
    touch "$debian/complete"
  fi
  compiles "$debian/rustc" -C linker="$debian/wasm-ld"
}

# They find the libraries that were unpacked beside them.
write_wrappers() {
  local debian=$1 linker libraries name
  linker=$(find "$debian/usr" -path '*/bin/wasm-ld' | sort -V | tail -1)
  [ -n "$linker" ] || fail "the package of the linker holds no wasm-ld"
  libraries=$(find "$debian" -name '*.so*' -printf '%h\n' | sort -u | grep -v /rustlib/ | paste -sd:)
  for name in rustc wasm-ld; do
    local program=$debian/usr/bin/rustc
    [ "$name" = rustc ] || program=$linker
    printf '#!/bin/sh\nLD_LIBRARY_PATH="%s" exec "%s" "$@"\n' "$libraries" "$program" > "$debian/$name"
    chmod +x "$debian/$name"
  done
}

build_standard_library() {
  local debian=$1 sysroot=$2 build=$tools/standard-library
  say "compiling its standard library (about a minute)"
  rm -rf "$build"
  mkdir -p "$build/src"
  printf '%s\n' '[workspace]' '[package]' 'name = "probe"' 'version = "0.0.0"' 'edition = "2024"' \
    '[lib]' 'crate-type = ["cdylib"]' > "$build/Cargo.toml"
  printf 'pub fn probe() {}\n' > "$build/src/lib.rs"
  # The switch that a stable compiler needs for -Zbuild-std, for this one command; bitcode, so that
  # what is never called can be left out when the package is linked; and no path of this machine.
  # Flags are separated by a character that no path holds.
  local flags
  flags=$(printf '%s\037' -Cembed-bitcode=yes "--remap-path-prefix=$sysroot/lib/rustlib/src/rust=rust" \
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates")
  (cd "$build" && RUSTC_BOOTSTRAP=1 RUSTC="$debian/rustc" CARGO_ENCODED_RUSTFLAGS="${flags%?}" \
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$debian/wasm-ld" CARGO_TARGET_DIR="$build/target" \
    cargo build -q --release --target "$target" -Zbuild-std=std,panic_abort)
  local libraries=$sysroot/lib/rustlib/$target/lib
  mkdir -p "$libraries"
  find "$build/target/$target/release/deps" -name '*.rlib' -exec cp {} "$libraries/" \;
  # With what was compiled against another one.
  rm -rf "$build" "$tools/build"
}

compiler() {
  if compiler_by_rustup; then
    : > "$tools/environment"
  elif compiler_by_debian; then
    # shellcheck disable=SC2016  # read by build.sh, which knows the folder
    printf '%s\n' 'export RUSTC="$tools/debian/rustc"' \
      'export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$tools/debian/wasm-ld"' \
      > "$tools/environment"
  else
    cat "$tools/probe/log" >&2
    fail "the compiler for $target does not compile"
  fi
}

glue() {
  local wanted pinned
  wanted=$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p}' "$root/Cargo.lock")
  pinned=$(sed -n 's/^wasm-bindgen-cli-support = "=\(.*\)"/\1/p' glue/Cargo.toml)
  [ "$wanted" = "$pinned" ] ||
    fail "Cargo.lock has wasm-bindgen $wanted, glue/Cargo.toml $pinned: set them to the same version"
  local sources
  sources=$(cat glue/Cargo.lock glue/src/main.rs | cksum | tr ' ' -)
  [ -x "$tools/glue-$sources" ] && { ln -sfn "glue-$sources" "$tools/glue"; return; }
  say "building the maker of the JavaScript glue (a minute or two)"
  cargo build -q --locked --manifest-path glue/Cargo.toml --target-dir "$tools/glue-build"
  cp "$tools/glue-build/debug/crm-wasm-glue" "$tools/glue-$sources"
  ln -sfn "glue-$sources" "$tools/glue"
}

# The one of Debian 12 is too old for the tools.
node_itself() {
  local least=20 version machine
  command -v node > /dev/null && command -v npm > /dev/null ||
    fail "Node.js $least or newer with npm is missing: see https://nodejs.org"
  : > "$tools/path"
  version=$(node -p 'process.versions.node')
  [ "${version%%.*}" -lt "$least" ] || return 0
  machine=$(node -p 'process.platform + "-" + process.arch')
  if [ ! -x "$tools/node/node_modules/node-$machine/bin/node" ]; then
    say "Node.js is $version, the tools need $least: taking another from npm, for them alone"
    npm install --prefix "$tools/node" --no-audit --no-fund --loglevel=error "node-$machine@22" \
      > "$tools/npm.log" 2>&1 || { cat "$tools/npm.log" >&2; fail "npm has no Node.js for $machine"; }
  fi
  printf 'PATH="%s:$PATH"\n' "$tools/node/node_modules/node-$machine/bin" > "$tools/path"
  # shellcheck source=/dev/null
  . "$tools/path"
}

node_tools() {
  cmp -s tools/package-lock.json "$tools/node_modules/.locked" && return
  say "installing wasm-opt, tsc, bundlers and what drives browsers by npm"
  cp tools/package.json tools/package-lock.json "$tools/"
  npm ci --prefix "$tools" --no-audit --no-fund --loglevel=error > "$tools/npm.log" 2>&1 ||
    { cat "$tools/npm.log" >&2; fail "npm ci failed"; }
  cp tools/package-lock.json "$tools/node_modules/.locked"
}

browser() {
  "$root/tests/setup.sh" browser
  local name
  for name in "${CRM_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    [ -n "$name" ] && command -v "$name" > "$tools/chromium" && return
  done
}

compiler
glue
node_itself
node_tools
[ "${1:-}" = build ] || browser
