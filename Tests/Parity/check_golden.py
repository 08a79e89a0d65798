"""check_golden.py XYLEM SHARED_REFERENCE_DIR

Makes Megatron-DeepSpeed's own test dataset again (SHARED_REFERENCE_DIR/megatron-golden) from its text with `xylem
tokenizer encode --append-eod` and compares both files byte by byte. Nothing but the standard library is needed.
"""

import argparse
import bisect
import glob
import hashlib
import os
import struct

from parity import checking, print_versions, scratch, xylem


def only(directory, pattern):
    found = sorted(glob.glob(os.path.join(glob.escape(directory), pattern)))
    if len(found) != 1:
        raise FileNotFoundError(f"expected one {pattern} in {directory}, found {len(found)}")
    return found[0]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def first_difference(ours, golden):
    """Offset of the first byte that differs; halves the range, so that megabytes take no time."""
    low, high = 0, min(len(ours), len(golden))
    while low < high:
        middle = (low + high) // 2 + 1
        if ours[low:middle] == golden[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xylem")
    parser.add_argument("reference")
    options = parser.parse_args()

    with checking() as checks, scratch() as directory:
        print_versions()
        golden_directory = os.path.join(options.reference, "megatron-golden")
        index_path = only(golden_directory, "*_text_document.idx")
        golden = {".idx": read(index_path), ".bin": read(index_path[:-4] + ".bin")}

        prefix = os.path.join(directory, "golden")
        xylem(options.xylem, "tokenizer", "encode", only(golden_directory, "*.jsonl"),
              "--tokenizer", only(golden_directory, "*vocab.json"), "--merges", only(golden_directory, "*merges.txt"),
              "--append-eod", "--output", prefix)

        # Pointers begin after the 34 bytes of the header and N int32 lengths; they tell a byte's document.
        (count,) = struct.unpack_from("<Q", golden[".idx"], 18)
        pointers = struct.unpack_from(f"<{count}q", golden[".idx"], 34 + 4 * count)
        for kind in (".bin", ".idx"):
            ours = read(prefix + kind)
            at = first_difference(ours, golden[kind])
            place = f"byte {at}"
            if kind == ".bin" and count:
                place += f", in document {bisect.bisect_right(pointers, at) - 1} (from 0)"
            checks.expect(
                ours == golden[kind],
                f"{kind} equal, {len(golden[kind])} bytes, sha256 {hashlib.sha256(golden[kind]).hexdigest()[:16]}",
                f"{len(ours)} bytes against {len(golden[kind])}, first difference at {place}")


if __name__ == "__main__":
    main()
