"""The race track: runs processes pinned to cores, counts what they took, lets contenders take turns, writes results.

Seconds of a whole process are the kernel's (wait4): user and system time of it and of the children that it waited for.
Seconds inside a process are what it says itself. Peak memory of a child is at least that of this script when it starts
the child (Linux carries the number through exec), so this script imports nothing large.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time


class Failed(Exception):
    """A contender that is not installed, that refused its input, or that ended badly: said in the table, not fatal."""


class Track:
    """Where everything is, and the runs themselves."""

    def __init__(self, options):
        self.xylem = os.path.join(options.programs, "xylem")
        self.benchmark = os.path.join(options.programs, "xylem-benchmark")
        self.python = options.python
        self.inputs = options.inputs
        self.work = options.work
        self.rounds = options.rounds
        self.full = options.full
        self.main = "mixed8" if options.small else "mixed64"
        # Where a rival takes half a minute for each pass over 64 MB.
        self.for_slow = "mixed64" if options.full else "mixed8"
        self.largest = "mixed256" if options.full else self.main
        self.pipeline = options.pipeline
        self.race_different = options.race_different
        self.adversarial_bytes = options.adversarial_bytes
        cores = sorted(os.sched_getaffinity(0))
        # The last core: interrupts and everybody else like the first.
        self.core = options.core if options.core is not None else cores[-1]
        self.two_cores = ([self.core] + [core for core in cores if core != self.core])[:2]
        self.results = os.path.join(options.work, "results.jsonl")
        self.run = {"commit": commit(), "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        os.makedirs(self.work, exist_ok=True)
        self.temporary = tempfile.mkdtemp(prefix="race-", dir=self.work)  # on the disk that the datasets are written to

    def input(self, name):
        """Path of an input; raises when this corpus has no such text."""
        path = os.path.join(self.inputs, name)
        if not os.path.exists(path):
            raise Failed(f"there is no {name} among the inputs")
        return path

    def scratch(self, name):
        """A path for a file that is gone after the run."""
        return os.path.join(self.temporary, name)

    def process(self, command, cores=None):
        """Runs a command on `cores` (default: the one core of the races); gives its seconds, peak and output."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error:
            environment = dict(os.environ, RAYON_NUM_THREADS="1", OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false",
                               PYTHONWARNINGS="ignore")
            pinned = ["taskset", "-c", ",".join(map(str, cores or [self.core]))] + [str(word) for word in command]
            started = time.perf_counter()
            try:
                child = subprocess.Popen(
                    pinned, stdin=subprocess.DEVNULL, stdout=out, stderr=error, env=environment)
                _, status, usage = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
            except OSError as failure:
                raise Failed(str(failure)) from failure
            wall = time.perf_counter() - started
            out.seek(0)
            error.seek(0)
            if child.returncode:
                said = error.read().decode("utf-8", "replace").strip().splitlines() or ["without a word"]
                raise Failed(f"status {child.returncode}: {said[-1][:160]}")
            return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "peak": usage.ru_maxrss << 10,
                    "out": out.read().decode("utf-8", "replace")}

    def answer(self, command, cores=None):
        """The JSON object in the last line that a command prints."""
        return json.loads(self.process(command, cores)["out"].strip().splitlines()[-1])

    def rival(self, *arguments):
        return self.answer([self.python, os.path.join(os.path.dirname(__file__), "rivals.py"), *arguments])

    def compare(self, *arguments):
        """(equal, what was compared or where it differs)."""
        found = self.answer([self.python, os.path.join(os.path.dirname(__file__), "compare.py"), *arguments])
        return found["equal"], found["said"]

    def write(self, row):
        with open(self.results, "a", encoding="utf-8") as file:
            file.write(json.dumps({**row, "run": self.run}, ensure_ascii=False) + "\n")


def commit():
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return described.stdout.strip() or "unknown"


def machine():
    """What a reader must know of the machine, as one object."""
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo", encoding="utf-8") as lines:
        memory = int(lines.readline().split()[1]) // 1024
    kernel = os.uname()
    return {"processor": model, "cores": os.cpu_count(), "memory_mb": memory,
            "system": f"{kernel.sysname} {kernel.release}", "load": [round(load, 2) for load in os.getloadavg()],
            "python": sys.version.split()[0]}


