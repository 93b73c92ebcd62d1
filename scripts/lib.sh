# Shared by scripts/start, scripts/test and scripts/check: installs what is missing, and builds.
# Quick and offline when there is nothing to do; asks no question without a terminal.
# shellcheck shell=bash

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

node_at_least=20
node_brought=22
own_node=$root/.node/node_modules/.bin

say() { printf '\033[1m» %s\033[0m\n' "$*" >&2; }

# fail WHAT [COMMAND]: what is wrong, and the command that mends it.
fail() {
  printf '\nteecam: %s\n' "$1" >&2
  [ -z "${2:-}" ] || printf 'This mends it:  %s\n' "$2" >&2
  exit 1
}

# ---- system packages --------------------------------------------------------

# What the program needs to be built and to run.
start_packages=(
  build-essential pkg-config python3 ca-certificates
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libgstrtspserver-1.0-dev nlohmann-json3-dev
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
  gstreamer1.0-libav gstreamer1.0-x fonts-dejavu-core
)

# What the tests need beside it: clients of every kind, and a virtual machine with a V4L2 driver.
test_packages=(
  doctest-dev clang-format ffmpeg gstreamer1.0-tools v4l-utils python3-numpy python3-opencv vlc-bin vlc-plugin-base
  xz-utils iproute2
)
[ "$(uname -m)" != x86_64 ] || test_packages+=(qemu-system-x86 busybox-static cpio kmod zstd)

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif ! command -v sudo >/dev/null; then return 1
  elif [ -t 0 ]; then sudo "$@"
  else sudo -n "$@"
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l \
    apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

# need_packages PACKAGE...: installs those that are missing, and no others.
need_packages() {
  local missing=() package by_hand
  for package in "$@"; do installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  by_hand="sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
  command -v apt-get >/dev/null || fail "these packages are missing, and this system has no apt-get: ${missing[*]}" \
    "install what they are called here, and start again"
  say "installing ${missing[*]}"
  as_root true 2>/dev/null || fail "these packages are missing, and installing them needs root: ${missing[*]}" "$by_hand"
  apt update >&2 || fail "the package lists could not be fetched (is there a network?); missing: ${missing[*]}" "$by_hand"
  for package in "${missing[@]}"; do
    apt-cache show "$package" >/dev/null 2>&1 || fail "package $package is not in this system's package sources" \
      "add a source that has $package (on Ubuntu: sudo add-apt-repository universe), and start again"
  done
  apt install --no-install-recommends "${missing[@]}" >&2 || fail "installing failed: ${missing[*]}" "$by_hand"
}

# ---- Node -------------------------------------------------------------------

node_major() { node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }
recent_node() { [ "$(node_major)" -ge "$node_at_least" ] && command -v npm >/dev/null; }

offered_node() {
  local offered
  offered=$(apt-cache policy nodejs 2>/dev/null | awk '$1 == "Candidate:" { sub(/^[0-9]+:/, "", $2); split($2, v, "."); print v[1] }')
  case $offered in '' | *[!0-9]*) echo 0 ;; *) echo "$offered" ;; esac
}

# A Node that is recent enough, in PATH: the system's, or one of our own in .node/.
need_node() {
  if [ -x "$own_node/node" ]; then PATH=$own_node:$PATH; fi
  recent_node && return 0
  if [ "$(node_major)" -ge "$node_at_least" ]; then
    need_packages npm
  elif ! command -v node >/dev/null && [ "$(offered_node)" -ge "$node_at_least" ]; then
    need_packages nodejs npm
  else
    bring_node
  fi
  hash -r
  recent_node || fail "Node $node_at_least or newer with npm is missing" "rm -rf '$root/.node', and start again"
}

# Debian 12 and Ubuntu 24.04 have Node 18. Its npm is good enough to fetch a newer one, with headers, as a package.
bring_node() {
  local cpu
  case $(uname -m) in
    x86_64) cpu=x64 ;;
    aarch64) cpu=arm64 ;;
    *) fail "there is no Node $node_at_least for $(uname -m) here" "install Node $node_at_least or newer with npm, and start again" ;;
  esac
  command -v npm >/dev/null || need_packages nodejs npm
  say "bringing Node $node_brought into .node/"
  mkdir -p .node
  npm install --prefix .node --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error \
    "node-linux-$cpu@$node_brought" npm@10 >&2 ||
    fail "npm could not fetch node-linux-$cpu@$node_brought (is there a network?)" \
      "npm install --prefix .node --no-save node-linux-$cpu@$node_brought npm@10"
  PATH=$own_node:$PATH
}

# Where node-gyp finds this Node's headers, so that it downloads none.
node_headers() {
  local prefix
  prefix=$(node -p 'path.resolve(process.execPath, "../..")')
  [ -f "$prefix/include/node/node_api.h" ] || need_packages libnode-dev
  echo "$prefix"
}

# ---- build ------------------------------------------------------------------

# Once for each state of the lockfile. No package may run a script of its own.
need_npm_packages() {
  local want stamp=node_modules/.teecam-lock
  want=$(sha256sum <package-lock.json)
  [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
  say "installing the npm packages"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 ||
    fail "npm could not install the packages of package-lock.json (is there a network?)" "npm ci --ignore-scripts"
  echo "$want" >"$stamp"
}

gyp() { node node_modules/node-gyp/bin/node-gyp.js "$@" --loglevel=error --nodedir="$headers"; }

# build_native [TARGET...]: make decides what is out of date; the makefiles are written again when the list of sources changes.
build_native() {
  local want stamp=build/.teecam-sources jobs
  headers=$(node_headers)
  want=$({ cat binding.gyp; ls native/*/*.cc; node -p process.execPath; node -v; } | sha256sum)
  if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ]; then
    gyp configure >&2 || fail "the native build could not be set up" "rm -rf build, and start again"
    echo "$want" >"$stamp"
  fi
  # The compiler takes up to 600 MB for a file; a small board has less than its cores would need.
  jobs=$(awk -v cores="$(nproc)" '/^MemAvailable/ { n = int($2 / 600000); print n < 1 ? 1 : n < cores ? n : cores }' /proc/meminfo)
  gyp build --jobs "$jobs" "$@" >&2 || fail "the native build failed; the compiler's words are above" "rm -rf build, and start again"
}

build_typescript() {
  local tsc=node_modules/typescript/bin/tsc
  node $tsc -p tsconfig.json >&2 || fail "the TypeScript build failed; the compiler's words are above"
  node $tsc -p web/tsconfig.json >&2 || fail "the TypeScript build of the page failed; the compiler's words are above"
}
