#!/usr/bin/env bash
# The demo pipeline on a real Slurm cluster that is broken while it runs: each result must equal an uninterrupted local run.
#
#   XYLEM_CLUSTER=TOOL Tests/Slurm/check.sh [XYLEM [SCENARIO...]]
#
# TOOL makes a private cluster on this machine: up [--nodes N] [--net netns], down, env, power-off NODE, power-on NODE,
# crash-slurmd NODE, start-slurmd NODE, cut NODE, heal NODE. XYLEM is the program, .build/release/xylem unless told.
# SCENARIO is a name of the list at the end; all of them unless told. Needs root. About fifteen minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
cluster=${XYLEM_CLUSTER:-../shared/tools/slurm-local}
xylem=$(realpath "${1:-.build/release/xylem}")
shift || true
if [ ! -x "$cluster" ]; then
  echo "Slurm: not checked, $cluster is not there (XYLEM_CLUSTER names a tool that makes a cluster)" >&2
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo "Slurm: not checked, a cluster of one's own needs root" >&2
  exit 0
fi
scratch=$(mktemp -d)
driver=
trap '[ -z "$driver" ] || kill -KILL "$driver" 2>/dev/null || true; "$cluster" down >/dev/null 2>&1 || true; rm -rf "$scratch"' EXIT
die() { echo "FAILED $*" >&2; exit 1; }

digest() {
  # Some of these are there only when there is something in them.
  (cd "$1" && find . -type f | grep -E '^./(prepared|removed|removals|quarantine|tokenizer|dataset)/|^./ledger.json$' |
    LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16)
}
pipeline() { # pipeline UNITS_PER_ELEMENT [KEY: VALUE]...: the demo, with a section slurm
  cat pipelines/demo.yaml
  printf 'slurm:\n  units_per_element: %s\n' "$1"
  shift
  for line in "$@"; do printf '  %s\n' "$line"; done
}
# Sixteen files in units that last some seconds each, as long as what breaks takes.
small=(--input "$scratch/in/*.jsonl" --set unit_bytes=8K)
slow() { # slow SECONDS: a setup line that makes every link(2) of prepare's workers take so long; two a unit
  printf "setup: ['case \$SLURM_JOB_NAME in *-prepare-*[0-9]) export SLOW_LINK_SECONDS=%s LD_PRELOAD=%s;; esac']" \
    "$1" "$scratch/slow.so"
}
start() { # start NAME [OPTION...]: the driver, in the background
  local name=$1
  shift
  "$xylem" run "$scratch/$name.yaml" --output "$scratch/$name" --executor slurm "$@" \
    >"$scratch/$name.out" 2>"$scratch/$name.err" &
  driver=$!
}
until_true() { # until_true SECONDS WHAT COMMAND...
  local seconds=$1 what=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@"; do
    ((SECONDS < end)) || die "$what: not within $seconds s: $(squeue -o '%i %j %T %r %N' 2>&1 | head -5)"
    sleep 0.2
  done
}
runs() { [ -n "$(squeue -h -t running -o %i)" ]; }
busy() { until_true 60 "$1: a job that runs" runs; } # what follows meets jobs
# again NAME: a job of the run's prepare had to go and was queued again, whatever it does now.
again() {
  local name
  name=$(grep -o 'xylem-[^"]*-prepare-' "$scratch/$1/slurm/prepare.r0.json" | head -n 1)
  [ -n "$name" ] || return 1
  scontrol show job -o | grep "JobName=$name" | grep -qE 'Restarts=[1-9]|JobState=PREEMPTED'
}
idle() { [ -z "$(squeue -h -o %i)" ]; }
finish() { # finish NAME [EXPECTED]: waits for the driver and compares
  local status=0
  wait "$driver" || status=$?
  driver=
  [ "$status" = 0 ] || die "$1: the driver ended with $status: $(cat "$scratch/$1.err")"
  compare "$@"
}
stops() { # stops NAME: the driver must give up with 75
  local status=0
  wait "$driver" || status=$?
  driver=
  [ "$status" = 75 ] || die "$1: the driver ended with $status, expected 75: $(cat "$scratch/$1.err")"
}
compare() {
  local found
  found=$(digest "$scratch/$1")
  [ "$found" = "${2:-$expected}" ] || die "$1: digest $found, a local run has ${2:-$expected}"
  "$xylem" verify "$scratch/$1" >/dev/null || die "$1: verify"
  echo "ok $1: $found"
}
up() { # up [OPTION...]: a cluster of four nodes
  "$cluster" up --nodes 4 "$@"
  eval "$("$cluster" env)"
}
resume_nodes() { scontrol update nodename=ALL state=resume 2>/dev/null || true; }

