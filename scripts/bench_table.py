"""bench_table.py RESULTS.jsonl [--into FILE.md] [--check]: results of the races as Markdown tables.

Of every race the newest result counts, in the order of the scenarios; the same results always give the same text.
--into writes them between the lines `<!-- results -->` and `<!-- end of results -->` of a file, so that no number in it
was typed by a person. --check exits with 1 when the file says something else.
"""

import argparse
import json
import statistics
import sys

BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"
ORDER = ["encode-bloom", "encode-latin", "encode-arabic", "encode-indic", "encode-cjk", "encode-code", "encode-gpt2",
         "dataset", "train-bloom", "train-large", "train-gpt2", "two-cores", "adversarial", "languages", "run-stages"]


def key(row):
    """What makes two lines results of the same race; a rival's version is no part of it."""
    if "stage" in row:
        return row["scenario"], row["input"], row["stage"]["name"]
    if "failed" in row:
        return row["scenario"], "failed"
    return (row["scenario"], row["input"], row["ours"]["counted"], row["rival"]["name"].rsplit(" ", 1)[0]
            if row["rival"]["name"][-1:].isdigit() else row["rival"]["name"], row["rival"]["counted"], row["basis"])


def newest(rows):
    """The last line of each race, at the place of its first, sorted by scenario. A scenario is of one run: when it ran
    again, lines of the run before that have no successor are out of date."""
    last_run = {row["scenario"]: row["run"]["started"] for row in rows}
    found = {}
    for row in rows:
        if row["run"]["started"] == last_run[row["scenario"]]:
            found[key(row)] = row
    place = {name: number for number, name in enumerate(ORDER)}
    return sorted(found.values(), key=lambda row: place.get(row["scenario"], len(place)))


