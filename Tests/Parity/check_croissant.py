#!/usr/bin/env python3
"""The Croissant metadata of an export, read by mlcroissant, the reference implementation, and held against the files.

  check_croissant.py FOLDER        FOLDER is what `xylem export` wrote
"""
import csv
import glob
import io
import json
import logging
import os
import sys

import mlcroissant
import zstandard


def main():
    folder = sys.argv[1]
    path = os.path.join(folder, "croissant.json")
    logging.disable(logging.WARNING)
    failed = False

    def expect(is_true, what):
        nonlocal failed
        if not is_true:
            failed = True
            print(f"FAILED  {what}")

    try:
        dataset = mlcroissant.Dataset(jsonld=path)
    except mlcroissant.ValidationError as error:
        print(f"FAILED  mlcroissant refuses {path}: {error}")
        return 1
    metadata = dataset.metadata
    expect(not metadata.issues.errors, f"mlcroissant: {metadata.issues.report()}")
    expect("croissant/1.1" in str(metadata.conforms_to), f"conforms to {metadata.conforms_to}")
    pattern = metadata.distribution[0].includes
    pattern = pattern[0] if isinstance(pattern, list) else pattern
    files = sorted(glob.glob(os.path.join(folder, pattern)))
    everything = glob.glob(os.path.join(folder, "**", "*.zst"), recursive=True)
    expect(files and files == sorted(everything), f"{pattern} finds {len(files)} of {len(everything)} files")
    fields = [field.name for field in metadata.record_sets[0].fields]
    documents, sizes = {}, {}
    for name in files:
        with open(name, "rb") as packed:
            reader = zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
            for line in io.TextIOWrapper(reader, encoding="utf-8", newline="\n"):
                record = json.loads(line)
                expect(all(isinstance(record.get(field), str) for field in fields), f"{name}: a field is missing")
                expect(record["lang"] == os.path.basename(os.path.dirname(name)), f"{name}: lang {record['lang']}")
                documents[record["lang"]] = documents.get(record["lang"], 0) + 1
                sizes[record["lang"]] = sizes.get(record["lang"], 0) + len(record["text"].encode())
    expect(len(metadata.in_language) == len(documents), f"{len(metadata.in_language)} languages, not {len(documents)}")
    with open(os.path.join(folder, "languages.csv"), encoding="utf-8", newline="") as table:
        rows = {row["code"]: (int(row["documents"]), int(row["bytes"])) for row in csv.DictReader(table)}
    expect(rows == {code: (documents[code], sizes[code]) for code in documents}, "languages.csv differs from the files")
    with open(os.path.join(folder, "README.md"), encoding="utf-8") as card:
        text = card.read()
    for code, count in documents.items():
        expect(f"| {code} | " in text and f" | {count:,} | {sizes[code]:,} | " in text, f"README.md: {code}")
    if not failed:
        print(f"ok      {folder}: {sum(documents.values())} documents in {len(files)} files, valid Croissant 1.1")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
