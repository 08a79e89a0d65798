"""plan_check.py XYLEM PIPELINE INPUT... [--workers N] [--rounds R] [--sample SIZE] [--keep DIR]: plans a run, runs it, and prints what
was planned beside what it took, with the ratio: time of every stage that takes 2 s or more, and in all, peak memory, disk
at its peak and in the end, files, documents, tokens, .bin and .idx. Disk is watched twenty times a second. Ends with 1 when
a ratio of the last round lies outside 0.8 to 1.25 (20 % of what a run takes, either way)."""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from stage_times import stages_of


def size_of(folder):
    """Bytes and files under a folder, while others change it."""
    total = files = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size
                files += 1
            except OSError:
                pass
    return total, files


def watched_run(command, folder):
    """Runs a command; seconds, peak resident bytes, peak bytes and peak files of the folder."""
    peaks, stop = [0, 0], threading.Event()

    def watch():
        while not stop.wait(0.05):
            for index, value in enumerate(size_of(folder)):
                peaks[index] = max(peaks[index], value)
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    watcher = threading.Thread(target=watch)
    watcher.start()
    message = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    stop.set()
    watcher.join()
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"plan_check.py: the run failed:\n{message}")
    return seconds, usage.ru_maxrss * 1024, peaks[0], peaks[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("xylem")
    parser.add_argument("pipeline")
    parser.add_argument("input", nargs="+")
    parser.add_argument("--workers", default=str(os.cpu_count()))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sample", default="32M")
    parser.add_argument("--keep", help="where the last run is left, for scale_on_paper.py")
    options = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="xylem-plan-check-"))
    try:
        for number in range(options.rounds):
            rows = one_round(options, work / f"run{number}")
            show(rows)
        if options.keep:
            shutil.move(work / f"run{options.rounds - 1}", options.keep)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    outside = [name for name, planned, taken in rows if not 0.8 <= planned / max(taken, 1e-9) <= 1.25]
    if outside:
        sys.exit(f"plan_check.py: more than 20 % off: {', '.join(outside)}")


def one_round(options, folder):
    """Rows of name, planned, taken."""
    inputs = [word for glob in options.input for word in ("--input", glob)]
    common = [options.pipeline, *inputs, "--output", str(folder), "--workers", options.workers]
    began = time.monotonic()
    planned = subprocess.run([options.xylem, "plan", *common, "--sample", options.sample, "--json"],
                             capture_output=True, check=False)
    if planned.returncode != 0:
        sys.exit(f"plan_check.py: the plan failed:\n{planned.stderr.decode(errors='replace')}")
    plan = json.loads(planned.stdout)
    print(f"planning took {time.monotonic() - began:.1f} s and read {plan['sampled_bytes'] / 1e6:.1f} MB")
    seconds, memory, peak_disk, peak_files = watched_run(
        [options.xylem, "run", *common, "--quiet"], folder)
    final_disk, final_files = size_of(folder)
    ledger = json.loads((folder / "ledger.json").read_text())
    bins = [path.stat().st_size for path in folder.glob("dataset/*.bin")]
    indexes = [path.stat().st_size for path in folder.glob("dataset/*.idx")]
    tokens = sum(json.loads(path.read_text())["counts"]["tokens"]
                 for path in (folder / "manifests/assemble").glob("*.json"))
    taken = {stage["name"]: stage for stage in stages_of(str(folder))}
    rows = [(f"seconds of {stage['stage']}", stage["seconds"], taken[stage["stage"]]["seconds"])
            for stage in plan["stages"] if taken[stage["stage"]]["seconds"] >= 2]
    rows += [("seconds in all", plan["seconds"], seconds), ("MB of memory", plan["memory_bytes"] / 1e6, memory / 1e6),
             ("MB of disk, peak", plan["peak_disk_bytes"] / 1e6, peak_disk / 1e6),
             ("MB of disk, end", plan["final_disk_bytes"] / 1e6, final_disk / 1e6),
             ("files, peak", plan["peak_files"], peak_files), ("files, end", plan["final_files"], final_files),
             ("documents read", plan["documents"], ledger["read"]),
             ("documents kept", plan["documents_kept"], ledger["kept"]), ("tokens", plan["tokens"], tokens),
             ("MB of .bin", plan["bin_bytes"] / 1e6, sum(bins) / 1e6),
             ("MB of .idx", plan["idx_bytes"] / 1e6, sum(indexes) / 1e6)]
    return rows


def show(rows):
    print(f"{'':<24}{'planned':>14}{'taken':>14}{'ratio':>8}")
    for name, planned, taken in rows:
        print(f"{name:<24}{planned:>14.1f}{taken:>14.1f}{planned / max(taken, 1e-9):>8.2f}", flush=True)


if __name__ == "__main__":
    main()
