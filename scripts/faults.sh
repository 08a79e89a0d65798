#!/usr/bin/env bash
# What is too long for `make test`: every operation on the disk failing in turn (once, and from then on) over the demo
# pipeline on little text, a death by SIGKILL before every change to the disk in every stage, and thousands of simulated runs.
#
#   scripts/faults.sh [SEEDS]        small simulations (default 2000), besides the one of 100,000 units on 1,000 nodes
#
# Needs the built tests. One line `ok ...` or `FAILED ...` for each; exit status 1 when one failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly seeds=${1:-2000}
failed=0
# tests WHAT FILTER: those tests in their long form.
tests() {
  local log
  if log=$(XYLEM_EVERY_FAULT=1 XYLEM_SIMULATION_SEEDS=$seeds "${SWIFT:-swift}" test --skip-build --filter "$2" 2>&1) &&
    grep -q '^.*Test run with [1-9][0-9]* tests* .*passed' <<<"$log"; then
    sed -n 's/^simulation: /        /p' <<<"$log"
    echo "ok      $1"
  else
    # A test program that died has recorded nothing: its last words are what there is.
    echo "FAILED  $1: $({ grep -m 3 -E 'recorded an issue|error:' <<<"$log" || tail -n 3 <<<"$log"; } | cut -c 1-600)"
    failed=1
  fi
}
tests "every operation of the demo pipeline failing, once and for good" FaultTests
tests "SIGKILL before every change to the disk, in every stage" CommitKillTests
tests "$seeds simulated runs, and one of 100,000 units on 1,000 nodes" SimulationTests
exit $failed
