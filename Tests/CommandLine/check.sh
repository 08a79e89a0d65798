#!/usr/bin/env bash
# What a person meets at the prompt: help, suggestions, exit statuses, completions, man pages, progress, events. Calls the
# built program on sample-data/; `make test` runs it. Each fault is a line; exit status 1 when there was one.
#
#   Tests/CommandLine/check.sh [PROGRAM]      (default .build/debug/xylem)
#
# What needs a program that is not there (man, zsh, fish, script) is named at the end as left out.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

program=$(realpath "${1:-.build/debug/xylem}")
readonly program
work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT
checks=0
faults=0
left_out=()
export LC_ALL=C.UTF-8

# check WHAT COMMAND...: the command must succeed.
check() {
  local what=$1
  shift
  checks=$((checks + 1))
  "$@" && return 0
  faults=$((faults + 1))
  printf 'FAULT  %s\n' "$what" >&2
}

# ends STATUS TEXT ARGUMENT...: xylem must end with this status, and say the text somewhere on standard error.
ends() {
  local status=$1 text=$2 found
  shift 2
  "$program" "$@" >"$work/out" 2>"$work/err" </dev/null
  found=$?
  check "xylem $* ended with $found, expected $status: $(head -c 300 "$work/err")" test "$found" -eq "$status"
  check "xylem $* did not say '$text': $(head -c 300 "$work/err")" grep -qF -- "$text" "$work/err"
}

# says_no TEXT: the last message must not hold the text.
says_no() { check "guessed '$1': $(head -c 300 "$work/err")" bash -c '! grep -qF -- "$1" "$2"' - "$1" "$work/err"; }

has() { command -v "$1" >/dev/null || { left_out+=("$2: there is no $1"); return 1; }; }

# ---- Suggestions and exit statuses
ends 64 "did you mean 'run'?" rnu pipelines/demo.yaml
ends 64 "did you mean 'tokenizer'?" help tokenzer
ends 64 "did you mean 'train'?" tokenizer trian sample-data/fr.jsonl
ends 64 "has no command 'frobnicate'" frobnicate --help
says_no 'did you mean'
ends 64 "did you mean '--input'?" run --inptu x pipelines/demo.yaml
ends 64 "unknown option '--foo'" run --foo pipelines/demo.yaml
says_no 'did you mean'
ends 64 "did you mean 'roots'?" clean sample-data/fr.jsonl --output "$work/x" --languages pipelines/languages --preset rots
ends 64 "did you mean 'bloom'?" tokenizer split sample-data/fr.jsonl --pre-tokenizer blom
ends 64 "see 'xylem dedup near --help'" dedup near
ends 64 'choose one' stats sample-data/fr.jsonl --json --json-events
ends 64 'choose one' stats sample-data/fr.jsonl --quiet --log-level debug
ends 78 'did you mean filter?' run pipelines/demo.yaml --output "$work/x" --set filtr=off
ends 78 'did you mean vocabulary_size?' run pipelines/demo.yaml --output "$work/x" --set train_tokenizer.vocab_size=3
ends 78 'did you mean minimum_bytes?' run pipelines/demo.yaml --output "$work/x" --set filter.minimum_byts=3
ends 66 'matches no file' stats "$work/nothing.jsonl"
ends 66 'cannot be read: No such file' run "$work/nothing.yaml"
ends 66 'cannot be read: No such file' plan "$work/nothing.yaml"
ends 66 'not a run directory' status "$work"
printf 'not json\n' >"$work/bad.jsonl"
ends 65 'records could not be read' stats "$work/bad.jsonl"
ends 65 'with --text-field' stats sample-data/fr.jsonl --text-field content
ends 65 'expected a JSON object a line' stats README.md
ends 64 '--vocab-size: 100 cannot hold' tokenizer train sample-data/fr.jsonl --vocab-size 100 --output "$work/t0.json"
printf 'x' >"$work/file"
ends 73 'file' tokenizer train sample-data/fr.jsonl --vocab-size 300 --output "$work/file"
ends 0 'did you mean fr?' tokenizer train sample-data/fr.jsonl --vocab-size 300 --keep-whole fre --output "$work/t.json"

# ---- Help: commands by asking each for those below it, as a person would
# commands WORD...: the names under SUBCOMMANDS.
commands() {
  "$program" "$@" --help | sed -n '/^SUBCOMMANDS:/,/^$/p' | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p;s/^  \([a-z][a-z-]*\)$/\1/p'
}
paths=("")
for first in $(commands); do
  paths+=("$first")
  for second in $(commands "$first"); do paths+=("$first $second"); done
done
check "only ${#paths[@]} commands found" test "${#paths[@]}" -ge 35
for path in "${paths[@]}"; do
  # shellcheck disable=SC2086
  "$program" $path --help >"$work/help" 2>&1
  sed -n '/^Examples:/,/^USAGE/p' "$work/help" | sed '1d;/^USAGE/d' >"$work/examples"
  check "xylem $path --help has no example" grep -q "^  xylem $path" "$work/examples"
  check "xylem $path --help: an example is wider than 80 columns" bash -c '! grep -q "^.\{81\}" "$1"' - "$work/examples"
  for option in $(sed '/^ *#/d' "$work/examples" | sed -e ':a' -e '/\\$/{N;s/\\\n//;ta' -e '}' |
    grep "^ *xylem $path" | sed 's/[|>#].*//' | grep -oE -- ' --[a-z-]+' | sort -u); do
    case "$path" in "" | dedup | tokenizer | dataset | language) continue ;; esac
    check "xylem $path has an example with $option, which it has not" grep -q -- "^ .*$option" "$work/help"
  done
