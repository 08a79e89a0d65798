#!/usr/bin/env bash
# Parity with the originals: what our binary makes, held against Hugging Face tokenizers, Megatron's own reader and
# builder, datatrove's filters, ICU and KenLM, on sample-data/, and on the corpus and the reference data where they are.
# `make check` calls it after the tests. The comparisons themselves are Tests/Parity/*.py; each prints what it compared and
# ends with 1 when something differs. A table at the end says what was compared; exit status 1 when anything differed.
#
#   scripts/check.sh [WORD...]       only the comparisons whose title holds one of the words
#
# XYLEM_CORPUS     folder of <code>.jsonl.zst files   (default ../shared/corpus)
# XYLEM_REFERENCE  golden dataset and real tokenizers (default ../shared/reference)
# XYLEM_PYTHON     a Python that has numpy, tokenizers, transformers, tiktoken, zstandard, orjson, torch, megatron-core,
#                  kenlm, datatrove, regex, PyYAML, PyICU, mlcroissant
#                  (default: Tests/Parity/.venv, made here)
# XYLEM_PROGRAM    the binary (default .build/release/xylem; xylem-benchmark is expected beside it)
# CHECK_STRINGS    random strings for every tokenizer (default 100000)
# CHECK_KILLS      SIGKILLs at random moments (default 200)
# CHECK_SEEDS      simulated runs (default 2000)
# CHECK_WORK       folder of everything this writes (default runs/check)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly xylem=${XYLEM_PROGRAM:-.build/release/xylem}
readonly benchmark=$(dirname "$xylem")/xylem-benchmark
readonly corpus=${XYLEM_CORPUS:-../shared/corpus}
readonly reference=${XYLEM_REFERENCE:-../shared/reference}
readonly strings=${CHECK_STRINGS:-100000}
readonly work=${CHECK_WORK:-runs/check}
readonly seeds=${CHECK_SEEDS:-2000}
readonly kills=${CHECK_KILLS:-200}
# Bytes of each document of the adversarial texts.
readonly adversarial_bytes=400000
wanted=("$@")
left_out=()
number=0

