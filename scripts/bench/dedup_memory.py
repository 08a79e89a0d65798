#!/usr/bin/env python3
"""Memory and rates of `xylem dedup near` by number of documents, without their text: a few new documents against generated
fingerprints of N earlier ones, which go through the same ranks, bands and sorts.

    dedup_memory.py XYLEM [--documents 100000,1000000] [--memory 256M] [--duplicates 0.1] [--folder DIR]

A share of the generated documents repeats the lanes of another one, so that buckets are not all of one. Prints for each N
the seconds, documents a second, the peaks of anonymous memory (what the process holds) and of mapped files (what the
kernel may take back), and the peak of scratch disk. Needs numpy and xxhash.
"""
import argparse, json, os, shutil, subprocess, sys, tempfile, threading, time

import numpy, xxhash

RECORD = numpy.dtype([("digest", "u8", 2), ("id", "u8"), ("length", "u4"), ("priorities", "u4"), ("lanes", "u1", 128),
                      ("bits", "u8", 8), ("shingles", "u4"), ("textLength", "u4")])


def generate(path, documents, duplicates):
    random = numpy.random.default_rng(documents)
    digest = xxhash.xxh3_128()
    with open(path, "wb") as file:
        def write(data):
            digest.update(data)
            file.write(data)
        write(b"XYNF" + numpy.array([1, 5, 16, 8, RECORD.itemsize], "<u4").tobytes() + numpy.array([1], "<u8").tobytes())
        for start in range(0, documents, 100_000):
            count = min(100_000, documents - start)
            block = numpy.frombuffer(bytearray(random.bytes(count * RECORD.itemsize)), RECORD)
            block["length"] = block["textLength"] = random.integers(500, 20_000, count)
            block["priorities"] = 0
            block["shingles"] = block["length"] // 9
            repeats = numpy.flatnonzero(random.random(count) < duplicates)
            block["lanes"][repeats] = block["lanes"][random.integers(0, count, len(repeats))]
            write(block.tobytes())
        write(numpy.array([documents], "<u8").tobytes())
        file.write(digest.digest())


def size_of(folder):
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.path.getsize(os.path.join(root, name))
            except OSError:
                pass  # removed while we looked
    return total


def watched(command, folder):
    """Seconds, and peaks of anonymous memory, mapped memory and disk under `folder`, in bytes."""
    peaks = {"RssAnon": 0, "RssFile": 0, "disk": 0}
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def watch():
        turn = 0
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status") as status:
                    for line in status:
                        name = line.split(":")[0]
                        if name in peaks:
                            peaks[name] = max(peaks[name], int(line.split()[1]) * 1024)
            except OSError:
                break
            if turn % 20 == 0:
                peaks["disk"] = max(peaks["disk"], size_of(folder))
            turn += 1
            time.sleep(0.01)
    thread = threading.Thread(target=watch)
    thread.start()
    error = process.stderr.read().decode(errors="replace")
    process.wait()
    seconds = time.perf_counter() - start
    thread.join()
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {process.returncode}: {error.strip()[-300:]}")
    return seconds, peaks


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("xylem")
    parser.add_argument("--documents", default="100000,1000000")
    parser.add_argument("--memory", default="256M")
    parser.add_argument("--duplicates", type=float, default=0.1)
    parser.add_argument("--folder")
    options = parser.parse_args()
    print(f"--memory {options.memory}, {options.duplicates:.0%} with the lanes of another one")
    print(f"{'documents':>12} {'seconds':>8} {'documents/s':>12} {'held MB':>8} {'mapped MB':>10} {'disk MB':>8}")
    for documents in map(int, options.documents.split(",")):
        work = tempfile.mkdtemp(dir=options.folder)
        try:
            generate(work + "/earlier.xynf", documents, options.duplicates)
            with open(work + "/new.jsonl", "w") as new:
                for number in range(100):
                    text = " ".join(f"w{number}x{word}" for word in range(200))
                    new.write(json.dumps({"id": str(number), "text": text}) + "\n")
            os.mkdir(work + "/out")
            seconds, peaks = watched(
                [options.xylem, "dedup", "near", work + "/new.jsonl", "--output", work + "/out", "--against",
                 work + "/earlier.xynf", "--memory", options.memory, "--workers", "1", "--quiet"], work + "/out")
            print(f"{documents:12} {seconds:8.1f} {documents / seconds:12.0f} {peaks['RssAnon'] / 1e6:8.0f} "
                  f"{peaks['RssFile'] / 1e6:10.0f} {peaks['disk'] / 1e6:8.0f}", flush=True)
        finally:
            shutil.rmtree(work)


if __name__ == "__main__":
    main()
