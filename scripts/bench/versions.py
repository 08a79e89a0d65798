"""Runs two builds of a command in turns, to decide whether a change pays.

  versions.py BUILD BUILD [BUILD...] --input SHARD --tokenizer FILE [--rounds 15] [--rest 2] [--workers 1] [--core 1]
                        builds of xylem: tokenizer encode as a whole process
  versions.py BUILD BUILD [BUILD...] --input SHARD --tokenizer FILE --passes 1
                        builds of xylem-benchmark: encode-only, the time of its last pass

Prints for every build the median and least wall clock, processor time and its part in the system, all in ms, and the median
of the ratios to the first build within a round. Rounds turn the order around. The files that builds of xylem write are compared
before any time is taken, and the script ends with 1 where they differ; encode-only writes none.

--rest: seconds of sleep before each run. On a virtual machine whose host takes free memory back, a process that starts
directly behind another gets its pages for little, and one that starts later pays for every page it touches: look at both.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("builds", nargs="+", metavar="BUILD")
    parser.add_argument("--input", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--rest", type=float, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--core", type=int, help="the one core of all runs")
    parser.add_argument("--passes", type=int, help="encode-only with so many passes")
    given = parser.parse_args()
    if len(given.builds) < 2:
        parser.error("two builds or more are compared")
    for path in given.builds + [given.input, given.tokenizer]:
        if not os.path.isfile(path):
            parser.error(f"{path}: no such file")
    return given


def command(given, build, prefix):
    if given.passes:
        return [build, "encode-only", given.input, "--tokenizer", given.tokenizer, "--passes", str(given.passes)]
    return [build, "tokenizer", "encode", given.input, "--tokenizer", given.tokenizer, "--output", prefix, "--append-eod",
            "--quiet", "--workers", str(given.workers)]


def run(given, build, folder):
    """(wall, processor, system) seconds of one process."""
    prefix = os.path.join(folder, "out")
    for end in (".bin", ".idx"):
        if os.path.exists(prefix + end):
            os.remove(prefix + end)
    time.sleep(given.rest)
    with open(os.path.join(folder, "said"), "w+") as said:
        start = time.perf_counter()
        child = subprocess.Popen(command(given, build, prefix), stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        # The child was waited for here, for its usage.
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read()
    if child.returncode:
        sys.exit(f"{build}: ended with {child.returncode}: {text.strip()[-400:]}")
    if given.passes:
        last = json.loads(text)["passes"][-1]
        return last["wall_seconds"], last["cpu_seconds"], used.ru_stime
    return wall, used.ru_utime + used.ru_stime, used.ru_stime


def written(folder):
    return [open(os.path.join(folder, "out" + end), "rb").read() for end in (".bin", ".idx")]


def main():
    given = arguments()
    if given.core is not None:
        os.sched_setaffinity(0, {given.core})
    with tempfile.TemporaryDirectory() as folder:
        if not given.passes:
            run(given, given.builds[0], folder)
            first = written(folder)
            for build in given.builds[1:]:
                run(given, build, folder)
                if written(folder) != first:
                    sys.exit(f"{build} writes something else than {given.builds[0]}")
        rounds = []
        for number in range(given.rounds):
            order = list(range(len(given.builds)))
            taken = {i: run(given, given.builds[i], folder) for i in (order if number % 2 == 0 else order[::-1])}
            rounds.append([taken[i] for i in order])
    for i, build in enumerate(given.builds):
        wall, processor, system = (sorted(1000 * r[i][k] for r in rounds) for k in range(3))
        ratios = [statistics.median(r[i][k] / r[0][k] for r in rounds) for k in range(2)]
        print(f"wall {statistics.median(wall):7.1f} least {wall[0]:7.1f}  processor {statistics.median(processor):7.1f} "
              f"system {statistics.median(system):6.1f}  ratio {ratios[0]:.3f}, of processor time {ratios[1]:.3f}  {build}")


if __name__ == "__main__":
    main()
