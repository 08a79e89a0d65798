"""resume_cost.py XYLEM PIPELINE INPUT... [--workers N] [--rounds R] [--set KEY=VALUE]...: what a kill costs. Each round runs once undisturbed,
and once with SIGKILL after half of the seconds that the undisturbed run took, then again to its end. Prints processor and
wall seconds of both and their ratio, and the medians; the datasets of both must be equal, byte for byte."""
import argparse
import filecmp
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time


def run(command, kill_after=None):
    """Wall and processor seconds; `kill_after` seconds the process is killed."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if kill_after is not None:
        time.sleep(kill_after)
        process.send_signal(signal.SIGKILL)
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in ((0, -signal.SIGKILL) if kill_after is not None else (0,)):
        sys.exit(f"resume_cost.py: {' '.join(command)} ended with {code}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("xylem")
    parser.add_argument("pipeline")
    parser.add_argument("input", nargs="+")
    parser.add_argument("--workers", default=str(os.cpu_count()))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[])
    options = parser.parse_args()
    inputs = [word for glob in options.input for word in ("--input", glob)]
    work = pathlib.Path(tempfile.mkdtemp(prefix="xylem-resume-"))
    walls, processors = [], []
    print(f"{'round':<7}{'whole: wall':>13}{'processor':>11}{'killed: wall':>14}{'processor':>11}"
          f"{'wall':>8}{'processor':>11}")
    try:
        for number in range(options.rounds):
            def command(name):
                return [options.xylem, "run", options.pipeline, *inputs, "--output", str(work / name), "--workers",
                        options.workers, "--quiet", *(word for key in options.set for word in ("--set", key))]
            whole = run(command("whole"))
            first = run(command("killed"), kill_after=whole[0] / 2)
            second = run(command("killed"))
            wall, processor = first[0] + second[0], first[1] + second[1]
            walls.append(wall / whole[0])
            processors.append(processor / whole[1])
            print(f"{number + 1:<7}{whole[0]:>13.2f}{whole[1]:>11.2f}{wall:>14.2f}{processor:>11.2f}"
                  f"{walls[-1]:>8.3f}{processors[-1]:>11.3f}", flush=True)
            names = sorted(path.name for path in (work / "whole/dataset").iterdir())
            _, different, missing = filecmp.cmpfiles(
                work / "whole/dataset", work / "killed/dataset", names, shallow=False)
            if different or missing:
                sys.exit(f"resume_cost.py: the datasets differ: {different + missing}")
            shutil.rmtree(work / "whole")
            shutil.rmtree(work / "killed")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"median of {options.rounds}: wall {statistics.median(walls):.3f}, "
          f"processor {statistics.median(processors):.3f} of the undisturbed run")


if __name__ == "__main__":
    main()
