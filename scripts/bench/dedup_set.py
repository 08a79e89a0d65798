#!/usr/bin/env python3
"""How good near deduplication is, by script, on a labelled set made from real text with a fixed seed.

    dedup_set.py make FOLDER SET.jsonl [--documents 60] [--seed 20231123]
    dedup_set.py check SET.jsonl REMOVED.jsonl [--threshold 0.8]

`make` takes up to --documents texts of 80 to 3,000 words from each <language>.jsonl of FOLDER and gives each four
companions: copies, copies with 0.5, 1, 2, 5 or 10 % of their words changed, copies without their tail, copies behind
another text's head, texts of the same frame with other names and numbers in a quarter of their places, and translations
word for word, in which every word is another one and numbers and punctuation stay. Besides it takes up to --documents texts
of each language that stand in others too, as their ids say (`stories/fr/0001_…`, `news/fra_Latn#12`).

`check` counts all pairs of the set that have a similarity at all, by an index of shingles and no hashing: Jaccard over
5-grams of the words that docs/decisions/0007-words-of-shingles.md describes. A removal is right when the document that
stays for it is at the threshold or above; a true pair is found when one of its two is gone. Prints both by script, and
ends with 1 when one of them is below 0.99 anywhere.
"""
import argparse, collections, glob, hashlib, json, os, random, re, sys, unicodedata

KINDS = ["copy", "words 0.5 %", "words 1 %", "words 2 %", "words 5 %", "words 10 %", "tail", "head", "template", "word for word"]
# A work that several languages have: what stands before the language in the id, and its number.
WORK = re.compile(r"^(.+)/(?:[a-z]{2,3}|[a-z]{3}_[A-Z][a-z]{3})[/#](\d+)")
SINGLE = re.compile(r"[\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3038-\u303b\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
                    r"\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\U00020000-\U0003ffff]")
SCRIPTS = {"zhs": "Han", "zht": "Han", "ar": "Arabic", "ur": "Arabic", "hi": "Devanagari", "mr": "Devanagari",
           "ne": "Devanagari", "bn": "Bengali", "as": "Bengali", "gu": "Gujarati", "kn": "Kannada", "ml": "Malayalam",
           "or": "Odia", "pa": "Gurmukhi", "ta": "Tamil", "te": "Telugu"}


def spans(text):
    """Where the words of a text stand."""
    found, start, kind = [], None, None
    for place, character in enumerate(text):
        category = unicodedata.category(character)
        mark = category[0] == "M" or character in "\u200c\u200d"
        letter = category[0] == "L" or category in ("Nd", "Nl", "No")
        single = letter and bool(SINGLE.match(character))
        if mark and start is not None:
            kind = "mark"
            continue
        if letter and not single and kind == "letter":
            continue
        if start is not None:
            found.append((start, place))
        start, kind = (place, "single" if single else "letter") if letter else (None, None)
    if start is not None:
        found.append((start, len(text)))
    return found


def shingles(text):
    text = unicodedata.normalize("NFC", text)
    words = [text[a:b].casefold() for a, b in spans(text)]
    return {tuple(words[i:i + 5]) for i in range(max(1, len(words) - 4))} if words else set()


def changed(text, source, share, replacement):
    parts, last = [], 0
    for a, b in spans(text):
        parts.append(text[last:a])
        parts.append(replacement() if source.random() < share else text[a:b])
        last = b
    return "".join(parts + [text[last:]])


def companion(kind, text, others, source):
    words = [text[a:b] for a, b in spans(text)]
    if kind == "copy":
        return text
    if kind.startswith("words"):
        return changed(text, source, float(kind.split()[1]) / 100, lambda: source.choice(words))
    if kind == "tail":
        return text[:int(len(text) * source.uniform(0.85, 0.97))]
    if kind == "head":
        return source.choice(others)[:int(len(text) * source.uniform(0.02, 0.15))] + "\n" + text
    if kind == "word for word":
        return translated(text)
    return changed(text, source, 0.25, lambda: str(source.randrange(10 ** 6)))


def translated(text):
    """Each word but numbers becomes the same other word everywhere."""
    parts, last = [], 0
    for a, b in spans(text):
        word = text[a:b]
        parts.append(text[last:a])
        parts.append(word if word.isdigit() else "t" + hashlib.sha1(word.encode()).hexdigest()[:6])
        last = b
    return "".join(parts + [text[last:]])