# is_wanted TITLE: without words on the command line everything is.
is_wanted() {
  local word
  ((${#wanted[@]})) || return 0
  for word in "${wanted[@]}"; do
    if [[ $1 == *"$word"* ]]; then return 0; fi
  done
  return 1
}

# parity TITLE SCRIPT ARGUMENT...: one comparison. A difference is noted in its log and the others still run.
parity() {
  local title=$1 script=$2 log
  shift 2
  is_wanted "$title" || return 0
  number=$((number + 1))
  log=$(printf '%s/logs/%03d.log' "$work" "$number")
  printf '== %s\n' "$title" >"$log"
  printf '\n== %s\n' "$title"
  "$python" "Tests/Parity/$script" "$@" 2>&1 | tee -a "$log" | cut -c 1-240 || {
    # A script that failed has said so; one that died without a word is a difference too.
    grep -q '^FAILED' "$log" || printf 'FAILED  the comparison ended early\n' >>"$log"
  }
}

# judged TITLE COMMAND...: the same for a script that is no comparison with an original.
judged() {
  local title=$1 log
  shift
  is_wanted "$title" || return 0
  number=$((number + 1))
  log=$(printf '%s/logs/%03d.log' "$work" "$number")
  printf '== %s\n' "$title" >"$log"
  printf '\n== %s\n' "$title"
  "$@" 2>&1 | tee -a "$log" | cut -c 1-240 || {
    grep -q '^FAILED' "$log" || printf 'FAILED  the script ended early\n' >>"$log"
  }
}

# records FILE...: how many lines hold something, which is how many records a ledger must have read.
records() { cat "$@" | grep -c '[^[:space:]]'; }

# train NAME OPTION...: a tokenizer of ours in $work/tokenizers/NAME.json. 1 when that is refused, and it is noted.
train() {
  local name=$1 why
  shift
  if ! why=$("$xylem" tokenizer train "${training[@]}" "$@" --output "$work/tokenizers/$name.json" --quiet 2>&1); then
    left_out+=("a tokenizer for $name: refused (${why:0:300})")
    return 1
  fi
}

# encode_all NAME TOKENIZER: ids on the sample, on random strings and adversarial texts made for it, and on the corpus.
encode_all() {
  local name=$1 tokenizer=$2 why
  # One that cannot be honoured exactly is refused with 78; that is no difference, and it is said.
  if ! why=$("$xylem" tokenizer inspect --tokenizer "$tokenizer" 2>&1 >/dev/null); then
    left_out+=("$name: refused (${why:0:300})")
    return
  fi
  parity "encode, $name: sample" check_encode.py "$xylem" "$tokenizer" "${sample[@]}"
  if is_wanted "encode, $name: random strings"; then
    "$python" Tests/Parity/fuzz_texts.py "$strings" "$work/random.jsonl" --tokenizer "$tokenizer" \
      --texts "$work/sample.jsonl"
    parity "encode, $name: random strings" check_encode.py "$xylem" "$tokenizer" "$work/random.jsonl"
  fi
  parity "encode, $name: adversarial texts" check_encode.py "$xylem" "$tokenizer" "$work/adversarial.jsonl"
  if ((${#files[@]})); then
    parity "encode, $name: corpus" check_encode.py "$xylem" "$tokenizer" "${files[@]}"
  fi
}

if [[ -n ${XYLEM_PYTHON:-} ]]; then
  python=$XYLEM_PYTHON
else
  Tests/Parity/setup.sh
  python=Tests/Parity/.venv/bin/python
fi
rm -rf "$work"
mkdir -p "$work/logs" "$work/tokenizers" "$work/corpus"

sample=(sample-data/*.jsonl)
cat "${sample[@]}" >"$work/sample.jsonl"
tac "$work/sample.jsonl" >"$work/sample-backwards.jsonl"
"$python" Tests/Parity/adversarial_texts.py "$adversarial_bytes" "$work/adversarial.jsonl"
files=()
if [[ -d $corpus ]]; then
  for packed in "$corpus"/*.jsonl.zst; do
    zstd -d -q -f "$packed" -o "$work/corpus/$(basename "${packed%.zst}")"
  done
  files=("$work"/corpus/*.jsonl)
  cat "${files[@]}" >"$work/corpus.jsonl"
else
  left_out+=("the whole recipe and every document: there is no $corpus (XYLEM_CORPUS names the folder)")
fi

# Runs that are killed, disks that fail: the bytes of a run that nothing disturbed.
judged "$kills kills at random moments: demo pipeline" scripts/kills.sh "$xylem" "$work/kills" "$kills"

judged "every fault, every death, simulations" scripts/faults.sh "$seeds"

# Training: the same merges as Hugging Face, whatever the order, the workers and the packing of the shards.
for split in bloom gpt2; do
  parity "train, $split, 4,000: sample" check_train.py "$xylem" "$work/sample.jsonl" 4000 --pre-tokenizer "$split"
  parity "train, $split, every option: sample and random text" check_train.py "$xylem" "$work/sample.jsonl" 4000 \
    --pre-tokenizer "$split" --options
  parity "train, $split, 4,000: sample, last line first" check_train.py "$xylem" "$work/sample-backwards.jsonl" 4000 \
    --pre-tokenizer "$split"
  parity "train, $split, 20,000: orders and workers, sample" check_orders.py "$xylem" 20000 "${sample[@]}" \
    --pre-tokenizer "$split" --memory 512M
done
if ((${#files[@]})); then
  parity "train, bloom, 250,680: orders and workers, corpus" check_orders.py "$xylem" 250680 "${files[@]}"
  parity "train, bloom, 250,680: corpus" check_train.py "$xylem" "$work/corpus.jsonl" 250680
  parity "train, gpt2, 50,257: corpus" check_train.py "$xylem" "$work/corpus.jsonl" 50257 --pre-tokenizer gpt2
fi

# Cleaning: values and verdicts as datatrove's filters, normal forms as ICU's, perplexities as KenLM's.
parity "filters, as datatrove: sample" check_filters.py "$xylem" sample-data --documents 500
parity "normal forms, as ICU: sample" check_normalization.py "$xylem" "${sample[@]}"
parity "perplexity, as KenLM: sample" check_perplexity.py "$xylem" "${sample[@]}"
if ((${#files[@]})); then
  parity "filters, as datatrove: corpus" check_filters.py "$xylem" "$work/corpus"
  parity "normal forms, as ICU: corpus" check_normalization.py "$xylem" "${files[@]}"
  parity "perplexity, as KenLM: corpus" check_perplexity.py "$xylem" "${files[@]}"
fi

# Near duplicates: bands collide as theory says, and what goes is what should.
dedup_set() {
  local texts=sample-data
  if ((${#files[@]})); then texts=$work/corpus; fi
  python3 scripts/bench/dedup_set.py make "$texts" "$work/dedup-set.jsonl" --documents 15
  "$xylem" dedup near "$work/dedup-set.jsonl" --output "$work/dedup-set" --quiet
  python3 scripts/bench/dedup_set.py check "$work/dedup-set.jsonl" "$work/dedup-set/removed.jsonl"
}
judged "near duplicates, collision curve by script" python3 scripts/bench/collisions.py "$benchmark" sample-data
judged "near duplicates, labelled set by script" dedup_set

# A run from beginning to end, held against itself, Hugging Face and Megatron's reader.
parity "run, demo pipeline: sample" check_run.py "$xylem" pipelines/demo.yaml "$work/demo" \
  --input 'sample-data/*.jsonl' --records "$(records "${sample[@]}")" --every 1
if ((${#files[@]})); then
  parity "run, roots pipeline: corpus" check_run.py "$xylem" pipelines/roots.yaml "$work/roots" \
    --input "$work/corpus/*.jsonl" --records "$(records "${files[@]}")" --every 100
fi

# The reports in a browser: no complaint, no request, the numbers of report.json; pictures in $work/pictures.
if is_wanted "report in a browser: run" || is_wanted "report in a browser: corpus"; then
  rm -rf "$work/report-run" "$work/report-corpus"
  "$xylem" run pipelines/demo.yaml --output "$work/report-run" --quiet >/dev/null
  "$xylem" stats "${sample[@]}" --output "$work/report-corpus" --quiet >/dev/null
  for page in run corpus; do
    parity "report in a browser: $page" check_page.py "$work/report-$page" "$work/pictures/$page"
  done
fi

# What an export says of itself, read by the reference implementation.
if is_wanted "Croissant metadata of an export: sample"; then
  rm -rf "$work/export-run" "$work/export"
  "$xylem" run pipelines/demo.yaml --output "$work/export-run" --quiet >/dev/null
  "$xylem" export "$work/export-run" --output "$work/export" >/dev/null
  parity "Croissant metadata of an export: sample" check_croissant.py "$work/export"
fi

# Encoding: our own tokenizers, and real ones.
training=("$work/sample.jsonl")
if ((${#files[@]})); then training=("${files[@]}"); fi
for split in bloom:250680 gpt2:50257 cl100k:50257 o200k:50257 deepseek:50257; do
  name=${split%:*}
  train "$name" --vocab-size "${split#*:}" --pre-tokenizer "$name" || continue
  encode_all "$name split, ${split#*:}" "$work/tokenizers/$name.json"
  parity "dataset as Megatron builds it, $name split: sample" \
    check_builder.py "$xylem" "$work/tokenizers/$name.json" "${sample[@]}"
done
if [[ -d $reference ]]; then
  parity "dataset as Megatron built it: golden files" check_golden.py "$xylem" "$reference"
  for tokenizer in "$reference"/tokenizers/*.json; do
    encode_all "$(basename "$tokenizer" .json)" "$tokenizer"
  done
else
  left_out+=("golden dataset and real tokenizers: there is no $reference (XYLEM_REFERENCE names the folder)")
fi

# Splits piece by piece, and tokenizer files in other programs' hands.
if [[ -e Tests/Parity/check_pretokenizers.py ]]; then
  parity "split, every kind: sample and corpus, $strings random strings" check_pretokenizers.py "$xylem" \
    "${sample[@]}" "${files[@]}" --random "$strings"
fi
if [[ -e Tests/Parity/check_tokenizer_files.py ]]; then
  parity "tokenizer files in tokenizers, transformers, tiktoken: sample" check_tokenizer_files.py "$xylem" \
    "$work/sample.jsonl" "$work"/tokenizers/*.json
fi

printf '\n'
for what in "${left_out[@]}"; do printf 'left out: %s\n' "$what"; done
printf '\n'
"$python" scripts/check_table.py "$work/logs"
