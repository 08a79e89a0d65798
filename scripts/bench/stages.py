"""A whole run, stage by stage, as its own journal tells it."""

import glob
import os
import shutil
import sys

from track import Failed

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from stage_times import stages_of  # noqa: E402


def run_stages(track):
    """The pipeline over every language, all cores."""
    folder = track.input("languages")
    output = track.scratch("run")
    shutil.rmtree(output, ignore_errors=True)
    inputs = []
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*.jsonl"))):
        inputs += ["--input", path]
    if not inputs:
        raise Failed("there are no languages among the inputs")
    cores = sorted(os.sched_getaffinity(0))
    done = track.process(
        [track.xylem, "run", track.pipeline, *inputs, "--output", output, "--workers", len(cores)], cores)
    for stage in stages_of(output):
        track.write({"scenario": "run-stages", "input": os.path.basename(track.pipeline), "stage": stage})
    track.write({"scenario": "run-stages", "input": os.path.basename(track.pipeline), "stage": {
        "name": "whole process", "units": 0, "bytes": 0, "seconds": done["wall"], "cpu_seconds": done["cpu"],
        "peak": done["peak"], "workers": len(cores)}})
    shutil.rmtree(output, ignore_errors=True)
