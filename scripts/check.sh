#!/usr/bin/env bash
# Parity with the originals: what our binary makes, held against Hugging Face tokenizers and Megatron's own reader, first
# on sample-data/, then on the corpus and the reference data where they are. `make check` calls it after the tests.
#
# Tests/Parity/setup.sh makes .parity-venv, once. The scripts end with 0 when everything is equal, otherwise with 1:
#   check_train.py  XYLEM VOCABULARY_SIZE FILE...    merges and vocabulary against Hugging Face's trainer
#   check_encode.py XYLEM TOKENIZER.json FILE...     .bin/.idx, read by Megatron, against Hugging Face's ids
#   check_golden.py XYLEM DIRECTORY                  Megatron-DeepSpeed's own dataset, made again from its jsonl: equal bytes
#   check_run.py    RUN_DIRECTORY INPUT_RECORDS      ledger, datasets and ids of a whole run
#
# XYLEM_CORPUS     folder of <code>.jsonl.zst files   (default ../shared/corpus)
# XYLEM_REFERENCE  golden dataset and real tokenizers (default ../shared/reference)
# XYLEM_PYTHON     a Python that has numpy, tokenizers, zstandard, torch and megatron-core (default: .parity-venv, made here)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly xylem=.build/release/xylem
readonly corpus=${XYLEM_CORPUS:-../shared/corpus}
readonly reference=${XYLEM_REFERENCE:-../shared/reference}
readonly work=runs/check
left_out=()

say() { printf '\n== %s\n' "$*"; }

parity() {
  local script=$1
  shift
  "$python" "Tests/Parity/$script" "$@"
}

# records FILE...: how many lines hold something, which is how many records the ledger must have read.
records() { cat "$@" | grep -c '[^[:space:]]'; }

# The bytes that promise 2 is about; manifests and reports name versions and times, so they are left out.
run_digest() {
  (cd "$1" && find prepared removed removals quarantine tokenizer dataset -type f -print0 2>/dev/null |
    LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum)
}

# whole_run PIPELINE NAME FILE...: the main job with one and with two workers: the same bytes, and right ones.
whole_run() {
  local pipeline=$1 name=$2
  shift 2
  local inputs=() file
  for file in "$@"; do inputs+=(--input "$file"); done
  rm -rf "${work:?}/$name"
  local workers
  for workers in 1 2; do
    "$xylem" run "$pipeline" "${inputs[@]}" --output "$work/$name/workers-$workers" --workers "$workers"
    "$xylem" verify "$work/$name/workers-$workers"
  done
  if [[ $(run_digest "$work/$name/workers-1") != $(run_digest "$work/$name/workers-2") ]]; then
    printf 'check: %s and %s differ\n' "$work/$name/workers-1" "$work/$name/workers-2" >&2
    return 1
  fi
  parity check_run.py "$work/$name/workers-1" "$(records "$@")"
}

if [[ -n ${XYLEM_PYTHON:-} ]]; then
  python=$XYLEM_PYTHON
else
  Tests/Parity/setup.sh
  python=.parity-venv/bin/python
fi
mkdir -p "$work"

sample=(sample-data/*.jsonl)
say "training and encoding, sample-data"
parity check_train.py "$xylem" 4000 "${sample[@]}"
whole_run pipelines/demo.yaml sample-data "${sample[@]}"
parity check_encode.py "$xylem" "$work/sample-data/workers-1/tokenizer/tokenizer.json" "${sample[@]}"

if [[ -d $reference ]]; then
  say "golden dataset and real tokenizers, $reference"
  parity check_golden.py "$xylem" "$reference/megatron-golden"
  for tokenizer in "$reference"/tokenizers/*.json; do
    parity check_encode.py "$xylem" "$tokenizer" "${sample[@]}"
  done
else
  left_out+=("golden dataset and real tokenizers: there is no $reference (XYLEM_REFERENCE names the folder)")
fi

if [[ -d $corpus ]]; then
  say "the whole recipe, $corpus"
  mkdir -p "$work/corpus"
  for packed in "$corpus"/*.jsonl.zst; do
    zstd -d -q -f "$packed" -o "$work/corpus/$(basename "${packed%.zst}")"
  done
  files=("$work"/corpus/*.jsonl)
  whole_run pipelines/roots.yaml roots "${files[@]}"
  parity check_train.py "$xylem" 250680 "${files[@]}"
  parity check_encode.py "$xylem" "$work/roots/workers-1/tokenizer/tokenizer.json" "${files[@]}"
else
  left_out+=("the whole recipe: there is no $corpus (XYLEM_CORPUS names the folder)")
fi

say "make check: equal in all that was compared"
for what in "${left_out[@]}"; do printf 'left out: %s\n' "$what"; done
