"""race.py INPUTS WORK [SCENARIO...]: races Xylem against the programs that do the same work, in one run.

Without names all scenarios run; `--list` prints them. Answers are compared before any time is taken: a rival whose
answer differs is shown as that, and does not race. Every run is a cold process pinned to one core, contenders take
turns. Results are appended to WORK/results.jsonl and printed as Markdown at the end. docs/benchmarks.md explains it.
"""

import argparse
import json
import os
import shutil
import sys

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)),
                os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")]
import bench_table  # noqa: E402
import encoding  # noqa: E402
import stages  # noqa: E402
import training  # noqa: E402
from track import Failed, Track, machine, say  # noqa: E402

SCENARIOS = {
    "encode-bloom": encoding.encode_bloom,
    "encode-latin": encoding.encode_script("latin"),
    "encode-arabic": encoding.encode_script("arabic"),
    "encode-indic": encoding.encode_script("indic"),
    "encode-cjk": encoding.encode_script("cjk"),
    "encode-code": encoding.encode_script("code"),
    "encode-gpt2": encoding.encode_gpt2,
    "dataset": encoding.dataset,
    "train-bloom": training.train_bloom,
    "train-large": training.train_large,
    "train-gpt2": training.train_gpt2,
    "two-cores": encoding.two_cores,
    "adversarial": encoding.adversarial,
    "languages": encoding.languages,
    "run-stages": stages.run_stages,
}
# The tokenizers of the races: trained here, because they are no part of the repository.
TOKENIZERS = {"bloom-250680": ("bloom", 250_680), "gpt2-50k": ("gpt2", 50_257)}


def make_tokenizers(track):
    for name, (split, size) in TOKENIZERS.items():
        path = os.path.join(track.inputs, name + ".json")
        if not os.path.exists(path):
            say(f"training {name} on mixed64")
            track.process(
                [track.xylem, "tokenizer", "train", track.input("mixed64.jsonl"), "--vocab-size", size,
                 "--pre-tokenizer", split, "--output", path, "--quiet"], sorted(os.sched_getaffinity(0)))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="?", help="folder that inputs.py made")
    parser.add_argument("work", nargs="?", help="folder for results and temporary files")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--list", action="store_true", help="print the scenarios and what each is")
    parser.add_argument("--programs", default=".build/release", help="where xylem and xylem-benchmark are")
    parser.add_argument("--python", default=sys.executable, help="the Python that has the rivals")
    parser.add_argument("--pipeline", default="pipelines/roots.yaml", help="what run-stages runs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, help="the core of the races (default: the last)")
    parser.add_argument("--full", action="store_true", help="the slow rivals on the large inputs, mixed256 too")
    parser.add_argument("--small", action="store_true", help="8 MB where it is 64: a trial of the track, no figures")
    parser.add_argument("--race-different", action="store_true", help="also time rivals whose answers differ")
    parser.add_argument("--adversarial-bytes", type=int, default=50_000_000)
    options = parser.parse_args()
    if options.list:
        for name, scenario in SCENARIOS.items():
            print(f"{name:<14}{(scenario.__doc__ or '').splitlines()[0]}")
        sys.exit(0)
    if not options.inputs or not options.work:
        parser.error("INPUTS and WORK are needed")
    unknown = [name for name in options.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"no scenario called {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    if options.rounds < 1:
        parser.error("--rounds takes a positive number")
    return options


def main():
    options = arguments()
    track = Track(options)
    track.run |= machine()
    failed = []
    try:
        make_tokenizers(track)
        for name in options.scenarios or SCENARIOS:
            say(name)
            try:
                SCENARIOS[name](track)
            except Failed as failure:
                failed.append(name)
                track.write({"scenario": name, "input": "", "failed": str(failure)})
                say(f"  {name}: {failure}")
    finally:
        shutil.rmtree(track.temporary, ignore_errors=True)
    with open(track.results, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    print(bench_table.render([row for row in rows if row["run"]["started"] == track.run["started"]]))
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"race.py: {failure}")
