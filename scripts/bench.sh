#!/usr/bin/env bash
# Races Xylem against the programs that do the same work, on this machine and in one run: see docs/benchmarks.md.
# Prints Markdown tables; every result goes to runs/bench/results.jsonl too, from where scripts/bench_table.py makes the
# tables again.
#
#   scripts/bench.sh [SCENARIO...]     all of them without names; scripts/bench.sh --list prints the names
#
# XYLEM_CORPUS    folder of <code>.jsonl.zst files (default ../shared/corpus; without it sample-data/)
# XYLEM_PYTHON    a Python that has the rivals (default: Tests/Parity/.venv, made here)
# BENCH_PROGRAMS  folder of the binaries xylem and xylem-benchmark (default .build/release)
# BENCH_ROUNDS    rounds of every race (default 5)
# BENCH_CORE      the core of the races (default: the last one)
# BENCH_FULL      1: Hugging Face and Megatron on 64 MB, two cores and training also on 256 MB; takes hours
# BENCH_FRESH     1: forget results, inputs and tokenizers of former runs
# BENCH_WORK      where inputs, tokenizers and results are (default runs/bench)
# BENCH_OPTIONS   further options of scripts/bench/race.py, such as --race-different or --small
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly corpus=${XYLEM_CORPUS:-../shared/corpus}
readonly work=${BENCH_WORK:-runs/bench}
options=(--programs "${BENCH_PROGRAMS:-.build/release}" --rounds "${BENCH_ROUNDS:-5}")

if [[ ${1:-} == --list ]]; then exec python3 scripts/bench/race.py --list; fi
if [[ -n ${XYLEM_PYTHON:-} ]]; then
  python=$XYLEM_PYTHON
else
  Tests/Parity/setup.sh bench >&2
  python=Tests/Parity/.venv/bin/python
fi

if [[ ${BENCH_FRESH:-0} == 1 ]]; then rm -rf "$work/input" "$work/results.jsonl"; fi
if [[ -d $corpus ]]; then
  source=$corpus
  options+=(--pipeline pipelines/roots.yaml)
else
  source=sample-data
  options+=(--pipeline pipelines/demo.yaml)
fi
full=()
if [[ ${BENCH_FULL:-0} == 1 ]]; then full=(--full); fi
if [[ -n ${BENCH_CORE:-} ]]; then options+=(--core "$BENCH_CORE"); fi

"$python" scripts/bench/inputs.py "$source" "$work/input" "${full[@]}" >&2
# The rest is split at spaces on purpose: options as on a command line.
# shellcheck disable=SC2206
options+=("${full[@]}" ${BENCH_OPTIONS:-})
# The racer itself stays small and needs no packages; it starts the Python with the rivals.
exec python3 scripts/bench/race.py --python "$python" "${options[@]}" "$work/input" "$work" "$@"