def make(options):
    source = random.Random(options.seed)
    made = []
    for path in sorted(glob.glob(options.folder + "/*.jsonl")):
        language = os.path.basename(path)[:-6]
        texts, works = [], []
        with open(path, encoding="utf-8", newline="\n") as lines:
            for line in lines:
                record = json.loads(line)
                text, work = record["text"], WORK.match(str(record.get("id")))
                if work and len(works) < options.documents:
                    works.append((text, "/".join(work.groups())))
                elif len(texts) < options.documents and 80 <= len(spans(text)) <= 3000:
                    texts.append(text)
        for number, text in enumerate(texts):
            made.append({"id": f"{language}-{number}", "text": text, "kind": "original"})
            for kind in source.sample(KINDS, 4):
                made.append({"id": f"{language}-{number}-{KINDS.index(kind)}", "text": companion(kind, text, texts, source),
                             "kind": kind})
        made += [{"id": f"{language}-work-{number}", "text": text, "kind": "translation", "work": work}
                 for number, (text, work) in enumerate(works)]
    source.shuffle(made)
    with open(options.set, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in made)
    print(f"{options.set}: {len(made)} documents")


def script_of(name):
    language = name.split("-")[0]
    return "code" if language == "code" else SCRIPTS.get(language, "Latin")


def check(options):
    with open(options.set, encoding="utf-8", newline="\n") as lines:
        records = [json.loads(line) for line in lines]
    with open(options.removed, encoding="utf-8", newline="\n") as lines:
        removed = {record["id"]: record["representative"] for record in map(json.loads, lines)}
    sets = {record["id"]: shingles(record["text"]) for record in records}
    kinds = {record["id"]: record["kind"] for record in records}
    works = {record["id"]: record["work"] for record in records if "work" in record}
    index = collections.defaultdict(list)
    for name, found in sets.items():
        for shingle in found:
            index[shingle].append(name)
    shared = collections.Counter()
    for names in index.values():
        for i, a in enumerate(names):
            for b in names[i + 1:]:
                shared[a, b] += 1
    similar = lambda a, b: len(sets[a] & sets[b]) / max(1, len(sets[a] | sets[b]))
    tally = collections.defaultdict(lambda: [0, 0, 0, 0])
    for (a, b), count in shared.items():
        if count / (len(sets[a]) + len(sets[b]) - count) >= options.threshold:
            entry = tally[script_of(a)]
            entry[0] += 1
            entry[1] += a in removed or b in removed
    for name, representative in removed.items():
        entry = tally[script_of(name)]
        entry[2] += 1
        entry[3] += similar(name, representative) >= options.threshold
    print("| script | true pairs | found | recall | removed | rightly | precision |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    lowest = 1.0
    for script, (pairs, found, gone, right) in sorted(tally.items()):
        recall, precision = found / max(1, pairs), right / max(1, gone)
        if pairs >= 100:
            lowest = min(lowest, recall, precision)
        print(f"| {script} | {pairs} | {found} | {recall:.4f} | {gone} | {right} | {precision:.4f} |")
    by_kind = collections.Counter(kinds.values())
    lost = collections.Counter(kinds[name] for name in removed)
    print("\n" + ", ".join(f"{kind}: {lost[kind]} of {by_kind[kind]} removed" for kind in ["original", *KINDS, "translation"]))
    language_of = lambda name: name.split("-work-")[0]
    languages = collections.defaultdict(set)
    for name, work in works.items():
        languages[work].add(language_of(name))
    shared_works = {work for work, found in languages.items() if len(found) > 1}
    stray = [name for name, other in removed.items()
             if name in works and works[name] == works.get(other) and language_of(name) != language_of(other)]
    print(f"{sum(works[name] in shared_works for name in works)} documents are translations of another one in "
          f"{len(set.union(set(), *languages.values()))} languages ({len(shared_works)} works): {len(stray)} of them went for "
          "their translation")
    lowest = lowest if not stray else 0.0
    verdict = "ok     " if lowest >= 0.99 else "FAILED "
    print(f"{verdict} {len(records)} documents: lowest of scripts with 100 pairs or more {lowest:.4f}, asked 0.99")
    sys.exit(0 if lowest >= 0.99 else 1)


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    making = commands.add_parser("make")
    making.add_argument("folder")
    making.add_argument("set")
    making.add_argument("--documents", type=int, default=60)
    making.add_argument("--seed", type=int, default=20231123)
    making.set_defaults(run=make)
    checking = commands.add_parser("check")
    checking.add_argument("set")
    checking.add_argument("removed")
    checking.add_argument("--threshold", type=float, default=0.8)
    checking.set_defaults(run=check)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
