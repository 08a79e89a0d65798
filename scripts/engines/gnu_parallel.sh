#!/usr/bin/env bash
# A run whose units GNU parallel does, on this machine or on others over ssh (docs/other-engines.md).
#
#   scripts/engines/gnu_parallel.sh PIPELINE.yaml DIR [OPTION OF PARALLEL...]
#
# XYLEM          the program (default: xylem)
# XYLEM_OPTIONS  more options of `xylem run`, such as --input 'shards/*'
# XYLEM_WORKERS  threads of each worker (default 1)
#
# Every round asks `xylem run --next` for the stage that is next and its missing units, and gives each unit to a worker.
# A worker that dies is tried twice more by parallel; what is still missing then is asked for again, five rounds at most.
set -euo pipefail
xylem=${XYLEM:-xylem}
pipeline=$1 directory=$2
shift 2
read -ra options <<<"${XYLEM_OPTIONS:-}"

units() { # units 0-3,7: one number a line
  tr , '\n' <<<"$1" | while IFS=- read -r first last; do seq "$first" "${last:-$first}"; done
}

previous='' rounds=0
while true; do
  status=0
  next=$("$xylem" run "$pipeline" "${options[@]}" --output "$directory" --next --quiet) || status=$?
  [ "$status" = 0 ] && break
  # 75 with a line is work to be done; anything else is a failure that xylem has explained.
  [ "$status" = 75 ] && [ -n "$next" ] || exit "$status"
  if [ "$next" = "$previous" ]; then
    rounds=$((rounds + 1))
    [ "$rounds" -lt 5 ] || { echo "still missing after 5 rounds: $next" >&2; exit 75; }
  else
    rounds=0
  fi
  previous=$next
  read -r stage missing restore <<<"$next"
  units "$missing" | parallel --will-cite --retries 3 "$@" \
    "$xylem" worker --run "$directory" --stage "$stage" --units '{}' --workers "${XYLEM_WORKERS:-1}" --quiet \
    ${restore:+"$restore"} >/dev/null || true
done
