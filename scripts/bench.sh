#!/usr/bin/env bash
# Times, on this machine: a whole run stage by stage, then our encoder against Hugging Face's on the same file with the
# same tokenizer, alternating, one core each. Prints ratios, and everything needed to repeat them.
#
# XYLEM_CORPUS   folder of <code>.jsonl.zst files (default ../shared/corpus; without it sample-data/)
# XYLEM_PYTHON   a Python that has tokenizers (default: Tests/Parity/.venv, made here)
# BENCH_ROUNDS   rounds of the encoding race (default 5)
# BENCH_WORKERS  workers of the whole run (default: all cores)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly xylem=.build/release/xylem
readonly corpus=${XYLEM_CORPUS:-../shared/corpus}
readonly rounds=${BENCH_ROUNDS:-5}
readonly workers=${BENCH_WORKERS:-$(nproc)}
readonly work=runs/bench
# Bytes of each input file that race: Hugging Face takes about half a second a megabyte.
readonly race_bytes=300000

if [[ -n ${XYLEM_PYTHON:-} ]]; then
  python=$XYLEM_PYTHON
else
  Tests/Parity/setup.sh
  python=Tests/Parity/.venv/bin/python
fi
rm -rf "$work"
mkdir -p "$work/input"

if [[ -d $corpus ]]; then
  pipeline=pipelines/roots.yaml
  for packed in "$corpus"/*.jsonl.zst; do
    zstd -d -q "$packed" -o "$work/input/$(basename "${packed%.zst}")"
  done
else
  pipeline=pipelines/demo.yaml
  cp sample-data/*.jsonl "$work/input/"
fi
inputs=()
for file in "$work"/input/*.jsonl; do inputs+=(--input "$file"); done

printf 'machine   %s, %s cores, %s\n' "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -sr)"
printf 'commit    %s\n' "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
printf 'input     %s bytes in %s files\n' "$(cat "$work"/input/*.jsonl | wc -c)" "$((${#inputs[@]} / 2))"
printf 'load      %s before the start\n\n' "$(cut -d' ' -f1-3 /proc/loadavg)"

"$xylem" run "$pipeline" "${inputs[@]}" --output "$work/run" --workers "$workers"
"$python" scripts/stage_times.py "$work/run"

# Whole lines from the start of every file, so that every language is in the race.
for file in "$work"/input/*.jsonl; do
  head -c "$race_bytes" "$file" | sed '$d'
done >"$work/race.jsonl"
tokenizer=$work/run/tokenizer/tokenizer.json

ours() {
  rm -f "$work/race.bin" "$work/race.idx"   # an output that exists is refused
  local TIMEFORMAT='%U %S'
  { time taskset -c 0 "$xylem" tokenizer encode "$work/race.jsonl" --tokenizer "$tokenizer" --output "$work/race" \
    --workers 1 >/dev/null 2>"$work/encode.log"; } 2>&1 | awk '{ print $1 + $2 }'
}
theirs() {
  RAYON_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false \
    taskset -c 0 "$python" scripts/huggingface_encode.py "$tokenizer" "$work/race.jsonl"
}

printf '\nencoding %s bytes: seconds of CPU, one core\n' "$(wc -c <"$work/race.jsonl")"
printf '%-7s %14s %14s %8s\n' round 'xylem (all)' 'Hugging Face' ratio
for ((round = 1; round <= rounds; round++)); do
  if ((round % 2)); then
    a=$(ours)
    b=$(theirs)
  else
    b=$(theirs)
    a=$(ours)
  fi
  awk -v r="$round" -v a="$a" -v b="$b" 'BEGIN { printf "%-7d %14.2f %14.2f %8.2f\n", r, a, b, b / (a > 0 ? a : 0.01) }'
done | tee "$work/race.txt"
awk '{ print $4 }' "$work/race.txt" | sort -n | awk '{ v[NR] = $1 }
  END { m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2; printf "median ratio %.2f ", m }'
printf '(ours: start, reading, encoding and writing; theirs: encoding alone)\n'
