"""check_orders.py XYLEM VOCABULARY SHARD.jsonl... [--pre-tokenizer bloom|gpt2] [--memory SIZE]

What a training run may not depend on: trains on the same documents with one worker and with two, with the shards
reversed, with all lines in one shard and reversed in it, with packed shards, and (--memory) under a low ceiling. The
tokenizer.json must be the same to the byte. Whether it is the right one is what check_train.py asks.
"""

import argparse
import hashlib
import os

from parity import checking, open_lines, print_versions, scratch, xylem


def joined(paths, output, backwards=False):
    """All lines of the shards in one, optionally last line first."""
    lines = []
    for path in paths:
        with open_lines(path) as shard:
            lines += [line.rstrip(b"\n") + b"\n" for line in shard if line.strip()]
    with open(output, "wb") as out:
        out.writelines(reversed(lines) if backwards else lines)
    return [output], len(lines)


def packed(paths, directory):
    """The shards as .jsonl.zst, of several frames each."""
    import zstandard

    found = []
    for number, path in enumerate(paths):
        output = os.path.join(directory, f"{number:04d}.jsonl.zst")
        with open_lines(path) as shard, open(output, "wb") as out:
            while block := shard.read(1 << 18):
                out.write(zstandard.ZstdCompressor(level=1).compress(block))
        found.append(output)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xylem")
    parser.add_argument("vocabulary", type=int)
    parser.add_argument("shards", nargs="+")
    parser.add_argument("--pre-tokenizer", default="bloom")
    parser.add_argument("--memory")
    options = parser.parse_args()

    with checking() as checks, scratch() as directory:
        print_versions()
        one, documents = joined(options.shards, os.path.join(directory, "one.jsonl"))
        backwards, _ = joined(options.shards, os.path.join(directory, "backwards.jsonl"), backwards=True)
        runs = [("one worker", options.shards, ["--workers", 1]), ("two workers", options.shards, ["--workers", 2]),
                ("the shards reversed", options.shards[::-1], ["--workers", 2]), ("one shard", one, ["--workers", 2]),
                ("one shard, last line first", backwards, ["--workers", 1]),
                ("packed shards", packed(options.shards, directory), ["--workers", 2])]
        if options.memory:
            runs.append((f"--memory {options.memory}", options.shards, ["--workers", 2, "--memory", options.memory]))
        first = None
        for name, paths, more in runs:
            output = os.path.join(directory, "tokenizer.json")
            xylem(options.xylem, "tokenizer", "train", *paths, "--vocab-size", options.vocabulary, "--output", output,
                  "--pre-tokenizer", options.pre_tokenizer, "--quiet", *more)
            with open(output, "rb") as file:
                found = file.read()
            os.remove(output)
            digest = hashlib.sha256(found).hexdigest()[:16]
            first = first or found
            checks.expect(found == first, f"{name}: {documents} documents, {len(found)} bytes equal, sha256 {digest}",
                          f"sha256 {digest} against {hashlib.sha256(first).hexdigest()[:16]}")


if __name__ == "__main__":
    main()
