#!/usr/bin/env bash
# Parity with the originals: what our binary makes, held against Hugging Face tokenizers and Megatron's own reader, first
# on sample-data/, then on the corpus and the reference data where they are. `make check` calls it after the tests. The
# comparisons themselves are Tests/Parity/*.py; each prints what it compared and ends with 1 when something differs.
#
# XYLEM_CORPUS     folder of <code>.jsonl.zst files   (default ../shared/corpus)
# XYLEM_REFERENCE  golden dataset and real tokenizers (default ../shared/reference)
# XYLEM_PYTHON     a Python that has numpy, tokenizers, zstandard, orjson, torch and megatron-core
#                  (default: Tests/Parity/.venv, made here)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly xylem=.build/release/xylem
readonly corpus=${XYLEM_CORPUS:-../shared/corpus}
readonly reference=${XYLEM_REFERENCE:-../shared/reference}
readonly work=runs/check
failed=()
left_out=()

# parity SCRIPT ARGUMENT...: one comparison; a difference is noted and the others still run.
parity() {
  printf '\n== %s\n' "$*"
  local script=$1
  shift
  "$python" "Tests/Parity/$script" "$@" || failed+=("$script $*")
}

# records FILE...: how many lines hold something, which is how many records a ledger must have read.
records() { cat "$@" | grep -c '[^[:space:]]'; }

if [[ -n ${XYLEM_PYTHON:-} ]]; then
  python=$XYLEM_PYTHON
else
  Tests/Parity/setup.sh
  python=Tests/Parity/.venv/bin/python
fi
rm -rf "$work"
mkdir -p "$work"

sample=(sample-data/*.jsonl)
cat "${sample[@]}" >"$work/sample.jsonl"
parity check_train.py "$xylem" "$work/sample.jsonl" 4000
parity check_train.py "$xylem" "$work/sample.jsonl" 4000 --pre-tokenizer gpt2
parity check_run.py "$xylem" pipelines/demo.yaml "$work/demo" --input 'sample-data/*.jsonl' \
  --records "$(records "${sample[@]}")" --every 1
parity check_encode.py "$xylem" "$work/demo/tokenizer/tokenizer.json" "${sample[@]}"

if [[ -d $reference ]]; then
  parity check_golden.py "$xylem" "$reference"
  for tokenizer in "$reference"/tokenizers/*.json; do
    # One that cannot be honoured exactly is refused with 78; that is no difference, and it is said.
    if why=$("$xylem" tokenizer inspect --tokenizer "$tokenizer" 2>&1 >/dev/null); then
      parity check_encode.py "$xylem" "$tokenizer" "${sample[@]}"
    else
      left_out+=("$(basename "$tokenizer"): refused ($why)")
    fi
  done
else
  left_out+=("golden dataset and real tokenizers: there is no $reference (XYLEM_REFERENCE names the folder)")
fi

if [[ -d $corpus ]]; then
  mkdir -p "$work/corpus"
  for packed in "$corpus"/*.jsonl.zst; do
    zstd -d -q -f "$packed" -o "$work/corpus/$(basename "${packed%.zst}")"
  done
  files=("$work"/corpus/*.jsonl)
  cat "${files[@]}" >"$work/corpus.jsonl"
  parity check_run.py "$xylem" pipelines/roots.yaml "$work/roots" --input "$work/corpus/*.jsonl" \
    --records "$(records "${files[@]}")" --every 100
  parity check_encode.py "$xylem" "$work/roots/tokenizer/tokenizer.json" "${files[@]}"
  parity check_train.py "$xylem" "$work/corpus.jsonl" 250680
else
  left_out+=("the whole recipe: there is no $corpus (XYLEM_CORPUS names the folder)")
fi

printf '\n'
for what in "${left_out[@]}"; do printf 'left out: %s\n' "$what"; done
for what in "${failed[@]}"; do printf 'DIFFERENT: %s\n' "$what"; done
if ((${#failed[@]})); then exit 1; fi
printf 'make check: equal in all that was compared\n'
