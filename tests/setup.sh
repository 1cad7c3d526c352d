#!/usr/bin/env bash
# Sees to it that the programs are there that building and testing need beyond Rust. What is missing
# is installed by apt-get, as root or by sudo; where that is not to be had, it is named in one line.
#
#   setup.sh           what the build needs
#   setup.sh tests     what the tests need as well
#   setup.sh browser   Chromium alone, or the browser that CRM_CHROMIUM names
#
# The set-up of the browser package, bindings/wasm/setup.sh, does the rest: a compiler for wasm32 and
# packages of npm.
set -euo pipefail

fail() { printf 'set-up: %s\n' "$*" >&2; exit 1; }

command -v cargo > /dev/null || fail 'Rust is missing: see https://rustup.rs'

# The programs, any of several where there are more, and Debian's packages that have them.
browser=${CRM_CHROMIUM:+$CRM_CHROMIUM,}chromium,chromium-browser,google-chrome,google-chrome-stable:chromium
wanted=(cc:gcc make:make)
case ${1:-} in
  tests)
    wanted+=(c++:g++ readelf:binutils pkg-config:pkg-config valgrind:valgrind node:nodejs npm:npm)
    wanted+=(ps:procps curl:curl "$browser")
    ;;
  browser) wanted=("$browser") ;;
esac

is_there() {
  local name
  for name in ${1//,/ }; do command -v "$name" > /dev/null && return; done
  return 1
}
missing=() packages=()
for one in "${wanted[@]}"; do
  names=${one%:*}
  is_there "$names" && continue
  missing+=("${names%%,*}")
  packages+=("${one##*:}")
done
# A compiler alone does not compile: it needs the headers of the C library, which SQLite is built on.
if [ ! -e /usr/include/stdlib.h ] && [[ " ${packages[*]} " = *' gcc '* ]]; then packages+=(libc6-dev); fi

if [ "${#missing[@]}" -gt 0 ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  if ! command -v apt-get > /dev/null || ! "${as_root[@]}" true 2> /dev/null; then
    fail "missing: ${missing[*]} (on Debian, as root: apt-get install ${packages[*]})"
  fi
  printf 'set-up: installing by apt-get: %s\n' "${packages[*]}" >&2
  log=$(mktemp)
  { "${as_root[@]}" apt-get -qq update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get -qq install -y --no-install-recommends "${packages[@]}"; } > "$log" 2>&1 ||
    { tail -5 "$log" >&2; fail "apt-get cannot install ${packages[*]}"; }
  rm -f "$log"
fi

# Of this toolchain: where rustup cannot add them, it says so itself.
cargo fmt --version > /dev/null 2>&1 || rustup component add rustfmt
cargo clippy --version > /dev/null 2>&1 || rustup component add clippy
