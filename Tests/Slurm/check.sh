#!/usr/bin/env bash
# The demo pipeline on a real Slurm cluster that is broken while it runs: each result must equal an uninterrupted local run.
#
#   XYLEM_CLUSTER=TOOL Tests/Slurm/check.sh [XYLEM]
#
# TOOL makes a private cluster on this machine: up, down, env, power-off NODE, power-on NODE, crash-slurmd NODE,
# start-slurmd NODE. XYLEM is the program, .build/release/xylem unless told. Needs root. About two minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
cluster=${XYLEM_CLUSTER:-../shared/tools/slurm-local}
xylem=$(realpath "${1:-.build/release/xylem}")
if [ ! -x "$cluster" ]; then
  echo "Slurm: not checked, $cluster is not there (XYLEM_CLUSTER names a tool that makes a cluster)" >&2
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo "Slurm: not checked, a cluster of one's own needs root" >&2
  exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
die() { echo "FAILED $*" >&2; exit 1; }
"$cluster" up --nodes 4
eval "$("$cluster" env)"

digest() {
  # Some of these are there only when there is something in them.
  (cd "$1" && find . -type f | grep -E '^./(prepared|removed|removals|quarantine|tokenizer|dataset)/|^./ledger.json$' |
    LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16)
}
pipeline() { # pipeline UNITS_PER_ELEMENT [KEY: VALUE]...: the demo, with a section slurm
  cat pipelines/demo.yaml
  printf 'slurm:\n  units_per_element: %s\n' "$1"
  shift
  for line in "$@"; do printf '  %s\n' "$line"; done
}
start() { # start NAME: the driver, in the background
  "$xylem" run "$scratch/$1.yaml" --output "$scratch/$1" --executor slurm >"$scratch/$1.out" 2>"$scratch/$1.err" &
  driver=$!
}
busy() { # waits until jobs run, so that what follows meets them
  for _ in $(seq 200); do
    [ -n "$(squeue -h -t running -o %i)" ] && return
    sleep 0.05
  done
  die "no job ever ran: $(cat "$scratch/$1.err")"
}
finish() { # finish NAME: waits for the driver and compares
  wait "$driver" || die "$1: the driver ended with $?: $(cat "$scratch/$1.err")"
  compare "$1"
}
compare() {
  found=$(digest "$scratch/$1")
  [ "$found" = "$expected" ] || die "$1: digest $found, a local run has $expected"
  "$xylem" verify "$scratch/$1" >/dev/null || die "$1: verify"
  echo "ok $1: $found"
}

"$xylem" run pipelines/demo.yaml --output "$scratch/local" --quiet >/dev/null
expected=$(digest "$scratch/local")

pipeline 4 >"$scratch/plain.yaml"
start plain && finish plain

pipeline 1 >"$scratch/power-off.yaml"
start power-off && busy power-off
"$cluster" power-off n2
finish power-off
"$cluster" power-on n2

pipeline 1 >"$scratch/crash-slurmd.yaml"
start crash-slurmd && busy crash-slurmd
"$cluster" crash-slurmd n1
finish crash-slurmd
"$cluster" start-slurmd n1

pipeline 1 >"$scratch/killed-driver.yaml"
for pause in 0.4 0.7 1.1 1.9; do
  start killed-driver
  sleep "$pause"
  kill -KILL "$driver" 2>/dev/null || true
  wait "$driver" 2>/dev/null || true
done
start killed-driver && finish killed-driver
twice=$(squeue -h -t all -o '%F %j' | sort -u | awk '{print $2}' | sort | uniq -d)
[ -z "$twice" ] || die "submitted twice: $twice"
echo "ok nothing was submitted twice"