plain() {
  pipeline 4 >"$scratch/plain.yaml"
  start plain && finish plain
}

power_off() { # a node is gone in the middle of an element
  local node
  pipeline 6 "$(slow 2)" >"$scratch/power-off.yaml"
  start power-off "${small[@]}" && busy power-off
  node=$(squeue -h -t running -o %N | head -n 1)
  "$cluster" power-off "$node"
  until_true 90 "power-off: its element queued again" again power-off
  finish power-off "$expected_small"
  "$cluster" power-on "$node"
}

# both_copies NAME: how many units two processes did and committed; a copy that came second wrote the same bytes.
both_copies() {
  grep '"event":"unit"' "$scratch/$1/journal.jsonl" | grep '"stage":"prepare"' | grep -o '"unit":"[^"]*"' | sort | uniq -d |
    wc -l
}

crash_slurmd() { # the daemon dies, its element lives on and is queued again: two copies at once, until it is back
  local node
  pipeline 6 "$(slow 5)" >"$scratch/crash-slurmd.yaml"
  start crash-slurmd "${small[@]}" && busy crash-slurmd
  node=$(squeue -h -t running -o %N | head -n 1)
  "$cluster" crash-slurmd "$node"
  until_true 90 "crash-slurmd: its element queued again" again crash-slurmd
  until_true 60 "crash-slurmd: two copies of a unit at once" two_copies crash-slurmd
  until_true 60 "crash-slurmd: a unit that both have done" done_twice crash-slurmd
  "$cluster" start-slurmd "$node"
  finish crash-slurmd "$expected_small"
  echo "   crash-slurmd: $(both_copies crash-slurmd) units were done by both copies"
}
done_twice() { [ "$(both_copies "$1")" != 0 ]; }
# two_copies NAME: some unit of prepare has two attempts.
two_copies() {
  [ -n "$(ls "$scratch/$1/attempts" 2>/dev/null | sed -n 's/^prepare-\([0-9]*-[0-9a-f]*\)-.*/\1/p' | sort | uniq -d)" ]
}

killed_driver() {
  local pause twice
  pipeline 1 >"$scratch/killed-driver.yaml"
  for pause in 0.4 0.7 1.1 1.9; do
    start killed-driver
    sleep "$pause"
    kill -KILL "$driver" 2>/dev/null || true
    wait "$driver" 2>/dev/null || true
  done
  start killed-driver && finish killed-driver
  twice=$(squeue -h -t all -o '%F %j' | sort -u | awk '{print $2}' | sort | uniq -d)
  [ -z "$twice" ] || die "submitted twice: $twice"
  echo "ok nothing was submitted twice"
}

