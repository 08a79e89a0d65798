#!/usr/bin/env bash
# libFuzzer, with the address sanitizer, on normalizer, line rules, filters, redactor and the readers of model files: any
# bytes in, valid UTF-8 out, no promise broken (Tests/Fuzz). Exit status 1 when there is a finding; its input is then in
# .build/fuzz/findings, and `.build/fuzz/CleaningFuzz FILE` shows it again.
#
#   scripts/fuzz.sh [SECONDS]        default 600; the build comes before and takes minutes
#
# SWIFT      the compiler (default swift)
# FUZZ_JOBS  processes of the build (default 2)
# FUZZ_WORK  folder of everything this writes (default .build/fuzz); what was found to cover new code stays there
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly seconds=${1:-600}
readonly work=${FUZZ_WORK:-.build/fuzz}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "usage: scripts/fuzz.sh [SECONDS]" >&2; exit 64; }

build=("${SWIFT:-swift}" build --package-path Tests/Fuzz --scratch-path "$work/build" -c release
  --sanitize fuzzer --sanitize address
  # SwiftPM tells only the package's own modules to count what is covered; ours are a dependency here.
  -Xswiftc -sanitize-coverage=edge,trace-cmp,inline-8bit-counters,pc-table
  -Xcc -fsanitize=fuzzer-no-link -Xcxx -fsanitize=fuzzer-no-link
  -j "${FUZZ_JOBS:-2}")
"${build[@]}"
cp "$("${build[@]}" --show-bin-path)/CleaningFuzz" "$work/CleaningFuzz"

mkdir -p "$work/corpus" "$work/findings" "$work/seeds"
# Each record of the samples is a seed as it is written, behind a byte that chooses the options.
cat sample-data/*.jsonl | awk -v folder="$work/seeds" '{ file = folder "/" NR; printf "%c%s", 33 + NR % 90, $0 > file; close(file) }'
printf 'A\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n-2 <unk>\n-99 <s> -0.5\n-1 </s>\n-0.5 a -0.2\n\n\\2-grams:\n-0.2 <s> a\n\n\\end\\\n' \
  >"$work/seeds/arpa"
{ printf A && head -c 4000 models/languages.model; } >"$work/seeds/model"

ASAN_OPTIONS=detect_leaks=0 "$work/CleaningFuzz" "$work/corpus" "$work/seeds" -max_total_time="$seconds" \
  -max_len=4096 -timeout=20 -rss_limit_mb=4096 -dict=Tests/Fuzz/cleaning.dict -artifact_prefix="$work/findings/" \
  -print_final_stats=1 -verbosity=1
echo "no finding in $seconds seconds"
