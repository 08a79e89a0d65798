"""What the parity checks share: named checks with a last line, running xylem, reading text, Megatron's reader."""

import contextlib
import gzip
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")


class Checks:
    """Counts checks; `finish` prints the summary line and ends the process, non-zero when a check failed."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def expect(self, condition, name, detail=""):
        """Records one check under its name; `detail` says what was wrong and is printed only then."""
        if condition:
            self.passed += 1
            print(f"ok      {name}")
        else:
            self.failed += 1
            print(f"FAILED  {name}" + (f": {detail}" if detail else ""))
        return bool(condition)

    def finish(self):
        if self.passed + self.failed == 0:
            self.expect(False, "something was checked")
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed else 0)


@contextlib.contextmanager
def checking():
    """Yields a `Checks` and always reaches its last line: an exception is one failed check."""
    checks = Checks()
    try:
        yield checks
    except Exception as error:  # a script of checks must report, whatever went wrong
        checks.expect(False, "the check ran to its end", f"{type(error).__name__}: {error}")
    checks.finish()


def print_versions(*names):
    """One line with Python's version and those of the packages that the result depends on."""
    from importlib.metadata import version

    print(", ".join([f"python {platform.python_version()}"] + [f"{name} {version(name)}" for name in names]))


def xylem(program, *arguments):
    """Runs a xylem command; a status other than 0 raises with the end of what it said."""
    command = [os.fspath(program)] + [str(argument) for argument in arguments]
    print("$ " + " ".join(command), flush=True)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        raise RuntimeError(f"xylem ended with status {done.returncode}: {said[-600:]}")
    return done.stdout


@contextlib.contextmanager
def scratch(beside=None):
    """A directory that is gone afterwards; `beside` puts it on the same disk as that path."""
    parent = None if beside is None else os.path.dirname(os.path.abspath(beside))
    if parent is not None:
        os.makedirs(parent, exist_ok=True)
    path = tempfile.mkdtemp(prefix="xylem-parity-", dir=parent)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def open_lines(path):
    """The decompressed bytes of a .jsonl, .jsonl.gz or .jsonl.zst, as a binary stream to iterate over lines."""
    if path.endswith(".zst"):
        import zstandard

        raw = open(path, "rb")
        reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True, closefd=True)
        return io.BufferedReader(reader, 1 << 20)
    if path.endswith(".gz"):
        return gzip.open(path, "rb")
    return open(path, "rb")


def records(path):
    """The JSON objects of a shard, in order, without its blank lines."""
    with open_lines(path) as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def texts(paths):
    """The field `text` of every record of every path, in order."""
    for path in paths:
        for record in records(path):
            yield record["text"]


def open_dataset(prefix):
    """A dataset as training opens it: Megatron's own reader."""
    from megatron.core.datasets.indexed_dataset import IndexedDataset

    return IndexedDataset(prefix)


def batches(iterable, size):
    """Lists of at most `size` neighbours."""
    batch = []
    for item in iterable:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def shown(value, limit=120):
    """`repr` short enough for one line of a report."""
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + "..."


def first_difference(ours, theirs):
    """Index of the first place where two sequences differ; None when they are equal."""
    for index, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            return index
    return None if len(ours) == len(theirs) else min(len(ours), len(theirs))
