"""Are two answers the same? Prints one JSON object {"equal": bool, "said": text}. Runs before any race.

  compare.py ids A B       files of ids (a number of ids, then the ids, uint32, for each document) or prefixes of a
                           .bin/.idx pair; documents without ids are left out, because a dataset has none for them
  compare.py merges OURS.json THEIRS.json [--prefix]
                           our tokenizer.json against a list of merges, or of tokens in the order they were learned;
                           --prefix: theirs may go on where ours ends
  compare.py files A B     byte by byte
"""

import argparse
import json
import os

import numpy


def load_ids(path):
    """(lengths, ids) of the documents that have ids."""
    if os.path.exists(path + ".idx"):
        with open(path + ".idx", "rb") as file:
            header = file.read(34)
            kind, count = header[17], int.from_bytes(header[18:26], "little")
            lengths = numpy.frombuffer(file.read(4 * count), numpy.int32).astype(numpy.int64)
        ids = numpy.fromfile(path + ".bin", numpy.uint16 if kind == 8 else numpy.int32).astype(numpy.uint32)
        return lengths, ids
    words = numpy.fromfile(path, numpy.uint32)
    lengths, keep, at = [], numpy.ones(len(words), dtype=bool), 0
    while at < len(words):
        keep[at] = False
        if words[at]:
            lengths.append(int(words[at]))
        at += int(words[at]) + 1
    return numpy.array(lengths, dtype=numpy.int64), words[keep]


def compare_ids(a, b):
    (a_lengths, a_ids), (b_lengths, b_ids) = load_ids(a), load_ids(b)
    if len(a_lengths) != len(b_lengths):
        return False, f"{len(a_lengths)} documents with ids against {len(b_lengths)}"
    count = len(a_lengths)
    if numpy.array_equal(a_lengths, b_lengths) and numpy.array_equal(a_ids, b_ids):
        return True, f"{count:,} documents, {len(a_ids):,} ids"
    a_ends, b_ends = numpy.cumsum(a_lengths), numpy.cumsum(b_lengths)
    different = sum(
        not numpy.array_equal(a_ids[a_end - a_length:a_end], b_ids[b_end - b_length:b_end])
        for a_length, a_end, b_length, b_end in zip(a_lengths, a_ends, b_lengths, b_ends))
    return False, f"{different:,} of {count:,} documents differ"


def compare_merges(a, b, prefix):
    with open(a, encoding="utf-8") as file:
        ours = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in json.load(file)["model"]["merges"]]
    with open(b, encoding="utf-8") as file:
        theirs = json.load(file)
    if theirs and isinstance(theirs[0], str) and " " not in theirs[0]:
        ours = ["".join(merge) for merge in ours]
    else:
        theirs = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in theirs]
    at = next((i for i, (x, y) in enumerate(zip(ours, theirs)) if x != y), None)
    if at is not None:
        return False, f"merges differ from number {at:,} on"
    if len(ours) == len(theirs):
        return True, f"{len(ours):,} merges"
    if prefix and len(theirs) > len(ours):
        return True, f"{len(ours):,} merges, theirs go on"
    return False, f"{len(ours):,} merges against {len(theirs):,}"


def compare_files(a, b):
    with open(a, "rb") as one, open(b, "rb") as other:
        while True:
            x, y = one.read(1 << 20), other.read(1 << 20)
            if x != y:
                return False, "files differ"
            if not x:
                return True, f"{os.path.getsize(a):,} bytes"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["ids", "merges", "files"])
    parser.add_argument("a")
    parser.add_argument("b")
    parser.add_argument("--prefix", action="store_true")
    options = parser.parse_args()
    if options.what == "ids":
        equal, said = compare_ids(options.a, options.b)
    elif options.what == "merges":
        equal, said = compare_merges(options.a, options.b, options.prefix)
    else:
        equal, said = compare_files(options.a, options.b)
    print(json.dumps({"equal": equal, "said": said}))


if __name__ == "__main__":
    main()
