#!/usr/bin/env python3
"""Where the time of the prepare pass goes: the table of docs/cleaning.md.

    cleaning_profile.py XYLEM FILE.jsonl[.zst]... [--languages pipelines/languages] [--preset roots]
    cleaning_profile.py XYLEM FILE.jsonl[.zst]... --pipeline pipelines/roots.yaml [--without-labels]

Runs `xylem clean`, or the stage `prepare` of a pipeline, with one worker under `perf record` (Linux, with the right to
sample) and adds samples up by what the sampled function is for. Prints CPU seconds, megabytes of text a second of CPU
(median of --runs), and a Markdown table, largest share first. Without labels, records are read without their `lang`.
"""
import argparse, io, json, os, re, resource, statistics, subprocess, sys, tempfile

import zstandard

# The first that matches `library symbol` counts.
PARTS = [
    ("shingles and MinHash", r"Shingler|WordHasher|UniqueSorter|count_distinct|FingerprintBuilder|minhash|update_(avx|port)|finish_(avx|port)"),
    ("kernel: reading, writing, fresh pages", r"^\[kernel|^\[k\]|^\[unknown\]"),
    ("zstd, both ways", r"libzstd"),
    ("words of text without spaces", r"Cutter|PairCache|namespace.::(Scan|Kinds|Dictionary)|Break|UCharsTrie|Dictionary|UVector|utext|UText|BytesTrie|UnicodeSet|text_words|libicudata"),
    ("normalization", r"plain_(avx|port)|text_are_surely|FormTable|Normalizer|Cleaner|UnicodeForm|TextRepair|libicuuc|Canonical|Reordering"),
    ("language from the text", r"CLD2|libcld2|LanguageModel|LanguageSample|ScriptGate|Identifier|xylem_language|buckets_(avx|port)|add_rows"),
    ("perplexity", r"Perplexity|NGram|ARPA|HashedTable"),
    ("n-grams of characters and words", r"OccurrenceCounter|count_grams|grams_(avx|port)|HashTally|GramFilter|GramCharacters|prepareGrams"),
    ("words: cutting, hashing, lists", r"cutAtSpaces|hashWords|WordSet|cutWords|WordHash|ListedWords|OutputSpanVys5Int32|classes_(avx|port)|hash_(avx|port)"),
    ("code points of UTF-8", r"decode_avx512|decode_utf8|6decode|characters_(avx|port)"),
    ("lines, paragraphs, sentences", r"LineScan|LineShape|scanLines|LineRules"),
    ("profile for the report", r"CorpusProfiler|ItemCounter|FrequentItems|FilterTally|TextPortrait"),
    ("other filters and values", r"TextProcessing.*Filter|FilterScratch|FilterChain|ValueBlock|FilterValue"),
    ("redaction", r"Redactor|Scanner|ByteText|Redaction|next_(avx|port)"),
    ("reading records", r"simdjson|cjson|CJSON|ShardReader|LineSplitter|DecodedStream|DocumentBatch|json_shim|JSONReader"),
    ("writing records, digests", r"appendJSONString|appendEscape|unescaped_(avx|port)|keep_(avx|port)|UnitWriter|XXH|SectionedFile|OutputFile|ExactDigester|Digest|appendRecord|DocumentCleaner"),
    ("copying, clearing, allocating", r"mem(move|set|cpy|cmp|chr)|malloc|free|calloc|realloc|swift_(retain|release|alloc|slow)|\$sSa"),
]


def records(path):
    data = open(path, "rb")
    stream = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) if path.endswith(".zst") else data
    return map(json.loads, io.TextIOWrapper(stream, "utf-8", newline="\n"))


def text_bytes(path):
    return sum(len(record["text"].encode()) for record in records(path))


def without_labels(path, folder):
    target = os.path.join(folder, os.path.basename(path).removesuffix(".zst") + ".zst")
    with open(target, "wb") as out, zstandard.ZstdCompressor(3).stream_writer(out) as packed:
        for record in records(path):
            record.pop("lang", None)
            packed.write((json.dumps(record, ensure_ascii=False) + "\n").encode())
    return target


def begun(xylem, pipeline, files, run):
    """The command that does the stage prepare of a run that it begins."""
    inputs = [word for path in files for word in ("--input", path)]
    begin = subprocess.run([xylem, "run", pipeline, *inputs, "--output", run, "--workers", "1", "--next"],
                           capture_output=True, text=True)
    stage, _, units = begin.stdout.strip().partition(" ")
    if stage != "prepare":
        sys.exit(begin.stdout + begin.stderr)
    return [xylem, "worker", "--run", run, "--stage", stage, "--units", units, "--workers", "1", "--quiet"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("xylem")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--languages", default="pipelines/languages")
    parser.add_argument("--preset", default="roots")
    parser.add_argument("--pipeline", help="its stage prepare instead of clean")
    parser.add_argument("--without-labels", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    size = sum(map(text_bytes, options.files)) / 1e6
    with tempfile.TemporaryDirectory() as work:
        files = options.files
        if options.without_labels:
            files = [without_labels(path, work) for path in files]

        def command(run):
            if options.pipeline:
                return begun(options.xylem, options.pipeline, files, run)
            return [options.xylem, "clean", *files, "--languages", options.languages, "--preset", options.preset,
                    "--workers", "1", "--quiet", "--output", run]

        seconds = []
        for number in range(options.runs):
            words = command(os.path.join(work, str(number)))
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        middle = statistics.median(seconds)
        record = os.path.join(work, "perf.data")
        subprocess.run(["perf", "record", "-q", "-F", "1999", "-o", record, "--", *command(os.path.join(work, "profiled"))],
                       check=True, stdout=subprocess.DEVNULL)
        report = subprocess.run(["perf", "report", "-i", record, "--stdio", "--no-children", "-g", "none", "--sort", "dso,symbol",
                                 "-F", "sample,dso,symbol"], check=True, capture_output=True, text=True).stdout
    shares, total = {}, 0
    for line in report.splitlines():
        found = re.match(r"\s*(\d+)\s+(\S+)\s+\[.\]\s+(.*)", line)
        if not found:
            continue
        samples, library, symbol = int(found[1]), found[2], found[3]
        total += samples
        name = next((name for name, pattern in PARTS if re.search(pattern, f"{library} {symbol}")), "the rest")
        shares[name] = shares.get(name, 0) + samples
    if not total:
        sys.exit("perf gave no samples; may this user sample (kernel.perf_event_paranoid)?")
    print(f"{size:.1f} MB of text, {middle:.2f} s of CPU ({min(seconds):.2f} to {max(seconds):.2f}), "
          f"{size / middle:.1f} MB/s; {total} samples\n")
    print("| share | what |\n|--:|---|")
    for name, samples in sorted(shares.items(), key=lambda entry: -entry[1]):
        if 200 * samples >= total:
            print(f"| {100 * samples / total:.0f} % | {name} |")


if __name__ == "__main__":
    main()
