"""stage_times.py RUN_DIR: one line a stage from the run's journal: units, input, seconds, speed, peak memory so far."""
import json
import sys


def stages_of(run):
    """One object a stage: name, units, bytes, seconds, peak, workers; a resumed stage is summed."""
    entries = {}
    with open(run + "/journal.jsonl", encoding="utf-8") as journal:
        for line in journal:
            try:
                entry = json.loads(line)
            except ValueError:  # a line that a kill cut off
                continue
            if entry.get("event") == "stage":  # a resumed stage has several
                entries.setdefault(entry["stage"], []).append(entry)
    return [
        {"name": name, "units": sum(part["units"] for part in parts), "bytes": sum(part["bytes"] for part in parts),
         "seconds": sum(part["seconds"] for part in parts), "peak": max(part["peakMemoryBytes"] for part in parts),
         "workers": max(part["workers"] for part in parts)}
        for name, parts in entries.items()]


def main():
    print(f"{'stage':<14}{'units':>7}{'MB read':>11}{'seconds':>10}{'MB/s':>9}{'peak MB':>10}{'workers':>9}")
    stages = stages_of(sys.argv[1])
    for stage in stages:
        megabytes, seconds = stage["bytes"] / 1e6, stage["seconds"]
        speed = megabytes / seconds if seconds > 0 else 0.0
        print(f"{stage['name']:<14}{stage['units']:>7}{megabytes:>11.1f}{seconds:>10.2f}{speed:>9.1f}"
              f"{stage['peak'] / 1e6:>10.0f}{stage['workers']:>9}")
    print(f"{'all':<14}{'':>18}{sum(stage['seconds'] for stage in stages):>10.2f}")


if __name__ == "__main__":
    main()