def table(header, rows):
    """A Markdown table; columns whose heading ends with `:` stand to the right."""
    lines = ["| " + " | ".join(name.rstrip(":") for name in header) + " |",
             "| " + " | ".join("---:" if name.endswith(":") else "---" for name in header) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def seconds(side, basis):
    """Median seconds, and the other clock's in brackets."""
    if basis not in side:
        return "–"
    return " / ".join(number(statistics.median(side[clock])) for clock in ("cpu", "wall"))


def speed(side, basis):
    if basis not in side:
        return "–"
    median = statistics.median(side[basis])
    return number(side["bytes"] / 1e6 / median) if median > 0 else "–"


def peak(side):
    return number(side["peak"] / 1e6) if side.get("peak") else "–"


def spread(values):
    """Median, and what lies around it."""
    return f"**{statistics.median(values):.2f}** ({min(values):.2f}–{max(values):.2f})"


def verdict(value, goal, at_most):
    return "reached" if (value <= goal if at_most else value >= goal) else "missed"


def goals(row):
    said = []
    if "goal" in row:
        at_most = row.get("at_most", False)
        text = f"{'at most' if at_most else 'at least'} {row['goal']:g}"
        if row.get("ratio"):
            text += ": " + verdict(statistics.median(row["ratio"]), row["goal"], at_most)
        said.append(text)
    memory = memory_ratio(row)
    if "memory_goal" in row and memory is not None:
        said.append(f"memory at least {row['memory_goal']:g}: {verdict(memory, row['memory_goal'], False)}")
    return "; ".join(said)


def memory_ratio(row):
    ours, theirs = row["ours"].get("peak"), row["rival"].get("peak")
    return theirs / ours if ours and theirs else None


def same(row):
    """Were the answers equal, and what was compared."""
    if row["equal"] is None:
        return row["said"]
    if row["said"]:
        return ("equal: " if row["equal"] else "**differs**: ") + row["said"]
    return ""


def race_table(rows):
    """The races, and a legend of what is counted on each side."""
    marks = {}

    def marked(side):
        marks.setdefault(side["counted"], chr(ord("a") + len(marks)))
        return f"{side['name']} ({marks[side['counted']]})"

    lines = []
    for row in rows:
        memory = memory_ratio(row)
        lines.append([
            row["scenario"], row["input"], marked(row["ours"]), speed(row["ours"], row["basis"]),
            seconds(row["ours"], row["basis"]), peak(row["ours"]), marked(row["rival"]),
            speed(row["rival"], row["basis"]), seconds(row["rival"], row["basis"]), peak(row["rival"]),
            same(row), spread(row["ratio"]) if row.get("ratio") else "not raced" if row["equal"] is not True else "–",
            f"{memory:.2f}" if memory is not None else "–", goals(row)])
    text = table(
        ["race", "input", "ours", "MB/s:", "CPU / wall s:", "peak MB:", "against", "MB/s:", "CPU / wall s:", "peak MB:",
         "answers", "ratio (least–most):", "memory ratio:", "goal"], lines)
    return text + "\n\n" + "\n".join(f"({mark}) {counted}  " for counted, mark in marks.items())


def goal_table(rows):
    """One line a goal: the rival, the document or the language that is hardest to meet it with decides."""
    hardest = {}
    for row in rows:
        if row.get("goal") is None:
            continue
        # Of documents and languages the worst counts; of rivals the best one on each input.
        over_inputs = row["scenario"] in ("adversarial", "languages")
        group = row["scenario"], "" if over_inputs else row["input"], row["ours"]["counted"], row["goal"]
        cost = float("-inf")  # nobody raced who was right
        if row.get("ratio") and row["equal"] is True:
            cost = statistics.median(row["ratio"]) * (1 if row["at_most"] else -1)
        if group not in hardest or cost > hardest[group][0]:
            hardest[group] = cost, row
    lines = []
    for cost, row in hardest.values():
        asked = f"{'at most' if row['at_most'] else 'at least'} {row['goal']:g}"
        if cost == float("-inf"):
            lines.append([row["scenario"], row["input"], row["ours"]["counted"], row["rival"]["name"], "–", asked,
                          "not raced"])
            continue
        lines.append([row["scenario"], row["input"], row["ours"]["counted"], row["rival"]["name"], spread(row["ratio"]),
                      asked, verdict(statistics.median(row["ratio"]), row["goal"], row["at_most"])])
        memory = memory_ratio(row)
        if "memory_goal" in row and memory is not None:
            lines.append([row["scenario"] + ", memory", row["input"], "peak of the process", row["rival"]["name"],
                          f"**{memory:.2f}**", f"at least {row['memory_goal']:g}",
                          verdict(memory, row["memory_goal"], False)])
    return table(["goal", "input", "ours", "against", "ratio (least–most):", "asked", "result"], lines)


def language_table(rows):
    """One line a language, the slowest first."""
    rows = sorted(rows, key=lambda row: (statistics.median(row["ratio"]) if row.get("ratio") else 0, row["input"]))
    return table(
        ["language", "MB of text:", "MB/s:", "English, as many bytes, MB/s:", "ratio (least–most):", "goal"],
        [[row["input"], number(row["ours"]["bytes"] / 1e6), speed(row["ours"], "cpu"), speed(row["rival"], "cpu"),
          spread(row["ratio"]) if row.get("ratio") else row["said"], goals(row)] for row in rows])


def stage_table(rows):
    lines = []
    for row in rows:
        stage = row["stage"]
        rate = stage["bytes"] / 1e6 / stage["seconds"] if stage["seconds"] > 0 else 0
        lines.append([stage["name"], str(stage["units"] or "–"), number(stage["bytes"] / 1e6) if stage["bytes"] else "–",
                      number(stage["seconds"]), number(rate) if rate else "–", number(stage["peak"] / 1e6), str(stage["workers"])])
    return table(["stage", "units:", "MB read:", "seconds:", "MB/s:", "peak MB so far:", "workers:"], lines)


def run_lines(rows):
    """Machine, commit, time and load of every run that the rows come from."""
    seen = {}
    for row in rows:
        seen.setdefault(row["run"]["started"], (row["run"], []))[1].append(row["scenario"])
    lines = []
    for started, (run, scenarios) in sorted(seen.items()):
        names = ", ".join(dict.fromkeys(scenarios))
        lines.append(
            f"- {started}, commit {run['commit']}: {run['processor']}, {run['cores']} cores, {run['memory_mb']:,} MiB, "
            f"{run['system']}, Python {run['python']}, load at the start {run['load'][0]:.2f}: {names}")
    return "\n".join(lines)


def render(rows):
    """All tables of some results."""
    rows = newest(rows)
    if not rows:
        return "No results yet: `make bench` writes them."
    failed = [row for row in rows if "failed" in row]
    stages = [row for row in rows if "stage" in row]
    languages = [row for row in rows if row["scenario"] == "languages" and "failed" not in row]
    races = [row for row in rows if row not in failed and row not in stages and row not in languages]
    parts = [run_lines(rows)]
    if any(row.get("goal") is not None for row in races + languages):
        parts.append(goal_table(races + languages))
    if races:
        parts.append(race_table(races))
    if languages:
        parts.append(language_table(languages))
    if stages:
        parts.append(stage_table(stages))
    parts += [f"Not measured: {row['scenario']}: {row['failed']}" for row in failed]
    return "\n\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("--into", metavar="FILE.md")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with open(options.results, encoding="utf-8") as lines:
        text = render([json.loads(line) for line in lines if line.strip()])
    if not options.into:
        print(text)
        return
    with open(options.into, encoding="utf-8") as file:
        page = file.read()
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        parser.error(f"{options.into} lacks the lines {BEGIN.strip()} and {END.strip()}")
    head, rest = page.split(BEGIN)
    new = head + BEGIN + "\n" + text + "\n\n" + END + rest.split(END)[1]
    if options.check:
        sys.exit(0 if new == page else 1)
    with open(options.into, "w", encoding="utf-8") as file:
        file.write(new)


if __name__ == "__main__":
    main()
