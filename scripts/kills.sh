#!/usr/bin/env bash
# SIGKILL at random moments, over the demo pipeline: whatever was cut off, the rerun comes to the bytes of a run that nothing
# disturbed, what has its final name is whole after every kill, and the ledger balances.
#
#   scripts/kills.sh XYLEM SCRATCH [KILLS] [SEED]
#
# 200 kills and seed 1 unless told; the seed decides every moment, the machine how far a run has come by then. One line
# `ok ...` or `FAILED ...` at the end; exit status 1 when it failed.
set -euo pipefail
xylem=$(realpath "$1")
scratch=$2
kills=${3:-200}
readonly seed=${4:-1}
RANDOM=$seed
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p "$scratch"
die() {
  echo "FAILED seed $seed, kill $killed: $*"
  exit 1
}
killed=0

# Everything whose bytes a run decides, as one digest a file.
digests() { (cd "$1" && find . -type f | grep -Ev '^./(journal.jsonl|run.json|report)' | LC_ALL=C sort | xargs sha256sum); }
now() { date +%s%3N; }

rm -rf "$scratch/whole" "$scratch/killed"
began=$(now)
"$xylem" run pipelines/demo.yaml --output "$scratch/whole" --quiet >/dev/null 2>&1 || die "the undisturbed run failed"
length=$(($(now) - began))
digests "$scratch/whole" >"$scratch/whole.sums"

rounds=0
while ((killed < kills)); do
  rm -rf "$scratch/killed"
  while :; do
    # Moments lie anywhere in the length of a whole run; the longer one lives, the later stages get their share.
    pause=$((RANDOM * 32768 + RANDOM))
    pause=$((pause % (length + length / 4)))
    "$xylem" run pipelines/demo.yaml --output "$scratch/killed" --quiet >/dev/null 2>"$scratch/error" &
    run=$!
    sleep "$((pause / 1000)).$(printf %03d $((pause % 1000)))"
    if ((killed < kills)); then kill -KILL "$run" 2>/dev/null || true; fi
    status=0
    wait "$run" 2>/dev/null || status=$?
    # A run may have ended just before it was to die.
    if ((status == 0)); then break; fi
    ((status == 137)) || die "a resumed run ended with $status: $(cat "$scratch/error")"
    killed=$((killed + 1))
    [[ -e $scratch/killed/run.json ]] || continue
    # That the run is not finished is what verify has to say; anything else is a file taken for whole that is not.
    "$xylem" verify "$scratch/killed" >"$scratch/verified" 2>/dev/null || true
    if grep '^FAULT' "$scratch/verified" | grep -v 'the run is not finished' >"$scratch/faults"; then
      die "verify after a kill: $(head -1 "$scratch/faults")"
    fi
    grep -q 'datasets checked' "$scratch/verified" || die "verify said nothing after a kill"
  done
  rounds=$((rounds + 1))
  digests "$scratch/killed" | cmp -s - "$scratch/whole.sums" ||
    die "files differ: $(digests "$scratch/killed" | diff - "$scratch/whole.sums" | head -3 | tr '\n' ' ')"
  grep -q '"balanced" *: *true' "$scratch/killed/ledger.json" || die "the ledger does not balance"
  "$xylem" verify "$scratch/killed" >/dev/null 2>&1 || die "verify"
done
files=$(wc -l <"$scratch/whole.sums")
rm -rf "$scratch"
echo "ok      $killed SIGKILLs in $rounds runs, seed $seed: $files files of each equal those of an undisturbed run"
