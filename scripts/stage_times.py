"""stage_times.py RUN_DIR: one line a stage from the run's journal: units, input, seconds, speed, peak memory so far."""
import json
import sys

stages = {}
with open(sys.argv[1] + "/journal.jsonl", encoding="utf-8") as journal:
    for line in journal:
        try:
            entry = json.loads(line)
        except ValueError:  # a line that a kill cut off
            continue
        if entry.get("event") == "stage":  # a resumed stage has several
            stages.setdefault(entry["stage"], []).append(entry)

print(f"{'stage':<14}{'units':>7}{'MB read':>11}{'seconds':>10}{'MB/s':>9}{'peak MB':>10}{'workers':>9}")
total = 0.0
for name, entries in stages.items():
    seconds = sum(entry["seconds"] for entry in entries)
    megabytes = sum(entry["bytes"] for entry in entries) / 1e6
    peak = max(entry["peakMemoryBytes"] for entry in entries) / 1e6
    units = sum(entry["units"] for entry in entries)
    workers = max(entry["workers"] for entry in entries)
    total += seconds
    speed = megabytes / seconds if seconds > 0 else 0.0
    print(f"{name:<14}{units:>7}{megabytes:>11.1f}{seconds:>10.2f}{speed:>9.1f}{peak:>10.0f}{workers:>9}")
print(f"{'all':<14}{'':>18}{total:>10.2f}")