done

# ---- Man pages
"$program" manual --output "$work/man" >/dev/null
for path in "${paths[@]}"; do
  check "no man page for xylem $path" test -s "$work/man/xylem${path:+-${path// /-}}.1"
done
check "man pages: not one for each of ${#paths[@]} commands" test "$(find "$work/man" -type f | wc -l)" -eq "${#paths[@]}"
if has man 'rendering of man pages'; then
  for page in "$work"/man/*.1; do
    MANWIDTH=80 man --warnings=w -l "$page" >"$work/page" 2>"$work/err"
    check "$(basename "$page"): $(head -c 200 "$work/err")" test ! -s "$work/err"
    check "$(basename "$page"): a section is missing" \
      bash -c 'for s in NAME SYNOPSIS EXAMPLES "EXIT STATUS"; do grep -q "^$s" "$1" || exit 1; done' - "$work/page"
  done
fi
"$program" manual tokenizer train >"$work/page"
check 'xylem manual tokenizer train prints another page' cmp -s "$work/page" "$work/man/xylem-tokenizer-train.1"

# ---- Completions: what Tab offers after WORD..., the last being completed
offers() {
  "$program" completions bash >"$work/xylem.bash"
  bash --norc -c '
    shopt -s extglob
    source "$1" || exit 1
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMP_LINE="$*"
    COMP_POINT=${#COMP_LINE}
    COMP_TYPE=9
    function=$(complete -p xylem | sed "s/.*-F \([^ ]*\).*/\1/")
    "$function" xylem "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
    printf "%s\n" "${COMPREPLY[@]}"' - "$work/xylem.bash" "$@"
}
check 'bash does not complete xylem tok' grep -qx 'tokenizer *' <(offers xylem tok)
check 'bash does not complete xylem tokenizer tr' grep -qx 'train *' <(offers xylem tokenizer tr)
check 'bash does not complete xylem run --exe' grep -qx -- '--executor *' <(offers xylem run --exe)
check 'bash does not complete xylem worker --stage ' grep -qx -- 'prepare *' <(offers xylem worker --stage '')
check 'bash does not complete files' grep -q 'pipelines/demo.yaml' <(offers xylem run pipelines/de)
if has zsh 'completions of zsh'; then
  "$program" completions zsh >"$work/_xylem"
  check 'zsh refuses its completions' zsh -n "$work/_xylem"
fi
if has fish 'completions of fish'; then
  "$program" completions fish >"$work/xylem.fish"
  check 'fish does not complete xylem tok' \
    grep -q '^tokenizer' <(fish --no-config -c "source $work/xylem.fish; complete -C 'xylem tok'")
fi

# ---- Progress: plain elsewhere, silent when asked, a panel on a terminal
ends 0 'language ' language identify sample-data/fr.jsonl
"$program" language identify sample-data/fr.jsonl --quiet >"$work/out" 2>"$work/err"
check '--quiet says something' test ! -s "$work/err"
check 'results are not on standard output' grep -q '	fr	' "$work/out"
check 'escape sequences where there is no terminal' bash -c '! grep -q "$(printf "\033")" "$1"' - "$work/out"
if has script 'the panel on a terminal'; then
  TERM=xterm script -qec "stty cols 60 rows 12; '$program' clean sample-data/fr.jsonl --output '$work/clean'" \
    "$work/typescript" >/dev/null </dev/null
  check 'no bar on a terminal' grep -q '  prepare .*█' "$work/typescript"
  check 'a line of the panel is wider than the terminal' \
    bash -c '! tr "\r" "\n" <"$1" | sed "s/\x1b\[[?0-9]*[A-Za-z]//g" | grep " docs/s\|░" | grep -q "^.\{60\}"' - \
    "$work/typescript"
fi

# ---- Events
"$program" clean sample-data/fr.jsonl --output "$work/events" --json-events >"$work/out" 2>"$work/err"
check 'events: something on standard error' test ! -s "$work/err"
check 'events: a line that is no object' bash -c '! grep -qv "^{.*}$" "$1"' - "$work/out"
for event in run_began stage_began unit_done stage_ended result; do
  check "events: no $event" grep -q "\"event\":\"$event\"" "$work/out"
done
check 'events: the last is no result' bash -c 'tail -n 1 "$1" | grep -q "\"event\":\"result\""' - "$work/out"
ends 66 'matches no file' stats "$work/nothing.jsonl" --json-events
check 'events: no failed event' grep -q '"event":"failed","exit_status":66' "$work/out"
for event in $(grep -oE '"event":"[a-z_]+"' "$work/out" | sort -u | cut -d'"' -f4); do
  check "docs/formats/events.md does not know $event" grep -q "^| \`$event\`" docs/formats/events.md
done

for what in "${left_out[@]}"; do printf 'left out: %s\n' "$what"; done
printf 'command line: %d checks, %d faults, %d left out\n' "$checks" "$faults" "${#left_out[@]}"
((faults == 0))
