#!/usr/bin/env bash
# Sees to it that this machine can build Xylem: Swift 6.3 and the Debian packages that packages.debian lists.
#
#   scripts/setup.sh [build|check]                   all there: prints nothing. Missing: root installs, others are told how.
#   scripts/setup.sh --list [build|check|optional]   prints the names of one group
#
# XYLEM_SKIP_SETUP=1 skips everything, for machines that are not Debian. Exit status: 0 ready, 1 something is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly package_list=packages.debian
readonly required_swift=6.3
readonly apt_options=(-o DPkg::Lock::Timeout=300)

say() { printf 'setup: %s\n' "$*" >&2; }

usage() {
  say "usage: scripts/setup.sh [build|check] | --list [build|check|optional]"
  exit 64
}

# names GROUP: the packages of one group, one a line, in the order of the list.
names() {
  sed 's/#.*//' "$package_list" | awk -v group="$1" '$2 == group { print $1 }'
}

# `dpkg -s` succeeds for a removed package whose configuration stayed behind, so its status line decides.
is_installed() {
  local description
  description=$(dpkg -s "$1" 2>/dev/null) || return 1
  [[ $description =~ (^|$'\n')Status:\ [a-z]+\ ok\ installed($'\n'|$) ]]
}

install_packages() {
  apt-get "${apt_options[@]}" install -y -q --no-install-recommends "$@" </dev/null >&2
}

require_swift() {
  local swift=${SWIFT:-swift} version
  if ! command -v "$swift" >/dev/null; then
    say "there is no '$swift' on PATH; install Swift $required_swift or later from https://www.swift.org/install/linux"
    say "and put its usr/bin on PATH (or call make with SWIFT=/path/to/swift)"
    return 1
  fi
  version=$("$swift" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p')
  if [[ -z $version || $(printf '%s\n' "$required_swift" "$version" | sort -V | head -n 1) != "$required_swift" ]]; then
    say "$(command -v "$swift") is Swift ${version:-of an unknown version}, and Xylem needs $required_swift or later:"
    say "https://www.swift.org/install/linux, then put its usr/bin first on PATH (or call make with SWIFT=/path/to/swift)"
    return 1
  fi
}

require_packages() {
  local group package missing=()
  if ! command -v dpkg >/dev/null; then
    say "this is no Debian system: install what $package_list names under your system's names, then XYLEM_SKIP_SETUP=1"
    return 1
  fi
  for group in "$@"; do
    for package in $(names "$group"); do
      is_installed "$package" || missing+=("$package")
    done
  done
  if ((${#missing[@]} == 0)); then return 0; fi

  if ((EUID != 0)); then
    say "missing Debian packages; install them and call again:"
    printf 'sudo apt-get install -y --no-install-recommends %s\n' "${missing[*]}" >&2
    return 1
  fi

  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # A fresh machine has no package lists and an old one has stale ones: both fail here, and then the lists are fetched.
  if ! apt-cache show "${missing[@]}" >/dev/null 2>&1 || ! install_packages "${missing[@]}"; then
    apt-get "${apt_options[@]}" update -q </dev/null >&2
    install_packages "${missing[@]}"
  fi
}

if [[ ${1:-} == --list ]]; then
  case ${2:-build} in
    build | check | optional) names "${2:-build}" ;;
    *) usage ;;
  esac
  exit 0
fi

if [[ ${XYLEM_SKIP_SETUP:-0} == 1 ]]; then exit 0; fi

case ${1:-build} in
  build) groups=(build) ;;
  check) groups=(build check) ;;
  *) usage ;;
esac
ready=0
require_packages "${groups[@]}" || ready=1
require_swift || ready=1
exit "$ready"
