# SPDX-License-Identifier: MIT
# What ./run and ./test share. Sourced, not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# say TEXT: a line of progress, with the minutes and seconds since the script began.
say() { printf '· %02d:%02d %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$1"; }

# step TEXT COMMAND…: announces, runs quietly, and on failure shows the last lines of the log and what to do.
step() {
  local text=$1 log status=0
  shift
  log=$(mktemp)
  say "$text"
  "$@" >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n "${LOGOS_LOG_LINES:-40}" "$log" >&2
    printf '✗ %s failed (exit %s). The whole log: %s\n' "$text" "$status" "$log" >&2
    exit 1
  fi
  rm -f "$log"
}

fail() {
  printf '✗ %s\n' "$1" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else return 77; fi
}

# Debian 12 has two Boosts of which libboost-dev is the older; Ubuntu 24.04's libboost-dev is 1.83.
boost_package() {
  if apt-cache show libboost1.81-dev >/dev/null 2>&1; then echo libboost1.81-dev; else echo libboost1.83-dev; fi
}

build_packages() {
  echo g++ cmake ninja-build mold pkg-config ca-certificates libcaf-dev "$(boost_package)" libpqxx-dev libpq-dev libsqlite3-dev \
    libsimdjson-dev libspdlog-dev libyaml-cpp-dev libcli11-dev libssl-dev libpcre2-dev libcsv-dev gnuplot-nox curl
}

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || echo "$package"
  done
}

# install_packages NAME…: installs what is missing; does nothing, quickly, when nothing is.
install_packages() {
  command -v apt-get >/dev/null || fail "This script installs packages with apt-get (Debian 12, Ubuntu 24.04). Elsewhere, install the packages that the README lists and build with: cmake --preset release && cmake --build --preset release"
  local missing
  missing=$(missing_packages "$@")
  [ -z "$missing" ] && return 0
  as_root true || fail "These packages are missing and installing them needs root: $(echo $missing). Run this as root once, or: apt-get install $(echo $missing)"
  step "refresh the package lists" as_root apt-get update -qq
  # shellcheck disable=SC2086
  step "install $(echo $missing)" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
}

# build PRESET TARGET…: configures when needed and builds. Nicely: tests may run beside it.
build() {
  local preset=$1
  shift
  if [ ! -f "build/$preset/build.ninja" ] || [ CMakePresets.json -nt "build/$preset/build.ninja" ]; then
    step "configure build/$preset" cmake --preset "$preset"
  fi
  step "build $preset${*:+: $*}" nice cmake --build --preset "$preset" ${*:+--target "$@"}
}
