"""driver_memory.py XYLEM TEMPLATE_RUN SCRATCH [--units 100000] [--unit-bytes 16M] [--part-bytes 256M]: what a driver holds over
a run of so many units of prepare. Nothing is prepared: the input is an empty file of that size, and the manifests of every
unit, with the parts of the portrait, are those of TEMPLATE_RUN, a finished run, in turn, under the names and identities that
the driver plans. Prints a line a stage (units, peak memory and seconds of `xylem run --next` with all stages before it done),
one for the whole run with its report, then bytes of manifests, files and the largest directory. The ledger of the made-up run balances, so its driver ends with 0."""
import argparse
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

STAGES = ["prepare", "collect", "deduplicate", "count", "train", "encode", "assemble"]


def size(text):
    """Bytes for `16M`."""
    number, unit = re.fullmatch(r"(\d+)([KMG]?)", text).groups()
    return int(number) << {"": 0, "K": 10, "M": 20, "G": 30}[unit]


class MadeUpRun:
    """Manifests for whatever the driver plans."""

    def __init__(self, template, folder):
        self.folder = folder
        self.templates = {stage: [json.loads(path.read_text())
                                  for path in sorted((template / "manifests" / stage).glob("*.json"))]
                          for stage in STAGES}
        shutil.copytree(template / "tokenizer", folder / "tokenizer", dirs_exist_ok=True)
        self.portraits = itertools.cycle(sorted((template / "portraits").iterdir()))
        self.bytes = 0
        # Documents of a language by its parts, for the ledger.
        self.removed = {}
        self.left = {}

    def commit(self, stage, label, identity, outputs, counts):
        """One manifest, and its outputs as empty files where somebody may ask whether they are there."""
        for output in outputs:
            path = self.folder / output["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        manifest = {"stage": stage, "unit": label, "identity": identity, "version": self.version, "outputs": outputs,
                    "counts": counts}
        path = self.folder / "manifests" / stage / f"{label}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(manifest, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        path.write_text(text + "\n", encoding="utf-8")
        self.bytes += len(text.encode())

    def output(self, path):
        """An output whose digest is its name's: no two are alike."""
        self.serial = getattr(self, "serial", 0) + 1
        return {"path": path, "bytes": 1000 + self.serial, "digest": f"{self.serial:032x}"}

    def do(self, stage):
        """Commits every unit that the driver planned."""
        plan = json.loads((self.folder / f"manifests/{stage}.plan.json").read_text())
        self.version = self.templates[stage][0]["version"]
        getattr(self, "do_" + stage)(plan, itertools.cycle(self.templates[stage]))
        return len(plan["units"])

    def do_prepare(self, plan, templates):
        kept = self.kept = {}
        for index, (label, identity, size_) in enumerate(zip(plan["units"], plan["identities"], plan["bytes"])):
            counts = dict(next(templates)["counts"])
            for language, tally in counts["languages"].items():
                kept[language] = kept.get(language, 0) + tally["kept"]
            first = counts["inputs"][0]
            counts["inputs"] = [dict(first, offset=index * size_, path=self.input)]
            self.commit("prepare", label, identity, [self.output(f"work/prepare/{label}.unit")], counts)

    def do_collect(self, plan, _):
        texts = {}
        for label in plan["units"]:
            if not label.startswith(("removed.", "values.", "quarantine.", "portrait.")):
                language, number = label.rsplit("-", 1)
                texts.setdefault(language, []).append(number)
        self.parts = {}
        for label, identity, size_ in zip(plan["units"], plan["identities"], plan["bytes"]):
            language, number = label.rsplit("-", 1) if "-" in label else (label, "0")
            counts = {"documents": 0, "rawBytes": size_}
            outputs = [self.output(f"{label.replace('.', '/', 1)}.jsonl.zst")]
            if language in texts:
                share, first = divmod(self.kept[language], len(texts[language]))
                counts["documents"] = share + (first if int(number) == 0 else 0)
                counts["part"] = {"language": language, "index": int(number)}
                outputs = [self.output(f"prepared/{language}/part-{number}.jsonl.zst"),
                           self.output(f"fingerprints/{language}/part-{number}.fp")]
                self.parts[label] = (language, counts["documents"])
            if label.startswith("portrait."):
                outputs = [self.output(f"portraits/part-{label.removeprefix('portrait.')}.json.zst")]
                (self.folder / "portraits").mkdir(exist_ok=True)
                shutil.copy(next(self.portraits), self.folder / outputs[0]["path"])
            self.commit("collect", label, identity, outputs, counts)

    def do_deduplicate(self, plan, templates):
        counts = next(templates)["counts"]
        self.removed = {language: sum(reasons.values()) for language, reasons in counts["removed"].items()}
        outputs = [self.output(f"removals/{label}.removals") for label in self.parts]
        self.commit("deduplicate", plan["units"][0], plan["identities"][0],
                    outputs + [self.output("removals/evidence.jsonl.zst"), self.output("removals/clusters.jsonl.zst")],
                    counts)

    def do_count(self, plan, templates):
        for label, identity in zip(plan["units"], plan["identities"]):
            counts = dict(next(templates)["counts"], language=self.parts[label][0])
            self.commit("count", label, identity, [self.output(f"work/counts/{label}.counts")], counts)

    def do_train(self, plan, templates):
        template = next(templates)
        self.commit("train", plan["units"][0], plan["identities"][0], template["outputs"], template["counts"])

    def do_encode(self, plan, templates):
        for label, identity in zip(plan["units"], plan["identities"]):
            language, documents = self.parts[label]
            removed = self.removed.pop(language, 0)
            counts = dict(next(templates)["counts"], language=language, documents=documents - removed)
            self.commit("encode", label, identity, [self.output(f"work/tokens/{label}.tokens"),
                                                    self.output(f"work/tokens/{label}.lengths")], counts)

    def do_assemble(self, plan, templates):
        for label, identity in zip(plan["units"], plan["identities"]):
            counts = dict(next(templates)["counts"], language=label)
            self.commit("assemble", label, identity, [self.output(f"dataset/{label}_text_document.bin"),
                                                      self.output(f"dataset/{label}_text_document.idx")], counts)


