"""ray_run.py PIPELINE.yaml DIR [--xylem PROGRAM] [--processors N] [--units-per-task K] [-- OPTIONS OF XYLEM RUN]: a run
whose units Ray does, on this machine or on the cluster that RAY_ADDRESS names (docs/other-engines.md). All nodes must see
DIR and the input under the same paths. A task that dies with its node is tried again by Ray; units that are missing
afterwards are asked for again, five rounds at most."""
import argparse
import json
import subprocess
import sys

import ray


@ray.remote(max_retries=3)
def work(program, directory, stage, units, processors, restore):
    """Does some units in a process of its own; the manifests say what was done, so failures are only told."""
    command = [program, "worker", "--run", directory, "--stage", stage, "--units", ",".join(map(str, units)),
               "--workers", str(processors), "--quiet"] + (["--restore"] if restore else [])
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode, done.stderr.decode(errors="replace")


def unit_numbers(ranges):
    """0-3,7 as numbers."""
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def next_units(options):
    """The stage that is next; None when the run is finished."""
    command = [options.xylem, "run", options.pipeline, *options.more, "--output", options.directory, "--next", "--json",
               "--quiet"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if answer.returncode == 75 and answer.stdout.strip():
        return json.loads(answer.stdout)
    if answer.returncode != 0:
        sys.exit(answer.returncode)
    return None


def main():
    arguments = sys.argv[1:]
    more = arguments[arguments.index("--") + 1:] if "--" in arguments else []
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pipeline")
    parser.add_argument("directory")
    parser.add_argument("--xylem", default="xylem")
    parser.add_argument("--processors", type=int, default=1)
    parser.add_argument("--units-per-task", type=int, default=4)
    options = parser.parse_args(arguments[:len(arguments) - len(more) - 1] if "--" in arguments else arguments)
    options.more = more
    ray.init(log_to_driver=False, include_dashboard=False)
    previous, rounds = None, 0
    while (missing := next_units(options)) is not None:
        rounds = rounds + 1 if missing == previous else 0
        previous = missing
        if rounds == 5:
            print(f"ray_run.py: still missing after 5 rounds: {missing}", file=sys.stderr)
            sys.exit(75)
        numbers = list(unit_numbers(missing["missing"]))
        tasks = [numbers[start:start + options.units_per_task]
                 for start in range(0, len(numbers), options.units_per_task)]
        results = ray.get([
            work.options(num_cpus=options.processors).remote(
                options.xylem, options.directory, missing["stage"], units, options.processors, missing["restore"])
            for units in tasks])
        for status, message in results:
            if status != 0:
                print(f"ray_run.py: a worker ended with {status}: {message}", file=sys.stderr)


if __name__ == "__main__":
    main()
