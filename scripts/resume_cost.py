"""resume_cost.py XYLEM PIPELINE INPUT... [--workers N] [--rounds R] [--at 0.5]... [--set KEY=VALUE]...: what a kill costs. Each
round runs once undisturbed and then, for every --at, once with SIGKILL when the run has used that part of the undisturbed
run's processor time, and again to its end. Prints processor and wall seconds of all, the stage that was killed, and what both
parts took for one of the undisturbed run, by processor and by wall; then the medians of each --at. The datasets, the
tokenizer and the ledger of all must be equal, byte for byte."""
import argparse
import filecmp
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

STAGES = ["prepare", "collect", "deduplicate", "count", "train", "encode", "assemble"]
TICKS = os.sysconf("SC_CLK_TCK")


def processor_of(process):
    """Seconds that a process has used so far."""
    try:
        fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def run(command, kill_after=None):
    """Wall and processor seconds; after `kill_after` seconds of processor time the process is killed."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if kill_after is not None:
        while processor_of(process) < kill_after:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code != (0 if kill_after is None else -signal.SIGKILL):
        sys.exit(f"resume_cost.py: {' '.join(command)} ended with {code}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime


def stage_of(folder):
    """The stage that a run had come to."""
    return next((stage for stage in reversed(STAGES) if (folder / f"manifests/{stage}.plan.json").exists()), "start")


def differences(one, other):
    """Names of results that differ."""
    names = [str(path.relative_to(one)) for part in ("dataset", "tokenizer") for path in (one / part).iterdir()]
    _, different, missing = filecmp.cmpfiles(one, other, names + ["ledger.json"], shallow=False)
    return different + missing


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("xylem")
    parser.add_argument("pipeline")
    parser.add_argument("input", nargs="+")
    parser.add_argument("--workers", default=str(os.cpu_count()))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at", type=float, action="append", help="part of the processor time (default: 0.5)")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--scratch", help="where runs are made (default: the system's temporary directory)")
    options = parser.parse_args()
    inputs = [word for glob in options.input for word in ("--input", glob)]
    work = pathlib.Path(tempfile.mkdtemp(prefix="xylem-resume-", dir=options.scratch))
    points = options.at or [0.5]
    ratios = {point: [] for point in points}
    print(f"{'round':<7}{'killed':<20}{'processor s':>12}{'wall s':>9}{'processor':>11}{'wall':>8}")

    def command(name):
        return [options.xylem, "run", options.pipeline, *inputs, "--output", str(work / name), "--workers",
                options.workers, "--quiet", *(word for key in options.set for word in ("--set", key))]
    try:
        for number in range(1, options.rounds + 1):
            wall, processor = run(command("whole"))
            print(f"{number:<7}{'-':<20}{processor:>12.2f}{wall:>9.2f}", flush=True)
            for point in points:
                first = run(command("killed"), kill_after=processor * point)
                stage = stage_of(work / "killed")
                second = run(command("killed"))
                both = (first[1] + second[1], first[0] + second[0])
                ratios[point].append((both[0] / processor, both[1] / wall))
                print(f"{number:<7}{f'{point:.2f} in {stage}':<20}{both[0]:>12.2f}{both[1]:>9.2f}"
                      f"{ratios[point][-1][0]:>11.3f}{ratios[point][-1][1]:>8.3f}", flush=True)
                if not json.loads((work / "killed/ledger.json").read_text())["balanced"]:
                    sys.exit("resume_cost.py: the ledger does not balance")
                if wrong := differences(work / "whole", work / "killed"):
                    sys.exit(f"resume_cost.py: results differ: {wrong}")
                shutil.rmtree(work / "killed")
            shutil.rmtree(work / "whole")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for point, found in ratios.items():
        print(f"at {point:.2f}, median of {options.rounds}: processor {statistics.median(r[0] for r in found):.3f}, "
              f"wall {statistics.median(r[1] for r in found):.3f} of the undisturbed run")


if __name__ == "__main__":
    main()
