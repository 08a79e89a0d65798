#!/usr/bin/env python3
"""Races `xylem dedup near` against rensa and datatrove on the same file, one core each: JSON lines in, kept JSON lines out.

    dedup.py XYLEM FILE.jsonl [--exact] [--runs 5] [--labels LABELS] [--rivals rensa,datatrove]

rensa (in memory): word 5-grams by \\W in Python, lower-cased, then its one-shot MinHash and LSH with 14 bands of 8 rows,
and the lines that it does not flag written. datatrove: its four MinHash steps with their defaults (14 x 8, 64-bit hashes)
and its English word splitter, or with --split `str.split` in its place. xylem verifies every pair and writes evidence and
fingerprints besides; all write plain lines. The runs alternate, all pinned to one core, and the
median of each counts, by processor seconds (children included). With --labels (`{"id", "of", "j"}` a line) prints how many of
the pairs with j of 0.85 or more lost one of their documents.
"""
import argparse, glob, json, os, resource, shutil, statistics, subprocess, sys, tempfile, time

RENSA = r"""
import json, re, sys
import rensa
lines = open(sys.argv[1], "rb").readlines()
def grams(text):
    words = [word for word in re.split(r"\W", text.lower()) if word]
    return [" ".join(words[i:i + 5]) for i in range(max(1, len(words) - 4))] if words else []
tokens = [grams(json.loads(line)["text"]) for line in lines]
matrix = rensa.RMinHash.digest_matrix_from_token_sets(tokens, 112, 42)
flags = rensa.RMinHashLSH(0.8, 112, 14).query_duplicate_flags_matrix_one_shot(matrix)
# It flags every member of a group: the first of equal-looking ones cannot be told without its pairs, so all go.
with open(sys.argv[2] + "/kept.jsonl", "wb") as kept:
    kept.writelines(line for line, flag in zip(lines, flags) if not flag)
"""

DATATROVE = r"""
import sys
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig, MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter
folder, work, words = sys.argv[1:4]
if words == "split":
    import datatrove.utils.text as text
    import datatrove.pipeline.dedup.minhash as minhash
    class Splitter:
        def word_tokenize(self, text): return text.split()
    minhash.load_word_tokenizer = lambda language: Splitter()
config = MinhashConfig()
def run(name, tasks, *pipeline):
    LocalPipelineExecutor(pipeline=list(pipeline), tasks=tasks, workers=1, logging_dir=work + "/log-" + name).run()
reader = lambda: JsonlReader(folder, glob_pattern="*.jsonl")
run("signatures", 1, reader(), MinhashDedupSignature(work + "/signatures", config=config))
run("buckets", config.num_buckets, MinhashDedupBuckets(work + "/signatures", work + "/buckets", config=config))
run("clusters", 1, MinhashDedupCluster(work + "/buckets", work + "/removed", config=config))
run("filter", 1, reader(), MinhashDedupFilter(work + "/removed"), JsonlWriter(work + "/kept", compression=None))
"""


EXACT = r"""
import sys
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import ExactDedupFilter, ExactDedupSignature, ExactFindDedups
from datatrove.pipeline.dedup.exact_dedup import ExactDedupConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter
folder, work = sys.argv[1:3]
config = ExactDedupConfig(content_getter=lambda document: document.text)
def run(name, *pipeline):
    LocalPipelineExecutor(pipeline=list(pipeline), tasks=1, workers=1, logging_dir=work + "/log-" + name).run()
reader = lambda: JsonlReader(folder, glob_pattern="*.jsonl")
run("signatures", reader(), ExactDedupSignature(work + "/signatures", config=config))
run("find", ExactFindDedups(data_folder=work + "/signatures", output_folder=work + "/duplicates", config=config))
run("filter", reader(), ExactDedupFilter(data_folder=work + "/duplicates", config=config),
    JsonlWriter(work + "/kept", compression=None))
"""


def timed(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}))
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        return None, None, " ".join(done.stderr.decode(errors="replace").strip().splitlines()[-1:])
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, None


def ids_in(*paths):
    found = set()
    for path in paths:
        with open(path, encoding="utf-8", newline="\n") as lines:
            found.update(json.loads(line)["id"] for line in lines)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("xylem")
    parser.add_argument("file")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--labels")
    parser.add_argument("--rivals", default="rensa,datatrove")
    parser.add_argument("--exact", action="store_true", help="race exact deduplication, against datatrove alone")
    parser.add_argument("--split", action="store_true", help="str.split as datatrove's word splitter")
    options = parser.parse_args()
    size = os.path.getsize(options.file) / 1e6
    must = []
    if options.labels:
        with open(options.labels, encoding="utf-8") as lines:
            must = [label for label in map(json.loads, lines) if label["j"] >= 0.85]
    ids = ids_in(options.file)
    rounds, gone = {}, {}
    with tempfile.TemporaryDirectory() as work:
        os.mkdir(work + "/in")
        os.symlink(os.path.abspath(options.file), work + "/in/a.jsonl")
        names = ["xylem"] + (["datatrove"] if options.exact else options.rivals.split(","))
        kind = "exact" if options.exact else "near"
        for _ in range(options.runs):
            for name in names:
                if rounds.get(name) is False:
                    continue
                out = tempfile.mkdtemp(dir=work)
                commands = {
                    "xylem": [options.xylem, "dedup", kind, options.file, "--output", out + "/out", "--workers", "1", "--plain"],
                    "rensa": [sys.executable, "-c", RENSA, options.file, out],
                    "datatrove": [sys.executable, "-c", EXACT if options.exact else DATATROVE, work + "/in", out, "split" if options.split else "own"],
                }
                wall, processor, failure = timed(commands[name])
                if failure is not None:
                    print(f"{name}: left out: {failure}")
                    rounds[name] = False
                    continue
                rounds.setdefault(name, []).append((processor, wall))
                kept = {"xylem": "/out/kept/*.jsonl", "rensa": "/kept.jsonl", "datatrove": "/kept/**/*.jsonl"}[name]
                gone[name] = ids - ids_in(*glob.glob(out + kept, recursive=True))
                shutil.rmtree(out)
    best = {name: (statistics.median(w for _, w in all), statistics.median(p for p, _ in all))
            for name, all in rounds.items() if all}
    print(f"{options.file}: {size:.1f} MB, {len(ids)} documents")
    print(f"{'':12} {'wall s':>8} {'CPU s':>8} {'MB/s of CPU':>12} {'xylem is':>9} {'removed':>8} {'found of labels':>16}")
    speed = {name: size / times[1] for name, times in best.items()}
    for name in names:
        if name not in best:
            continue
        found = sum(label["id"] in gone[name] or label["of"] in gone[name] for label in must)
        share = f"{found / len(must):.4f}" if must else "-"
        print(f"{name:12} {best[name][0]:8.2f} {best[name][1]:8.2f} {speed[name]:12.2f} "
              f"{speed['xylem'] / speed[name]:8.1f}x {len(gone[name]):8} {share:>16}")
    if "xylem" not in speed or len(speed) < 2:
        sys.exit("nothing was raced")


if __name__ == "__main__":
    main()
