#!/usr/bin/env bash
# Does what the documentation says: every block fenced as ```sh in README.md and docs/ is executed, in order, each page in a
# fresh copy of what git tracks. A command that fails fails the page.
#
#   scripts/docs.sh [PAGE...]        only these pages
#
# A block whose first line is `# needs: SOMETHING` is not executed: readers see that line too, and such blocks are counted.
# A command whose last line ends in `# ends with N` must end with that status (or one of several numbers there).
# The program is on the path, but for the tutorial, which has to say where it is.
#
# XYLEM_PROGRAM   the binary (default .build/release/xylem)
# DOCS_SECONDS    a page that takes longer has failed (default 300)
# DOCS_KEEP       a folder to leave the copies and logs in
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=$(realpath "${XYLEM_PROGRAM:-.build/release/xylem}")
readonly program seconds=${DOCS_SECONDS:-300}
[[ -x $program ]] || {
  printf 'docs: there is no %s; make build makes it\n' "$program" >&2
  exit 1
}
work=${DOCS_KEEP:-$(mktemp -d)}
[[ -n ${DOCS_KEEP:-} ]] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
work=$(realpath "$work")
readonly work

# blocks PAGE: its shell blocks as one script, each after a line that says where it stands; left-out ones as comments.
blocks() {
  awk -v page="$1" '
    /^```sh$/ && !inside { inside = 1; first = 1; start = NR; next }
    /^```/ && inside { inside = 0; if (!needs) print ""; needs = 0; next }
    inside && first {
      first = 0
      needs = ($0 ~ /^# needs: /)
      if (needs) { print "#needs " page ":" start ": " substr($0, 10); next }
      print "docs_place=" page ":" start
    }
    inside && !needs && match($0, / +# ends with [0-9].*$/) {
      statuses = substr($0, RSTART)
      gsub(/[^0-9]+/, " ", statuses)
      print substr($0, 1, RSTART - 1) " && docs_status=0 || docs_status=$?; docs_expect" statuses
      next
    }
    inside && !needs { print }
    END { if (inside) { print "#broken " page ":" start } }' "$1"
}

pages=("$@")
((${#pages[@]})) || mapfile -t pages < <(git ls-files README.md 'docs/*.md')
executed=0
failed=0
number=0
needs=()
for page in "${pages[@]}"; do
  number=$((number + 1))
  script=$work/$number.sh
  blocks "$page" >"$script.body"
  if grep -q '^#broken' "$script.body"; then
    printf 'FAILED  %s: a block is not closed\n' "$page"
    failed=$((failed + 1))
    continue
  fi
  mapfile -t -O "${#needs[@]}" needs < <(sed -n 's/^#needs //p' "$script.body")
  count=$(grep -c '^docs_place=' "$script.body")
  ((count)) || continue
  copy=$work/$number
  mkdir -p "$copy/.build/release"
  git ls-files -z | tar --null -T - -cf - | tar -xf - -C "$copy"
  ln -s "$program" "$copy/.build/release/xylem"
  { # What a reader's shell does not stop at, this one does.
    [[ $page == docs/tutorial.md ]] || printf 'PATH=$PWD/.build/release:$PATH\n'
    cat <<'END'
docs_expect() {
  local status
  for status in "$@"; do
    if [[ $status -eq $docs_status ]]; then return 0; fi
  done
  echo "docs: ended with $docs_status, expected $*" >&2
  return 1
}
END
    printf '%s\n' 'set -euo pipefail' "trap 'echo \"docs: failed in the block at \$docs_place\" >&2' ERR"
    cat "$script.body"
  } >"$script"
  began=$SECONDS
  if (cd "$copy" && HOME=$copy timeout "$seconds" bash "$script" >"$script.log" 2>&1 </dev/null); then
    printf 'ok      %s: %d blocks, %d s\n' "$page" "$count" "$((SECONDS - began))"
    executed=$((executed + count))
  else
    printf 'FAILED  %s\n' "$page"
    tail -n 12 "$script.log" | sed 's/^/        /'
    failed=$((failed + 1))
  fi
  [[ -n ${DOCS_KEEP:-} ]] || rm -rf "$copy"
done

for what in "${needs[@]}"; do printf 'left out: %s\n' "$what"; done
printf 'documentation: %d blocks executed, %d pages failed, %d blocks left out\n' "$executed" "$failed" "${#needs[@]}"
((failed == 0 && executed > 0))
