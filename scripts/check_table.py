"""check_table.py LOG_DIR: the summary of `make check`: one line a comparison, what was compared, and the result.

LOG_DIR holds, for each comparison in the order of their names, NAME.log: a first line `== title`, then what a script of
Tests/Parity printed, `ok      ...` and `FAILED  ...`. What was compared is read from there: the largest number of
documents, ids, merges and so on that an `ok` line names. Exit status: 1 when something differed.
"""

import glob
import os
import re
import sys

NOUNS = ["documents", "ids", "merges", "vocabulary entries", "strings", "pieces", "sequences", "records", "files",
         "bytes", "texts", "datasets", "tokens"]
COUNTED = re.compile(r"\b(\d[\d,]*) (" + "|".join(NOUNS) + r")\b")


def read(path):
    """(title, what was compared, passed, faults) of one log."""
    with open(path, encoding="utf-8", errors="replace") as lines:
        text = lines.read().splitlines()
    title = text[0].removeprefix("== ") if text else os.path.basename(path)
    largest, passed, faults = {}, 0, []
    for line in text:
        if line.startswith("ok "):
            passed += 1
            for number, noun in COUNTED.findall(line):
                largest[noun] = max(largest.get(noun, 0), int(number.replace(",", "")))
        elif line.startswith("FAILED"):
            faults.append(line.removeprefix("FAILED").strip())
    if not passed and not faults:
        faults.append("it said nothing: " + (text[-1] if len(text) > 1 else "no output"))
    compared = ", ".join(f"{largest[noun]:,} {noun}" for noun in NOUNS if noun in largest)
    return title, compared, passed, faults


def main():
    rows = [read(path) for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.log")))]
    width = max((len(title) for title, *_ in rows), default=0)
    print(f"{'check':<{width}}  {'result':<10}  compared")
    for title, compared, passed, faults in rows:
        print(f"{title:<{width}}  {'DIFFERENT' if faults else 'equal':<10}  {compared or f'{passed} checks'}")
        for fault in faults[:3]:
            print(f"{'':<{width}}  {fault[:200]}")
    different = sum(bool(faults) for *_, faults in rows)
    print(f"\n{len(rows)} comparisons, {sum(row[2] for row in rows):,} checks passed, {different} comparisons differ")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