detach() { # nobody follows; element 0 of prepare fails until the line that makes it is gone
  pipeline 4 'resubmissions: 1' \
    "setup: ['case \$SLURM_JOB_NAME.\$SLURM_ARRAY_TASK_ID in *-prepare-*[0-9].0) exit 1;; esac']" \
    >"$scratch/detach.yaml"
  # A driver that is killed between submissions changes nothing.
  start detach "${small[@]}" --detach
  sleep 0.5
  kill -KILL "$driver" 2>/dev/null || true
  wait "$driver" 2>/dev/null || true
  start detach "${small[@]}" --detach
  wait "$driver" || die "detach: ended with $?: $(cat "$scratch/detach.err")"
  driver=
  grep -q 'goes on when they have ended' "$scratch/detach.out" || die "detach: said $(cat "$scratch/detach.out")"
  until_true 120 "detach: the end of the chain" idle
  grep -q 'units are not done after 1 resubmissions' "$scratch"/detach/slurm/logs/prepare.r1.verify.log ||
    die "detach: no list of what cannot be done: $(tail -n 3 "$scratch"/detach/slurm/logs/*.verify.log)"
  [ ! -e "$scratch/detach/manifests/collect.plan.json" ] || die "detach: went on without what is missing"
  echo "ok detach: stopped after one resubmission, with a list"
  pipeline 4 >"$scratch/detach.yaml"
  start detach "${small[@]}" --detach
  wait "$driver" || die "detach: ended with $?: $(cat "$scratch/detach.err")"
  driver=
  until_true 300 "detach: the end of the run" idle
  compare detach "$expected_small"
}

time_limit() { # one element needs longer than a job may run
  pipeline 1000 'partition: short' 'time: "1"' 'signal_seconds: 30' "$(slow 1.5)" >"$scratch/time-limit.yaml"
  start time-limit "${small[@]}"
  finish time-limit "$expected_small"
  local drained
  drained=$(cat "$scratch"/time-limit/slurm/logs/prepare.*.log | grep -c 'stopped by SIGUSR1') || true
  ((drained > 0)) || die "time-limit: no element was stopped before its limit"
  echo "ok time-limit: an element went on after its limit $drained times"
}

preemption() {
  local urgent
  pipeline 3 "$(slow 2)" >"$scratch/preemption.yaml"
  start preemption "${small[@]}" && busy preemption
  urgent=$(sbatch --parsable -p urgent -N4 --exclusive --mem=0 --time=1 -o /dev/null --wrap 'sleep 2')
  until_true 60 "preemption: a job that had to go" again preemption
  finish preemption "$expected_small"
  scancel "$urgent" 2>/dev/null || true
}

memory() { # killed for its memory in every round, which is said; without the limit the same run ends
  pipeline 4 'resubmissions: 0' "options: ['--mem=12M']" "$(slow 4)" >"$scratch/memory.yaml"
  start memory "${small[@]}" && stops memory
  grep -q 'units are not done after 0 resubmissions' "$scratch/memory.err" || die "memory: $(cat "$scratch/memory.err")"
  grep -q 'xceeded.*memory' "$scratch"/memory/slurm/logs/prepare.*.log || die "memory: no job was killed for its memory"
  pipeline 4 >"$scratch/memory.yaml"
  start memory "${small[@]}" && finish memory "$expected_small"
}

poison() { # an input that workers cannot read: the others are kept, and the run goes on when it is back
  local last kept
  last=$(ls "$scratch/in" | tail -n 1)
  pipeline 1000 'resubmissions: 1' "$(slow 0.3)" >"$scratch/poison.yaml"
  start poison "${small[@]}" && busy poison
  mv "$scratch/in/$last" "$scratch/away"
  stops poison
  mv "$scratch/away" "$scratch/in/$last"
  grep -q 'units are not done after 1 resubmissions' "$scratch/poison.err" || die "poison: $(cat "$scratch/poison.err")"
  grep -q 'prepare.r1.a0.0.log' "$scratch/poison.err" || die "poison: no log named: $(cat "$scratch/poison.err")"
  grep -q "$last.*No such file" "$scratch/poison/slurm/logs/prepare.r1.a0.0.log" || die "poison: the log has no reason"
  kept=$(find "$scratch/poison/manifests/prepare" -name '*.json' | wc -l)
  ((kept >= 10)) || die "poison: only $kept units kept"
  start poison "${small[@]}" && finish poison "$expected_small"
}

