"""inputs.py SOURCE OUTPUT [--full]: the inputs of the races, made from the shards of SOURCE (*.jsonl, *.jsonl.zst).

Writes to OUTPUT: mixed8.jsonl, mixed64.jsonl (with --full also mixed256.jsonl): 8, 64 and 256 MB of text of all
languages; sub_latin, sub_arabic, sub_indic, sub_cjk, sub_code: up to 32 MB of one script; mixed64-lines.jsonl and
mixed64-lines.txt: the lines of mixed64 as records of their own and as a file of lines, for trainers that know no
documents (also of mixed8 and mixed256); languages/<code>.jsonl: each shard unpacked; SHA256SUMS.

Order: a document stands at the middle of its bytes within its language, as a fraction of the language's bytes. All
documents sorted by that fraction, ties by language: so every language runs from its beginning to its end at its own
share, nothing is drawn by chance, and a smaller input is the beginning of a larger one.
"""

import argparse
import glob
import hashlib
import json
import os
import shutil

import orjson

MEGABYTE = 1_000_000
SCRIPTS = {
    "arabic": "ar ur",
    "indic": "as bn gu hi kn ml mr ne or pa ta te",
    "cjk": "zhs zht zh ja ko",
}


def script(code):
    if code.startswith("code"):
        return "code"
    return next((name for name, codes in SCRIPTS.items() if code in codes.split()), "latin")


def unpack(source, target):
    """`source` without its compression, at `target`."""
    with open(source, "rb") as packed, open(target, "wb") as plain:
        if source.endswith(".zst"):
            import zstandard

            reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
        else:
            reader = packed
        while block := reader.read(1 << 20):
            plain.write(block)


def documents(path):
    """(offset, bytes of the line, bytes of text) of every record; empty texts are left out."""
    offset = 0
    with open(path, "rb") as lines:
        for line in lines:
            if line.strip():
                size = len(orjson.loads(line)["text"].encode())
                if size:
                    yield offset, len(line), size
            offset += len(line)


def ordered(languages):
    """All documents of some languages as (place, code, offset, length, size), in the order of the races."""
    found = []
    for code, rows in languages.items():
        total, before = sum(size for _, _, size in rows), 0
        for offset, length, size in rows:
            found.append(((before + size / 2) / total, code, offset, length, size))
            before += size
    return sorted(found)


def write(name, rows, limit, directory, sums):
    """The beginning of `rows`, up to the document that reaches `limit` bytes of text."""
    digest, taken, count, files = hashlib.sha256(), 0, 0, {}
    path = os.path.join(directory, name + ".jsonl")
    with open(path, "wb") as out:
        for _, code, offset, length, size in rows:
            if taken >= limit:
                break
            if code not in files:
                files[code] = open(os.path.join(directory, "languages", code + ".jsonl"), "rb")
            files[code].seek(offset)
            line = files[code].read(length).rstrip(b"\n") + b"\n"
            out.write(line)
            digest.update(line)
            taken += size
            count += 1
    for file in files.values():
        file.close()
    sums.append(f"{digest.hexdigest()}  {name}.jsonl")
    print(f"{name:<12}{count:>8} documents {taken:>11} bytes of text")


def write_lines(name, directory):
    """The same text line by line: as a .txt, and as records that each hold one line with its end."""
    with open(os.path.join(directory, name + ".jsonl"), "rb") as source, \
            open(os.path.join(directory, name + "-lines.txt"), "wb") as plain, \
            open(os.path.join(directory, name + "-lines.jsonl"), "wb") as records:
        for record in source:
            for line in (orjson.loads(record)["text"] + "\n").split("\n")[:-1]:
                plain.write(line.encode() + b"\n")
                records.write(orjson.dumps({"text": line + "\n"}) + b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("output")
    parser.add_argument("--full", action="store_true", help="also mixed256")
    options = parser.parse_args()

    shards = sorted(glob.glob(os.path.join(glob.escape(options.source), "*.jsonl"))
                    + glob.glob(os.path.join(glob.escape(options.source), "*.jsonl.zst")))
    if not shards:
        parser.error(f"no .jsonl and no .jsonl.zst in {options.source}")
    # Made once: the stamp says from what, and by which version of this script.
    with open(__file__, "rb") as me:
        stamp = hashlib.sha256(me.read())
    for path in shards:
        stamp.update(f"{path} {os.path.getsize(path)} {os.stat(path).st_mtime_ns}\n".encode())
    stamp_path = os.path.join(options.output, "STAMP")
    if os.path.exists(stamp_path):
        with open(stamp_path, encoding="utf-8") as file:
            made_from, _, extent = file.read().partition(" ")
        if made_from == stamp.hexdigest() and (extent == "full" or not options.full):
            return
    # Whatever was there is of other text: the tokenizers that were trained on it too.
    shutil.rmtree(options.output, ignore_errors=True)
    os.makedirs(os.path.join(options.output, "languages"))

    languages = {}
    for path in shards:
        code = os.path.basename(path).split(".")[0]
        plain = os.path.join(options.output, "languages", code + ".jsonl")
        unpack(path, plain)
        rows = list(documents(plain))
        if rows:
            languages[code] = rows
    sums = []
    rows = ordered(languages)
    for megabytes in (8, 64, 256) if options.full else (8, 64):
        write(f"mixed{megabytes}", rows, megabytes * MEGABYTE, options.output, sums)
        write_lines(f"mixed{megabytes}", options.output)
    for name in ("latin", *SCRIPTS, "code"):
        part = [row for row in rows if script(row[1]) == name]
        if part:
            write("sub_" + name, part, 32 * MEGABYTE, options.output, sums)
    with open(os.path.join(options.output, "SHA256SUMS"), "w") as file:
        file.write("\n".join(sums) + "\n")
    with open(os.path.join(options.output, "languages.json"), "w") as file:
        json.dump({code: sum(row[2] for row in rows) for code, rows in sorted(languages.items())}, file)
    with open(stamp_path, "w") as file:
        file.write(stamp.hexdigest() + (" full" if options.full else ""))


if __name__ == "__main__":
    main()
