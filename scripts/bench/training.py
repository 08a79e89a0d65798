"""Scenarios of training: BLOOM's and GPT-2's split, 250,680 entries; merges compared before any time is taken."""

import os

from encoding import text_bytes
from track import Contender, race, row, sample

VOCABULARY = 250_680
WHOLE = "whole process: start, reading, training, tokenizer.json"
TRAINING = "the call that trains"


def train_once(track, path, split):
    output = track.scratch("trained.json")
    if os.path.exists(output):
        os.remove(output)  # an output that exists is refused
    return track.process(
        [track.xylem, "tokenizer", "train", path, "--vocab-size", VOCABULARY, "--pre-tokenizer", split,
         "--output", output, "--workers", 1, "--quiet"])


def training_rival(track, name, path, split, prefix=False):
    """`prefix`: a rival whose alphabet is only the bytes that occur has room for a few more merges than we have."""
    merges = track.scratch("merges-" + name)

    def run(*options):
        found = track.rival("train", name, path, VOCABULARY, "--split", split, *options)
        contender.version = found["version"]
        return {"once": sample(found["passes"][0], found["peak_memory_bytes"])}

    def check():
        run("--merges", merges)
        return track.compare(
            "merges", track.scratch("trained.json"), merges, *(["--prefix"] if prefix else []))

    contender = Contender({"huggingface": "Hugging Face"}.get(name, name), run, check)
    return contender


def race_bloom(track, scenario, source, *names):
    """BLOOM's split on one input against rivals by name."""
    path = track.input(source + ".jsonl")
    size = text_bytes(path)
    train_once(track, path, "bloom")
    ours = Contender("xylem", lambda: {"once": train_once(track, path, "bloom")})
    found = race(track, scenario, [ours, *(training_rival(track, name, path, "bloom") for name in names)])
    for name, rival in zip(names, found[1:]):
        goal = {"goal": 20, "memory_goal": 6} if name == "huggingface" else {}
        row(track, scenario, source, (ours, "once", WHOLE, size),
            (rival, "once", TRAINING + " and reading", size), **goal)


def train_bloom(track):
    """BLOOM's split against Hugging Face (same merges) and rustbpe (its ties go elsewhere)."""
    race_bloom(track, "train-bloom", track.for_slow, "huggingface")
    race_bloom(track, "train-bloom", track.main, "rustbpe")


def train_large(track):
    """BLOOM's split on the largest mix against Hugging Face: half an hour with BENCH_FULL=1."""
    race_bloom(track, "train-large", track.largest, "huggingface")


def train_gpt2(track):
    """GPT-2's split against gigabpe, which reads files of lines: the same lines are our records."""
    for source in dict.fromkeys((track.main, track.largest)):
        path, lines = track.input(source + "-lines.jsonl"), track.input(source + "-lines.txt")
        size = os.path.getsize(lines)
        train_once(track, path, "gpt2")
        ours = Contender("xylem", lambda path=path: {"once": train_once(track, path, "gpt2")})
        rival = training_rival(track, "gigabpe", lines, "gpt2", prefix=True)
        race(track, "train-gpt2", [ours, rival])
        row(track, "train-gpt2", source + "-lines", (ours, "once", WHOLE, size),
            (rival, "once", TRAINING + " and reading", size), goal=3, memory_goal=1)
