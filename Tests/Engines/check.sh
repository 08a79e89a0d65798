#!/usr/bin/env bash
# Other engines do the units of a run (docs/other-engines.md): the result must equal that of a local run, byte for byte.
# GNU parallel, also with workers that are killed; Ray, where the Python has it.
#
#   Tests/Engines/check.sh [XYLEM]
#
# ENGINES_PYTHON   a Python that has ray (default: python3)
set -euo pipefail
cd "$(dirname "$0")/../.."
xylem=$(realpath "${1:-.build/release/xylem}")
python=${ENGINES_PYTHON:-python3}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

digest() {
  # Some of these are there only when there is something in them.
  (cd "$1" && find . -type f | grep -E '^./(prepared|removed|removals|quarantine|tokenizer|dataset)/|^./ledger.json$' |
    LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16)
}
compare() { # compare NAME
  if [ "$(digest "$scratch/$1")" != "$(digest "$scratch/local")" ]; then
    echo "FAILED $1: the result differs from that of a local run" >&2
    exit 1
  fi
  "$xylem" verify "$scratch/$1" >/dev/null
  echo "$1: equal to a local run"
}

"$xylem" run pipelines/demo.yaml --output "$scratch/local" --quiet >/dev/null
checked=0
if command -v parallel >/dev/null; then
  XYLEM=$xylem scripts/engines/gnu_parallel.sh pipelines/demo.yaml "$scratch/parallel" --jobs 2
  compare parallel
  # Every third worker is killed by its wrapper before it could end.
  cat >"$scratch/frail" <<END
#!/usr/bin/env bash
if [ "\$1" = worker ] && [ \$((RANDOM % 3)) = 0 ]; then timeout -s KILL 0.02 "$xylem" "\$@"; else exec "$xylem" "\$@"; fi
END
  chmod +x "$scratch/frail"
  XYLEM=$scratch/frail scripts/engines/gnu_parallel.sh pipelines/demo.yaml "$scratch/parallel-killed" --jobs 2 2>/dev/null
  compare parallel-killed
  checked=$((checked + 1))
else
  echo "GNU parallel: not checked, it is not installed (Debian package parallel)" >&2
fi
if "$python" -c 'import ray' 2>/dev/null; then
  "$python" scripts/engines/ray_run.py pipelines/demo.yaml "$scratch/ray" --xylem "$xylem" 2>"$scratch/ray.log" ||
    { cat "$scratch/ray.log" >&2; echo "FAILED ray" >&2; exit 1; }
  compare ray
  checked=$((checked + 1))
else
  echo "Ray: not checked, $python has none (PyPI package ray; ENGINES_PYTHON names a Python)" >&2
fi
echo "$checked engines checked"