slurmctld_killed() {
  local control
  pipeline 3 "$(slow 2)" >"$scratch/slurmctld.yaml"
  start slurmctld "${small[@]}" && busy slurmctld
  sleep 2
  control=$(cat "$(scontrol show config | awk '$1 == "SlurmctldPidFile" {print $3}')")
  kill -KILL "$control"
  until_true 60 "slurmctld: a driver that notices" grep -q 'does not answer' "$scratch/slurmctld.err"
  up
  # What an operator does: jobs that were sent twice are held, and their nodes drained.
  (while sleep 3; do
    resume_nodes
    squeue -h -t pending -o '%i %r' 2>/dev/null | awk '/[Hh]eld/ {print $1}' | xargs -r -n 1 scontrol release || true
  done) &
  local operator=$!
  finish slurmctld "$expected_small"
  kill "$operator" 2>/dev/null || true
}

many_elements() { # more elements than an array may have: here 11, as other sites have 1001
  local control arrays
  control=$(cat "$(scontrol show config | awk '$1 == "SlurmctldPidFile" {print $3}')")
  kill -TERM "$control"
  until_true 20 "the end of slurmctld" eval "! kill -0 $control 2>/dev/null"
  sed -i 's/^MaxArraySize=.*/MaxArraySize=11/' "$SLURM_CONF"
  setsid slurmctld -D </dev/null >/dev/null 2>&1 &
  control=$!
  until_true 30 "slurmctld" eval 'scontrol show config 2>/dev/null | grep -q "MaxArraySize *= 11"'
  pipeline 1 >"$scratch/many-elements.yaml"
  start many-elements "${small[@]}" && finish many-elements "$expected_small"
  arrays=$(ls "$scratch"/many-elements/slurm/prepare.r0.a*.job | wc -l)
  ((arrays >= 2)) || die "many-elements: one array only"
  echo "ok many-elements: $arrays arrays of at most 11"
  kill -TERM "$control" 2>/dev/null || true
  wait "$control" 2>/dev/null || true
  "$cluster" down
  up
}

no_accounting() { # all of the above went without; this says that it was so
  if sacct -n >/dev/null 2>&1; then die "no-accounting: this cluster has accounting"; fi
  pipeline 4 >"$scratch/no-accounting.yaml"
  start no-accounting "${small[@]}" && finish no-accounting "$expected_small"
}

cut_off() { # a node that nobody reaches works on, its element is queued again, and then the node is back
  local node
  "$cluster" down
  if ! up --net netns; then
    echo "not checked: cut: this machine gives no network namespaces to the cluster" >&2
    "$cluster" down
    up
    return
  fi
  pipeline 6 "$(slow 5)" >"$scratch/cut.yaml"
  start cut "${small[@]}" && busy cut
  node=$(squeue -h -t running -o %N | head -n 1)
  "$cluster" cut "$node"
  until_true 90 "cut: its element queued again" again cut
  # Healed at once, the controller would end the copy that was cut off.
  until_true 60 "cut: two copies of a unit at once" two_copies cut
  until_true 60 "cut: a unit that both have done" done_twice cut
  "$cluster" heal "$node"
  finish cut "$expected_small"
  echo "   cut: $(both_copies cut) units were done by both copies"
  "$cluster" down
  up
}

up
mkdir "$scratch/in"
for name in ar bn ca en es eu fr gu hi id pt sw vi yo zhs zu; do cp "sample-data/$name.jsonl" "$scratch/in/"; done
"${CC:-cc}" -shared -fPIC -O1 -o "$scratch/slow.so" Tests/Slurm/slow_link.c -ldl
"$xylem" run pipelines/demo.yaml --output "$scratch/local" --quiet >/dev/null
expected=$(digest "$scratch/local")
"$xylem" run pipelines/demo.yaml --output "$scratch/local-small" "${small[@]}" --quiet >/dev/null
expected_small=$(digest "$scratch/local-small")

scenarios=("$@")
((${#scenarios[@]})) || scenarios=(
  plain power_off crash_slurmd killed_driver detach time_limit preemption memory poison slurmctld_killed many_elements
  no_accounting cut_off)
for scenario in "${scenarios[@]}"; do
  "$scenario"
  resume_nodes
done
