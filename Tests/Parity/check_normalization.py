#!/usr/bin/env python3
"""Holds the Unicode normalization of `normalize` against ICU's own over whole files, byte for byte.

    check_normalization.py XYLEM FILE.jsonl[.zst]...

Needs PyICU (built against the ICU that the program was linked with) and zstandard. Every other step of `normalize` is off,
so the text in prepared/ must be what Normalizer2 makes of the record's text. Exits 1 at the first document that differs.
"""
import collections, glob, io, json, os, subprocess, sys, tempfile

import icu
import zstandard


def records(path):
    if path.endswith(".zst"):
        stream = zstandard.ZstdDecompressor().stream_reader(open(path, "rb"), read_across_frames=True)
        return map(json.loads, io.TextIOWrapper(stream, "utf-8", newline="\n"))
    return map(json.loads, open(path, encoding="utf-8", newline="\n"))


def main():
    xylem, paths = sys.argv[1], sys.argv[2:]
    if not paths:
        sys.exit(__doc__)
    instances = {"nfc": icu.Normalizer2.getNFCInstance(), "nfkc": icu.Normalizer2.getNFKCInstance()}
    for form, instance in instances.items():
        documents = size = changed = 0
        for path in paths:
            with tempfile.TemporaryDirectory() as work:
                pipeline = os.path.join(work, "p.yaml")
                with open(pipeline, "w") as file:
                    json.dump({
                        "name": "normalization", "input": [{"paths": [path]}], "output": os.path.join(work, "run"),
                        "maximum_bad_ratio": 0, "process": [
                            {"normalize": {"form": form, "controls": False, "whitespace": False, "invisible": False}},
                            {"identify_language": {"identifier": "record"}}]}, file)
                subprocess.run([xylem, "run", pipeline], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                made = collections.defaultdict(collections.deque)
                for part in sorted(glob.glob(os.path.join(work, "run", "prepared", "*", "*.zst"))):
                    for record in records(part):
                        made[record["id"]].append(record["text"])
            for record in records(path):
                if not record["text"]:
                    continue
                expected = str(instance.normalize(record["text"]))
                documents += 1
                size += len(expected.encode())
                changed += expected != record["text"]
                # Equal ids keep the order of the file.
                if not made[record["id"]] or made[record["id"]].popleft() != expected:
                    sys.exit(f"FAILED  {path}: {record['id']}: {form} differs from ICU's")
            if any(made.values()):
                sys.exit(f"FAILED  {path}: documents were invented")
        print(f"ok      {form}: {documents} documents, {size / 1e6:.1f} MB equal to ICU {icu.ICU_VERSION}, {changed} of them changed")
        if documents == 0:
            sys.exit("FAILED  no document was compared")


if __name__ == "__main__":
    main()
