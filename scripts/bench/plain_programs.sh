#!/usr/bin/env bash
# Processor seconds that plain programs take over a file on one core of this machine: zstd -dc (level 3), gzip -dc (level 1),
# wc -m and sha256sum, the median of ROUNDS. What they take elsewhere says how rates of two machines compare.
#
#   scripts/bench/plain_programs.sh FILE [ROUNDS]     5 rounds unless told otherwise; BENCH_CORE is the core, else the last
set -euo pipefail
readonly file=${1:?usage: scripts/bench/plain_programs.sh FILE [ROUNDS]} rounds=${2:-5}
readonly core=${BENCH_CORE:-$(($(nproc) - 1))}
work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT
zstd -q -3 "$file" -o "$work/file.zst"
gzip -1 -c "$file" > "$work/file.gz"
cat "$file" > /dev/null

# User and system seconds of a command whose output nobody reads.
seconds() {
  local TIMEFORMAT='%U %S'
  { time LC_ALL=C.UTF-8 taskset -c "$core" "$@" > /dev/null; } 2>&1 | awk '{ printf "%.2f\n", $1 + $2 }'
}

for ((round = 0; round < rounds; round++)); do
  seconds zstd -dc "$work/file.zst" >> "$work/zstd -dc"
  seconds gzip -dc "$work/file.gz" >> "$work/gzip -dc"
  seconds wc -m "$file" >> "$work/wc -m"
  seconds sha256sum "$file" >> "$work/sha256sum"
done
for name in 'zstd -dc' 'gzip -dc' 'wc -m' sha256sum; do
  sort -n "$work/$name" | awk -v name="$name" '
    { all[NR] = $1 }
    END { printf "%-10s %.2f s (%.2f to %.2f)\n", name, all[int((NR + 1) / 2)], all[1], all[NR] }'
done