class Contender:
    """One that races: `check()` compares its answer with ours before any time is taken, `measure()` runs it once.

    `check` gives (equal, said), or is None for the one that the others are compared with. `measure` gives samples by
    name, such as {"cold": ..., "warm": ...}; a sample has cpu, wall (seconds) and peak (bytes).
    """

    def __init__(self, name, measure, check=None):
        self.name, self.measure, self.check = name, measure, check
        self.version = ""
        self.samples = {}
        self.said = ""
        self.is_equal = check is None

    @property
    def label(self):
        return f"{self.name} {self.version}".strip()

    def samples_of(self, name):
        return self.samples.get(name, [])


def say(text):
    print(text, file=sys.stderr, flush=True)


def race(track, scenario, contenders):
    """Checks all, then lets those that are right take turns: A B C, then C B A. A failure ends one contender's race."""
    racing = []
    for contender in contenders:
        try:
            if contender.check:
                contender.is_equal, contender.said = contender.check()
        except (Failed, ValueError, IndexError, KeyError) as failure:
            contender.is_equal, contender.said = None, f"failed: {failure}"
        if contender.is_equal or (contender.is_equal is False and track.race_different):
            racing.append(contender)
        say(f"  {scenario}: {contender.name}: {contender.said or 'ours'}"
            + ("" if contender in racing else " (does not race)"))
    for number in range(track.rounds):
        for contender in list(racing if number % 2 == 0 else reversed(racing)):
            try:
                for name, sample in contender.measure().items():
                    contender.samples.setdefault(name, []).append(sample)
            except (Failed, ValueError, IndexError, KeyError) as failure:
                contender.is_equal, contender.said = None, f"failed: {failure}"
                contender.samples = {}
                racing.remove(contender)
                say(f"  {scenario}: {contender.label}: {contender.said}")
        say(f"  {scenario}: round {number + 1} of {track.rounds}, load {os.getloadavg()[0]:.2f}")
    return contenders


def side(contender, samples, counted, size):
    """One side of a row."""
    entry = {"name": contender.label, "counted": counted, "bytes": size}
    if samples:
        entry |= {"cpu": [round(s["cpu"], 4) for s in samples], "wall": [round(s["wall"], 4) for s in samples]}
        if samples[0].get("peak"):
            entry["peak"] = int(statistics.median(s["peak"] for s in samples))
    return entry


def row(track, scenario, source, ours, rival, *, basis="cpu", goal=None, at_most=False, memory_goal=None, note=""):
    """Writes one line of the table. `ours` and `rival` are (contender, sample name, what is counted, bytes).

    The ratio of a round is how often faster ours is, byte for byte; with `at_most`, how often slower.
    """
    (a, a_name, a_counted, a_bytes), (b, b_name, b_counted, b_bytes) = ours, rival
    a_samples, b_samples = a.samples_of(a_name), b.samples_of(b_name)
    entry = {"scenario": scenario, "input": source, "basis": basis, "load": round(os.getloadavg()[0], 2),
             "ours": side(a, a_samples, a_counted, a_bytes), "rival": side(b, b_samples, b_counted, b_bytes),
             "equal": b.is_equal if a.is_equal else a.is_equal, "said": b.said if a.is_equal else a.said, "note": note}
    if a_samples and b_samples:
        # A difference of two runs can be nothing or less on short inputs: such a round has no ratio.
        pairs = [(x[basis] / a_bytes, y[basis] / b_bytes) for x, y in zip(a_samples, b_samples)]
        ratios = [(x / y if at_most else y / x) for x, y in pairs if x > 0 and y > 0]
        if ratios:
            entry["ratio"] = [round(ratio, 3) for ratio in ratios]
    if goal is not None:
        entry |= {"goal": goal, "at_most": at_most}
    if memory_goal is not None:
        entry["memory_goal"] = memory_goal
    track.write(entry)
    return entry


def sample(seconds, peak=None):
    """A sample from the seconds that a process says of itself."""
    return {"cpu": seconds["cpu_seconds"], "wall": seconds["wall_seconds"], "peak": peak}
