"""scale_on_paper.py RUN_DIR [--terabytes 41.5] [--unit-bytes 1e9] [--part-bytes 4e9] [--units-per-element 16] [--nodes 100]
[--cores 40] [--workers-measured W]: what a run of that size would take, from a finished run: its rates (core seconds a byte,
from journal.jsonl), its sizes and its manifests. Everything grows in proportion but distinct pre-tokens and what is learned
from them (exponent 0.68) and merging (constant once the vocabulary is full). Prints markdown: one line a stage, then totals."""
import argparse
import json
import pathlib

from stage_times import stages_of

# Distinct pre-tokens grow with text to this power; see docs/scale.md for where it was measured.
PIECES_EXPONENT = 0.68
ONE_UNIT = ("deduplicate", "train")


def manifests_of(run, stage):
    """Paths of the manifests of a stage."""
    return sorted((run / "manifests" / stage).glob("*.json"))


def outputs_of(run, stage):
    """Bytes of what the stage committed, by its manifests: intermediate files are gone when the run is finished."""
    return sum(output["bytes"] for path in manifests_of(run, stage)
               for output in json.loads(path.read_text())["outputs"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--terabytes", type=float, default=41.5)
    parser.add_argument("--unit-bytes", type=float, default=1e9)
    parser.add_argument("--part-bytes", type=float, default=4e9)
    parser.add_argument("--units-per-element", type=int, default=16)
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--cores", type=int, default=40)
    options = parser.parse_args()
    run = options.run
    stages = {stage["name"]: stage for stage in stages_of(str(run))}
    ledger = json.loads((run / "ledger.json").read_text())
    given = stages["prepare"]["bytes"]
    wanted = options.terabytes * 1e12
    ratio = wanted / given
    languages = len(manifests_of(run, "assemble"))
    kept_text = ledger["bytes"]["kept"] * ratio
    units = {"prepare": round(wanted / options.unit_bytes), "deduplicate": 1, "train": 1, "assemble": languages}
    parts = max(languages, round(kept_text / options.part_bytes))
    units |= {"collect": parts, "lines": parts, "cut": parts, "count": parts, "encode": parts}
    # Ranges of 32 MiB, and never more than 2^26 slices of the parts' runs.
    runs = outputs_of(run, "lines") * ratio if "lines" in stages else 0
    units["repeats"] = max(1, min(round(runs / 2**25) + 1, 2**26 // parts))
    files = {"prepare": 2, "collect": 3, "lines": 2, "repeats": 2, "cut": 3, "count": 2, "encode": 3, "assemble": 3}
    print("| stage | units | elements | MB/s a core | core-hours | hours | written | files |\n|---|---|---|---|---|---|---|---|")
    total_hours = total_wall = lying = peak = count = peak_files = 0
    written = {}
    for name, stage in stages.items():
        cores = min(stage["workers"], stage["units"])
        growth = ratio ** PIECES_EXPONENT if name == "train" else ratio
        core_hours = stage["seconds"] * cores / 3600 * growth
        hours = core_hours if name in ONE_UNIT else core_hours / min(options.nodes * options.cores, units[name])
        elements = -(-units[name] // options.units_per_element)
        written[name] = outputs_of(run, name) * (ratio ** PIECES_EXPONENT if name in ("count", "train") else ratio)
        made = parts + 2 if name == "deduplicate" else 4 if name == "train" else units[name] * files[name]
        rate = stage["bytes"] / stage["seconds"] / cores / 1e6
        print(f"| {name} | {units[name]:,} | {elements:,} | {rate:.1f} | {core_hours:,.0f} | {hours:,.1f} | "
              f"{written[name] / 1e12:,.2f} TB | {made:,} |")
        total_hours, total_wall = total_hours + core_hours, total_wall + hours
        lying, count = lying + written[name], count + made
        peak, peak_files = max(peak, lying), max(peak_files, count)
        for gone in {"collect": ["prepare"], "cut": ["lines", "repeats"], "train": ["count"], "assemble": ["encode"]}.get(name, []):
            lying -= written[gone]
            count -= units[gone] * (files[gone] - 1)
    sizes = {name: sum(path.stat().st_size for path in manifests_of(run, name)) / len(manifests_of(run, name))
             for name in stages}
    held = sum(sizes[name] * units[name] for name in stages)
    print(f"\ncore-hours {total_hours:,.0f}; hours on {options.nodes} nodes of {options.cores} cores {total_wall:,.1f}; "
          f"disk at the peak {peak / 1e12:,.1f} TB, in the end {lying / 1e12:,.1f} TB; files at the peak {peak_files:,}, "
          f"in the end {count:,}; largest directory {max(units.values()):,} entries; "
          f"documents {ledger['read'] * ratio:,.0f}; manifests {held / 1e9:,.2f} GB "
          f"({', '.join(f'{name} {size / 1e3:.1f} kB' for name, size in sizes.items())})")


if __name__ == "__main__":
    main()
