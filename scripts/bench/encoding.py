"""Scenarios of encoding: against rivals, to a dataset, on two cores, at its worst, and language by language."""

import concurrent.futures
import json
import os
import shutil

from track import Contender, Failed, race, row, sample

WHOLE = "whole process: start, reading, encoding, .bin/.idx"
COMPILED = "the same with a compiled tokenizer"
WORK = "reading, encoding, .bin/.idx: whole process less that of one letter"
AGAIN = "whole process of the file and its copy, less that of the file alone"
COLD = "encoding alone, first pass"
WARM = "encoding alone, second pass"


def text_bytes(path):
    """Bytes of the texts of a .jsonl (not of its JSON)."""
    size = 0
    with open(path, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            if line.strip():
                size += len(json.loads(line)["text"].encode())
    return size


def remove(prefix):
    for suffix in (".bin", ".idx"):
        if os.path.exists(prefix + suffix):
            os.remove(prefix + suffix)


def less(one, other):
    """What one process took beyond another."""
    return {"cpu": one["cpu"] - other["cpu"], "wall": one["wall"] - other["wall"], "peak": one["peak"]}


def encode_once(track, paths, tokenizer, *options, workers=1, cores=None, name="encoded"):
    """One process of ours from .jsonl to .bin/.idx; what it wrote stays until the next call."""
    prefix = track.scratch(name)
    remove(prefix)  # an output that exists is refused
    return track.process(
        [track.xylem, "tokenizer", "encode", *paths, "--tokenizer", tokenizer, "--output", prefix,
         "--workers", workers, "--quiet", *options], cores)


def compiled(track, tokenizer):
    """The tokenizer in the form that loads soonest, made by the program that is measured."""
    path = track.scratch("compiled.xyt")
    if os.path.exists(path):
        os.remove(path)
    track.process(
        [track.xylem, "tokenizer", "export", "--tokenizer", tokenizer, "--format", "compiled", "--output", path])
    return path


def ours_whole(track, path, tokenizer, twice=False):
    """Rivals have loaded their tokenizer before their clock starts. What starting and loading take of ours is the time of a
    process that encodes one letter."""
    short = compiled(track, tokenizer)
    letter = track.scratch("letter.jsonl")
    with open(letter, "w", encoding="utf-8") as file:
        file.write('{"text":"a"}\n')
    second = track.scratch("again.jsonl")
    if twice and not os.path.exists(second):
        os.symlink(os.path.abspath(path), second)  # a file named twice is read once

    def measure():
        once = encode_once(track, [path], tokenizer)
        start = encode_once(track, [letter], tokenizer)
        found = {"once": once, "work": less(once, start), "compiled": encode_once(track, [path], short)}
        if twice:
            again = encode_once(track, [path, second], tokenizer)
            found["again"] = less(again, once)
        return found

    return Contender("xylem", measure)


def ours_alone(track, path, tokenizer):
    ids = track.scratch("ids-alone")

    def run(*options):
        return track.answer([track.benchmark, "encode-only", path, "--tokenizer", tokenizer, *options])

    def measure():
        found = run("--passes", 2)
        cold, warm = found["passes"]
        return {"cold": sample(cold, found["peak_memory_bytes"]), "warm": sample(warm, found["peak_memory_bytes"])}

    def check():
        run("--passes", 1, "--ids", ids)
        return track.compare("ids", track.scratch("reference"), ids)

    return Contender("xylem", measure, check)


def encoding_rival(track, name, path, tokenizer):
    ids = track.scratch("ids-" + name)

    def measure():
        found = track.rival("encode", name, tokenizer, path, "--passes", 1 if name == "huggingface" else 2)
        peak = found["peak_memory_bytes"]
        return {label: sample(seconds, peak) for label, seconds in zip(("cold", "warm"), found["passes"])}

    def check():
        found = track.rival("encode", name, tokenizer, path, "--passes", 1, "--ids", ids)
        contender.version = found["version"]
        try:
            return track.compare("ids", track.scratch("reference"), ids)
        finally:
            os.remove(ids)

    contender = Contender({"huggingface": "Hugging Face"}.get(name, name), measure, check)
    return contender


def encode_race(track, scenario, source, tokenizer_name, rivals, goal, warm_goal=None):
    """Ours as a whole process and alone against rivals that encode only, cold and warm."""
    path, tokenizer = track.input(source + ".jsonl"), track.input(tokenizer_name + ".json")
    size = text_bytes(path)
    # The ids that all are held against are those that the program wrote to a dataset.
    encode_once(track, [path], tokenizer)
    for suffix in (".bin", ".idx"):
        shutil.move(track.scratch("encoded") + suffix, track.scratch("reference") + suffix)
    whole = ours_whole(track, path, tokenizer, twice=warm_goal is not None)
    alone = ours_alone(track, path, tokenizer)
    found = race(track, scenario, [whole, alone, *(encoding_rival(track, name, path, tokenizer) for name in rivals)])
    remove(track.scratch("reference"))
    for rival in found[2:]:
        for label, what in (("once", WHOLE), ("compiled", COMPILED), ("work", WORK)):
            row(track, scenario, source, (whole, label, what, size), (rival, "cold", COLD, size), goal=goal)
        if warm_goal is not None:
            row(track, scenario, source, (whole, "again", AGAIN, size), (rival, "warm", WARM, size), goal=warm_goal)
        row(track, scenario, source, (alone, "cold", COLD, size), (rival, "cold", COLD, size))
        if rival.samples_of("warm") or rival.is_equal is not True:
            row(track, scenario, source, (alone, "warm", WARM, size), (rival, "warm", WARM, size))


def encode_bloom(track):
    """BLOOM's split, 250,680 entries, all languages."""
    encode_race(track, "encode-bloom", track.main, "bloom-250680", ["fastokens", "kitoken", "tiktoken"], goal=4)
    encode_race(track, "encode-bloom", track.for_slow, "bloom-250680", ["huggingface"], goal=None)


def encode_script(name):
    def scenario(track):
        encode_race(
            track, "encode-" + name, "sub_" + name, "bloom-250680", ["fastokens", "kitoken", "tiktoken"], goal=4)

    scenario.__doc__ = f"BLOOM's split, 250,680 entries, {name} alone."
    return scenario


def encode_gpt2(track):
    """GPT-2's split, 50,257 entries, all languages, cold and warm."""
    encode_race(track, "encode-gpt2", track.main, "gpt2-50k", ["fastokens", "gigatoken"], goal=1.3, warm_goal=1.3)


def dataset(track):
    """JSONL to .bin/.idx: against Megatron's way, byte for byte the same files, and against our encoding alone."""
    tokenizer = track.input("bloom-250680.json")
    source = track.for_slow
    path = track.input(source + ".jsonl")
    size = text_bytes(path)
    theirs = track.scratch("megatron")

    def measure_megatron():
        remove(theirs)
        found = track.rival("dataset", "megatron", tokenizer, path, theirs)
        megatron.version = found["version"]
        return {"once": sample(found["passes"][0], found["peak_memory_bytes"])}

    def check_megatron():
        measure_megatron()
        encode_once(track, [path], tokenizer, "--append-eod")
        found = [track.compare("files", track.scratch("encoded") + suffix, theirs + suffix)
                 for suffix in (".bin", ".idx")]
        return all(equal for equal, _ in found), ".bin " + found[0][1] + ", .idx " + found[1][1]

    short = compiled(track, tokenizer)
    ours = Contender("xylem", lambda: {
        "once": encode_once(track, [path], tokenizer, "--append-eod"),
        "compiled": encode_once(track, [path], short, "--append-eod")})
    megatron = Contender("Megatron's way", measure_megatron, check_megatron)
    race(track, "dataset", [ours, megatron])
    remove(theirs)
    for label, what in (("once", WHOLE), ("compiled", COMPILED)):
        row(track, "dataset", source, (ours, label, what, size),
            (megatron, "once", "reading, encoding, .bin/.idx; imports not counted", size), goal=60)

    # Start and loading count less the longer the input is.
    for source in dict.fromkeys((track.main, track.largest)):
        path = track.input(source + ".jsonl")
        size = text_bytes(path)
        encode_once(track, [path], tokenizer)
        for suffix in (".bin", ".idx"):
            shutil.move(track.scratch("encoded") + suffix, track.scratch("reference") + suffix)
        whole, alone = ours_whole(track, path, tokenizer), ours_alone(track, path, tokenizer)
        race(track, "dataset", [whole, alone])
        remove(track.scratch("reference"))
        for label, what in (("once", WHOLE), ("compiled", COMPILED), ("work", WORK)):
            row(track, "dataset", source, (whole, label, what, size), (alone, "cold", COLD, size), goal=0.9,
                note="share of the speed of encoding alone")


def two_cores(track):
    """Encoding and counting on two cores against one, seconds of the wall."""
    if len(track.two_cores) < 2:
        raise Failed("this machine gives us one core")
    source = track.largest
    path, tokenizer = track.input(source + ".jsonl"), track.input("bloom-250680.json")
    size = text_bytes(path)

    def encoding(workers):
        return lambda: {"once": encode_once(
            track, [path], tokenizer, workers=workers, cores=track.two_cores[:workers])}

    def counting(workers):
        # A vocabulary of the special tokens and the bytes leaves nothing to merge; what the trainer does with the counts is
        # one worker's and no part of counting, whose own seconds are in the events.
        def measure():
            output = track.scratch("counted.json")
            if os.path.exists(output):
                os.remove(output)
            found = track.process(
                [track.xylem, "tokenizer", "train", path, "--vocab-size", 260, "--output", output, "--json-events",
                 "--workers", workers], track.two_cores[:workers])
            events = (json.loads(line) for line in found["out"].splitlines())
            found["wall"] = next(
                event["seconds"] for event in events if event["event"] == "stage_ended" and event["stage"] == "count")
            return {"once": found}

        return measure

    def side_by_side():
        """Two processes that share nothing, one a core: what the machine gives to whoever loses nothing."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            found = list(pool.map(
                lambda core: encode_once(track, [path], tokenizer, cores=[core], name=f"encoded-{core}"),
                track.two_cores[:2]))
        for core in track.two_cores[:2]:
            remove(track.scratch(f"encoded-{core}"))
        return {"once": {"cpu": sum(one["cpu"] for one in found), "wall": max(one["wall"] for one in found),
                         "peak": sum(one["peak"] for one in found)}}

    pair = Contender("xylem, two processes", side_by_side)
    for what, work, others in (
            ("encode: whole process", encoding, [pair]), ("count: reading and counting", counting, [])):
        two, one = Contender("xylem, two cores", work(2)), Contender("xylem, one core", work(1))
        race(track, "two-cores", [two, one, *others])
        row(track, "two-cores", source, (two, "once", what, size), (one, "once", what, size), basis="wall", goal=1.8)
        for other in others:
            row(track, "two-cores", source,
                (other, "once", "encode: two processes side by side, twice the text", 2 * size),
                (one, "once", what, size), basis="wall", note="the most that this machine gives")


def adversarial(track):
    """One document without a place to cut against ordinary text, byte for byte; fresh cache each."""
    tokenizer, ordinary = track.input("bloom-250680.json"), track.input(track.main + ".jsonl")
    for kind in ("letters", "one-letter", "dashes", "chinese", "base64", "spaces", "emoji"):
        document, average = Contender("xylem", None), Contender("xylem", None)
        try:
            found = track.answer(
                [track.benchmark, "adversarial", ordinary, "--tokenizer", tokenizer, "--kind", kind,
                 "--bytes", track.adversarial_bytes, "--rounds", track.rounds])
        except Failed as failure:
            document.is_equal, document.said = None, f"failed: {failure}"
            found = {"document": [], "average": [], "bytes": 1, "average_bytes": 1, "peak_memory_bytes": 0}
        peak = found["peak_memory_bytes"]
        document.samples["once"] = [sample(seconds, peak) for seconds in found["document"]]
        average.samples["once"] = [sample(seconds) for seconds in found["average"]]
        row(track, "adversarial", "one document: " + kind, (document, "once", COLD, found["bytes"]),
            (average, "once", track.main + ", " + COLD, found["average_bytes"]), goal=3, at_most=True,
            note="how often slower, byte for byte")


def languages(track):
    """Each language's rate against English's over equally many bytes; fresh cache each."""
    folder = track.input("languages")
    codes = sorted(name.removesuffix(".jsonl") for name in os.listdir(folder) if name.endswith(".jsonl"))
    reference = os.path.join(folder, "en.jsonl")
    if not os.path.exists(reference):
        raise Failed("there is no English among the inputs")
    paths = [os.path.join(folder, code + ".jsonl") for code in codes]
    results = track.answer(
        [track.benchmark, "languages", *paths, "--reference", reference, "--rounds", track.rounds,
         "--tokenizer", track.input("bloom-250680.json")])
    for code, found in zip(codes, results):
        ours, english = Contender("xylem", None), Contender("xylem, en", None)
        ours.samples["once"] = [sample(seconds) for seconds in found["seconds"]]
        english.samples["once"] = [sample(seconds) for seconds in found["reference"]]
        row(track, "languages", code, (ours, "once", COLD, found["bytes"]),
            (english, "once", COLD + ", as many bytes", found["bytes"]), goal=None if code.startswith("code") else 0.5)
