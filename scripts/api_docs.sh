#!/usr/bin/env bash
# DocC pages of the libraries, from the built modules and the catalogs Sources/*/*.docc, with the toolchain's own docc. A
# warning fails: a link to a type that is not there any more is one.
#
#   scripts/api_docs.sh [OUTPUT]     (default .build/docs; a debug build must be there)
#
# Each library is OUTPUT/<library>; serve it from there with any web server, or open data/documentation.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly output=${1:-.build/docs}
readonly swift=${SWIFT:-swift}
docc=$(dirname "$(readlink -f "$(command -v "$swift")")")/docc
readonly docc
[[ -x $docc ]] || {
  printf 'docs: this toolchain has no docc, so there are no pages of the libraries\n' >&2
  exit 0
}
build=$("$swift" build --show-bin-path)
triple=$("$swift" -print-target-info | sed -n 's/.*"triple": "\([^"]*\)".*/\1/p' | head -n 1)
readonly build triple

search=(-I "$build/Modules")
for map in Sources/*/module.modulemap "$build"/C*.build/module.modulemap \
  .build/checkouts/*/Sources/C*/include/module.modulemap; do
  search+=(-Xcc "-fmodule-map-file=$map")
done

rm -rf "$output"
mkdir -p "$output"
faults=0
for library in CorpusCore CorpusIO TextProcessing Tokenization Deduplication TokenDataset Pipeline; do
  symbols=$(mktemp -d)
  "$swift" symbolgraph-extract -module-name "$library" -target "$triple" "${search[@]}" \
    -minimum-access-level public -output-dir "$symbols"
  # Only the library's own: extensions of other modules have pages of their own names.
  find "$symbols" -name '*@*' -delete
  "$docc" convert "Sources/$library/$library.docc" --additional-symbol-graph-dir "$symbols" \
    --fallback-display-name "$library" --fallback-bundle-identifier "xylem.$library" \
    --output-path "$output/$library" 2>"$symbols/messages" || faults=$((faults + 1))
  warnings=$(grep -c '^warning:\|^error:\|: warning:\|: error:' "$symbols/messages" || true)
  if ((warnings)); then
    cat "$symbols/messages" >&2
    faults=$((faults + warnings))
  fi
  printf '%-15s %d pages\n' "$library" "$(find "$output/$library/data" -name '*.json' | wc -l)"
  rm -rf "$symbols"
done
printf 'docs: %d warnings; %s\n' "$faults" "$output"
((faults == 0))
