#!/usr/bin/env python3
"""Memory and rates of `xylem dedup near` by number of documents, without their text: a few new documents against generated
fingerprints of N earlier ones, which go through the same ranks, bands and sorts.

    dedup_memory.py XYLEM [--documents 100000,1000000] [--memory 256M] [--duplicates 0.1] [--folder DIR]
    dedup_memory.py XYLEM-BENCHMARK --removals [--documents 100000,1000000] [--memory 1000M] [--duplicates 0.05]
                    [--bands 16]

A share of the generated documents repeats the lanes of another one, so that buckets are not all of one. Prints for each N
the seconds, documents a second, the peaks of anonymous memory (what the process holds) and of mapped files (what the
kernel may take back), and the peak of scratch disk. Needs numpy and xxhash.

With --removals the documents are one another's duplicates and not those of an earlier run: pairs, edges and removals go
through the search as well, and what it finds is held against what was planted. The program makes the fingerprints itself.
"""
import argparse, json, os, shutil, subprocess, sys, tempfile, threading, time


def record_type():
    return numpy.dtype([("digest", "u8", 2), ("id", "u8"), ("length", "u4"), ("priorities", "u4"), ("group", "u4"),
                        ("lanes", "u1", 128), ("bits", "u8", 8), ("shingles", "u4")])


def generate(path, documents, duplicates):
    RECORD = record_type()
    random = numpy.random.default_rng(documents)
    digest = xxhash.xxh3_128()
    with open(path, "wb") as file:
        def write(data):
            digest.update(data)
            file.write(data)
        write(b"XYNF" + numpy.array([2, 5, 16, 8, RECORD.itemsize], "<u4").tobytes() + numpy.array([1], "<u8").tobytes())
        for start in range(0, documents, 100_000):
            count = min(100_000, documents - start)
            block = numpy.frombuffer(bytearray(random.bytes(count * RECORD.itemsize)), RECORD)
            block["length"] = random.integers(500, 20_000, count)
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
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

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
    printed, error = (text.decode(errors="replace") for text in process.communicate())
    seconds = time.perf_counter() - start
    thread.join()
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {process.returncode}: {error.strip()[-300:]}")
    return seconds, peaks, printed


def removals(options):
    print(f"--memory {options.memory}, {options.bands} bands, {options.duplicates:.0%} of the documents planted as "
          "duplicates")
    print(f"{'documents':>12} {'seconds':>8} {'documents/s':>12} {'held MB':>8} {'mapped MB':>10} {'disk MB':>8} "
          f"{'pairs':>10} {'edges':>10} {'removed':>10} {'of planted':>10} {'strangers':>9}", flush=True)
    for documents in map(int, options.documents.split(",")):
        work = tempfile.mkdtemp(dir=options.folder)
        try:
            _, peaks, printed = watched(
                [options.xylem, "deduplicate-fingerprints", "--documents", str(documents), "--memory",
                 options.memory.rstrip("M"), "--duplicates", str(options.duplicates), "--bands", str(options.bands), "--folder", work], work)
            found = json.loads(printed)
            search, seconds = found["search"], found["seconds"]
            print(f"{documents:12} {seconds:8.1f} {documents / seconds:12.0f} {peaks['RssAnon'] / 1e6:8.0f} "
                  f"{peaks['RssFile'] / 1e6:10.0f} {peaks['disk'] / 1e6:8.0f} {search['candidatePairs']:10} "
                  f"{search['edges']:10} {search['exact'] + search['near']:10} "
                  f"{found['found'] / max(1, found['planted']):10.4f} {found['strangers']:9}", flush=True)
        finally:
            shutil.rmtree(work)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("xylem")
    parser.add_argument("--documents", default="100000,1000000")
    parser.add_argument("--memory", default="256M")
    parser.add_argument("--duplicates", type=float, default=0.1)
    parser.add_argument("--folder")
    parser.add_argument("--removals", action="store_true")
    parser.add_argument("--bands", type=int, default=16)
    options = parser.parse_args()
    if options.removals:
        return removals(options)
    global numpy, xxhash
    import numpy, xxhash
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
            seconds, peaks, _ = watched(
                [options.xylem, "dedup", "near", work + "/new.jsonl", "--output", work + "/out", "--against",
                 work + "/earlier.xynf", "--memory", options.memory, "--workers", "1", "--quiet"], work + "/out")
            print(f"{documents:12} {seconds:8.1f} {documents / seconds:12.0f} {peaks['RssAnon'] / 1e6:8.0f} "
                  f"{peaks['RssFile'] / 1e6:10.0f} {peaks['disk'] / 1e6:8.0f}", flush=True)
        finally:
            shutil.rmtree(work)


if __name__ == "__main__":
    main()
