#!/bin/sh
# Makes Tests/Parity/.venv, the Python that the check_*.py scripts run in: Hugging Face tokenizers and Megatron's own
# dataset reader. Run it as often as you like; it does nothing when the environment is there and works.
#   PYTHON=python3.11 Tests/Parity/setup.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
venv="$here/.venv"
stamp="$venv/xylem-parity"
revision="1 tokenizers-0.23 torch-2.13.0"

works() {
  "$venv/bin/python" -W ignore - >/dev/null 2>&1 <<'PY'
import numpy, orjson, tokenizers, zstandard
from megatron.core.datasets.indexed_dataset import IndexedDataset
assert tokenizers.__version__.startswith("0.23.")
PY
}

if [ "$(cat "$stamp" 2>/dev/null || true)" = "$revision" ] && works; then
  echo "$venv is ready"
  exit 0
fi

"${PYTHON:-python3}" -m venv "$venv"
pip="$venv/bin/python -m pip --disable-pip-version-check install --quiet"
$pip numpy 'tokenizers==0.23.*' zstandard orjson packaging
# Megatron's reader imports torch and computes nothing with it, so the build without CUDA will do where there is one.
$pip 'torch==2.13.0+cpu' || $pip torch
$pip --no-deps megatron-core
if ! works; then
  echo "setup.sh: the environment was made, but an import fails:" >&2
  "$venv/bin/python" -W ignore -c 'import numpy, orjson, tokenizers, zstandard
from megatron.core.datasets.indexed_dataset import IndexedDataset' >&2
  exit 1
fi
echo "$revision" >"$stamp"
echo "$venv is ready"