def measured(command, expected):
    """Seconds, peak resident bytes and standard output of a driver that must end with `expected`."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, message = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != expected:
        sys.exit(f"driver_memory.py: {' '.join(command)} failed:\n{output}{message}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("xylem")
    parser.add_argument("template", type=pathlib.Path)
    parser.add_argument("scratch", type=pathlib.Path)
    parser.add_argument("--pipeline", default="pipelines/roots.yaml")
    parser.add_argument("--units", type=int, default=100_000)
    parser.add_argument("--unit-bytes", default="16M")
    parser.add_argument("--part-bytes", default="256M")
    options = parser.parse_args()
    folder = options.scratch / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source = options.scratch / "nothing.jsonl"
    with open(source, "wb") as file:
        file.truncate(options.units * size(options.unit_bytes))
    run = MadeUpRun(options.template, folder)
    run.input = str(source)
    command = [options.xylem, "run", options.pipeline, "--input", str(source), "--output", str(folder), "--quiet",
               "--set", f"unit_bytes={options.unit_bytes}", "--set", f"part_bytes={options.part_bytes}"]
    print(f"{'before stage':<14}{'units':>9}{'peak MB':>10}{'seconds':>10}{'processor':>11}")
    names = largest = 0
    for stage in STAGES:
        seconds, processor, peak, output = measured(command + ["--next"], 75)
        if not output.startswith(stage):
            sys.exit(f"driver_memory.py: expected stage {stage}, the driver says {output!r}")
        units = run.do(stage)
        print(f"{stage:<14}{units:>9,}{peak / 1e6:>10.0f}{seconds:>10.1f}{processor:>11.1f}", flush=True)
        folders = [(len(found), place) for place, _, found in os.walk(folder)]
        names, largest = max(names, sum(count for count, _ in folders)), max(largest, max(folders)[0])
    seconds, processor, peak, _ = measured(command, 0)
    print(f"{'the report':<14}{'':>9}{peak / 1e6:>10.0f}{seconds:>10.1f}{processor:>11.1f}")
    print(f"{run.bytes / 1e6:,.0f} MB of manifests; {names:,} files at the peak, {largest:,} in the largest directory; "
          f"evidence.json {(folder / 'manifests/evidence.json').stat().st_size / 1e6:,.1f} MB")


if __name__ == "__main__":
    main()
