#!/bin/sh
# Makes Tests/Parity/.venv, the Python that the check_*.py scripts run in: Hugging Face tokenizers, Megatron's own
# dataset reader, tiktoken; and of cleaning: KenLM, datatrove's filters, ICU. With the word `bench` it also gets the rivals of the race track (docs/benchmarks.md); one
# that cannot be installed is said and left out, and the races go on without it. Run it as often as you like; it does
# nothing when all is there.
#   PYTHON=python3.11 Tests/Parity/setup.sh [bench]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
venv="$here/.venv"
parity='numpy tokenizers==0.23.3 transformers==5.23.0 tiktoken==0.14.0 zstandard orjson packaging mlcroissant==1.1.1'
# Compiled here against Debian's ICU and by its compiler: packages.debian has what that takes.
cleaning='kenlm==0.3.0 datatrove==0.10.1 regex==2026.11.19 PyYAML==6.0.4 PyICU==2.17'
rivals='fasteners==0.20 spacy==3.8.18 fasttext-numpy2-wheel==0.9.2 fastokens==0.3.5 kitoken==0.11.1 gigatoken==0.10.0 gigabpe==0.1.0 rustbpe==0.1.0'
imports='import mlcroissant, numpy, orjson, tiktoken, tokenizers, transformers, zstandard
from megatron.core.datasets.indexed_dataset import IndexedDataset
assert tokenizers.__version__ == "0.23.3"'
cleaning_imports='import datatrove.pipeline.filters.gopher_quality_filter, icu, kenlm, regex, yaml, zstandard'

install() {
  "$venv/bin/python" -m pip --disable-pip-version-check install --quiet "$@"
}

# done_with GROUP LIST: was exactly this list installed before?
done_with() {
  [ "$(cat "$venv/xylem-$1" 2>/dev/null || true)" = "$2" ]
}

if ! done_with parity "$parity" || ! "$venv/bin/python" -W ignore -c "$imports" >/dev/null 2>&1; then
  "${PYTHON:-python3}" -m venv "$venv"
  # shellcheck disable=SC2086
  install $parity
  # Megatron's reader imports torch and computes nothing with it, so the build without CUDA will do where there is one.
  install 'torch==2.13.0+cpu' || install torch
  install --no-deps megatron-core
  if ! "$venv/bin/python" -W ignore -c "$imports"; then
    echo "setup.sh: the environment was made, but an import fails (above)" >&2
    exit 1
  fi
  echo "$parity" >"$venv/xylem-parity"
fi

if ! done_with cleaning "$cleaning" || ! "$venv/bin/python" -W ignore -c "$cleaning_imports" >/dev/null 2>&1; then
  # shellcheck disable=SC2086
  install $cleaning
  if ! "$venv/bin/python" -W ignore -c "$cleaning_imports"; then
    echo "setup.sh: the originals of cleaning were installed, but an import fails (above)" >&2
    exit 1
  fi
  echo "$cleaning" >"$venv/xylem-cleaning"
fi

if [ "${1:-}" = bench ] && ! done_with bench "$rivals"; then
  missing=
  for rival in $rivals; do
    install "$rival" || missing="$missing $rival"
  done
  if [ -n "$missing" ]; then
    echo "setup.sh: not installed, and not raced:$missing" >&2
  else
    echo "$rivals" >"$venv/xylem-bench"
  fi
fi
echo "$venv is ready"
