#!/usr/bin/env python3
"""Races the whole prepare pass against datatrove's reader, language filter, Gopher filters and writer on the same files, one
core each.

    cleaning.py XYLEM FILE.jsonl[.zst]... [--runs 3] [--language-model lid.176.bin]

Needs datatrove, its extras for words and languages (spacy, fasttext-numpy2-wheel) and zstandard in the Python that runs this.
xylem does more: normalization, identification of the language by its own model and CLD2, ROOTS's and Gopher's filters, their
values as columns, redaction, digests, zstd, manifests. datatrove runs four times: with its word tokenizer (spaCy) and with
`str.split` in its place, which is faster than anything it ships, each with its language filter and without. `xylem, labels`
trusts the records' labels and so identifies nothing.

datatrove's language filter asks lid.176.bin, which it downloads. Without --language-model the program fasttext trains a model
of the same shape here, on the files' own labels: 16 dimensions, n-grams of 2 to 4 letters, 2 million buckets, hierarchical
softmax. It does the same work for a text, but for a tree of as many leaves as there are languages and not 176, in its favour.
Prints seconds, megabytes of text a second, and the ratio; the runs alternate and the fastest of each counts.
"""
import argparse, io, json, os, resource, subprocess, sys, tempfile, time

import zstandard

DATATROVE = """
import sys, time
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter
folder, output, words, model = sys.argv[1:5]
if words == "split":
    import datatrove.pipeline.filters.gopher_quality_filter as quality
    import datatrove.pipeline.filters.gopher_repetition_filter as repetition
    quality.split_into_words = repetition.split_into_words = lambda text, language: text.split()
languages = []
if model:
    import datatrove.utils.lid as lid
    from datatrove.pipeline.filters import LanguageFilter
    from fasttext.FastText import _FastText
    loaded = _FastText(model)
    lid.FT176LID.model = property(lambda self: loaded)
    languages = [LanguageFilter(label_only=True)]
start = time.perf_counter(), time.process_time()
LocalPipelineExecutor(
    pipeline=[JsonlReader(folder, glob_pattern="*.jsonl"), *languages, GopherRepetitionFilter(), GopherQualityFilter(),
              JsonlWriter(output, compression="gzip")],
    tasks=1, workers=1, logging_dir=output + "/logs").run()
print(time.perf_counter() - start[0], time.process_time() - start[1])
"""


def text_of(path):
    data = open(path, "rb")
    stream = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) if path.endswith(".zst") else data
    return io.TextIOWrapper(stream, "utf-8", newline="\n")


def stand_in(paths, work):
    """A model of lid.176's shape, from the beginning of each file."""
    with open(f"{work}/train", "w", encoding="utf-8") as train:
        for path in paths:
            for number, line in enumerate(text_of(path)):
                record = json.loads(line)
                if number < 200:
                    text = " ".join(record["text"].split())
                    train.write(f"__label__{record.get('lang', 'und')} {text[:2000]}\n")
    subprocess.run(["fasttext", "supervised", "-input", f"{work}/train", "-output", f"{work}/lid", "-dim", "16", "-minn", "2",
                    "-maxn", "4", "-bucket", "2000000", "-loss", "hs", "-thread", "1", "-verbose", "0"], check=True)
    return f"{work}/lid.bin"


def timed(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        return None, None, done.stderr.decode(errors="replace").strip().splitlines()[-1:]
    if command[0] == sys.executable:
        # It says itself what its pipeline took: a second or two of importing would weigh much beside a few megabytes.
        seconds, processor = map(float, done.stdout.split()[-2:])
        return seconds, processor, None
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("xylem")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--languages", default="pipelines/languages")
    parser.add_argument("--language-model", help="what datatrove's language filter asks: lid.176.bin")
    parser.add_argument("--rival-megabytes", type=float, default=4, help="text that datatrove reads (it is slow)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        both = {"xylem": os.path.join(work, "all"), "labels": os.path.join(work, "labelled"),
                "datatrove": os.path.join(work, "some")}
        sizes = dict.fromkeys(both, 0)
        for folder in both.values():
            os.mkdir(folder)
        share = options.rival_megabytes * 1e6 / len(options.files)
        for number, path in enumerate(options.files):
            with open(f"{both['xylem']}/{number}.jsonl", "w", encoding="utf-8") as all_of_it, \
                    open(f"{both['labels']}/{number}.jsonl", "w", encoding="utf-8") as labelled, \
                    open(f"{both['datatrove']}/{number}.jsonl", "w", encoding="utf-8") as some:
                taken = 0
                for line in text_of(path):
                    record = json.loads(line)
                    size = len(record["text"].encode())
                    labelled.write(line)
                    # Without a label, so that the language must be found.
                    line = json.dumps({"id": record["id"], "text": record["text"]}, ensure_ascii=False) + "\n"
                    all_of_it.write(line)
                    sizes["xylem"] += size
                    if taken < share:
                        some.write(line)
                        taken += size
                sizes["datatrove"] += taken

        model = os.path.abspath(options.language_model) if options.language_model else stand_in(options.files, work)
        best = {}
        for _ in range(options.runs):
            for name in ("xylem", "xylem, labels", "datatrove", "datatrove, str.split", "datatrove, no languages",
                         "datatrove, str.split, no languages"):
                if name in best and best[name] is None:
                    continue
                out = tempfile.mkdtemp(dir=work)
                if name.startswith("xylem"):
                    folder = both["labels" if "labels" in name else "xylem"]
                    command = [options.xylem, "clean", folder + "/*.jsonl", "--output", out + "/run", "--languages",
                               options.languages, "--preset", "roots,gopher", "--workers", "1", "--quiet",
                               "--maximum-bad-ratio", "1"]
                else:
                    command = [sys.executable, "-c", DATATROVE, both["datatrove"], out,
                               "split" if "split" in name else "own", "" if "no languages" in name else model]
                wall, processor, failure = timed(command)
                if failure is not None:
                    print(f"{name}: left out: {' '.join(failure)}")
                    best[name] = None
                elif name not in best or processor < best[name][1]:
                    best[name] = (wall, processor)
        print(f"{'':34} {'text MB':>8} {'seconds':>8} {'CPU s':>8} {'MB/s of CPU':>12} {'ratio':>7}")
        speed = {}
        for name, times in best.items():
            if times is None:
                continue
            megabytes = sizes["xylem" if name.startswith("xylem") else "datatrove"] / 1e6
            speed[name] = megabytes / times[1]
            print(f"{name:34} {megabytes:8.1f} {times[0]:8.2f} {times[1]:8.2f} {speed[name]:12.2f} "
                  f"{speed['xylem'] / speed[name]:7.1f}")
        if "xylem" not in speed or len(speed) < 2:
            sys.exit("nothing was raced")


if __name__ == "__main__":
    main()
