#!/usr/bin/env python3
"""Holds the filters' values and verdicts against datatrove's own filters on real documents.

    check_filters.py XYLEM CORPUS [--documents 10000] [--languages pipelines/languages]

CORPUS is a directory of <language>.jsonl[.zst] files. Needs datatrove (0.10.1 was used), regex, PyYAML and zstandard. Words are
the question that the two answer differently (datatrove asks spaCy or ICU, we cut at white space and at marks), so
datatrove is handed our words, and its sentence splitter our rule; everything else is its own code. What then differs is
counted under a name and explained below; a difference without an explanation fails.
"""
import argparse, collections, glob, io, json, os, re, struct, subprocess, sys, tempfile, unicodedata

import numpy as np
import yaml
import zstandard

import datatrove.pipeline.filters.c4_filters as c4
import datatrove.pipeline.filters.fineweb_quality_filter as fineweb
import datatrove.pipeline.filters.gopher_quality_filter as quality
import datatrove.pipeline.filters.gopher_repetition_filter as repetition
from datatrove.data import Document

# Every limit that can be set without dropping anything, so that each value is measured and each document kept.
LIMITS = {
    "minimum_characters": 0, "maximum_mean_line_length": 1_000_000_000, "minimum_alphanumeric_ratio": 0,
    "minimum_token_length_deviation": 0, "minimum_word_count": 0, "minimum_mean_word_length": 0,
    "minimum_alphabetic_word_ratio": 0, "minimum_distinct_stop_words": 0, "maximum_bullet_line_ratio": 1,
    "maximum_ellipsis_line_ratio": 1, "maximum_duplicate_line_ratio": 1, "maximum_duplicate_line_character_ratio": 1,
    "maximum_duplicate_paragraph_ratio": 1, "maximum_duplicate_paragraph_character_ratio": 1,
    "maximum_newline_ratio": 1_000_000, "minimum_sentence_count": 0, "maximum_curly_brackets": 1_000_000_000,
    "maximum_lorem_ipsum": 1_000_000_000, "minimum_terminated_line_ratio": 0, "maximum_short_line_ratio": 1,
    "maximum_line_duplication_ratio": 1, "maximum_hash_ratio": 1_000_000, "maximum_ellipsis_ratio": 1_000_000,
    **{f"maximum_top_{n}_gram_ratio": 1_000_000 for n in (2, 3, 4)},
    **{f"maximum_duplicate_{n}_gram_ratio": 1 for n in range(5, 11)},
}

EXPLAINED = {
    "word of marks": "a word without a letter but with a combining mark (a tone mark alone, a mark on a figure) is alphabetic "
                     "for us and not for Python's isalpha",
    "joined n-gram": "datatrove joins the words of a duplicate n-gram without spaces, so 'ab c' equals 'a bc'; we compare "
                     "words",
}

CLOSERS = set("!\"').?]}»’”」』。！）？")


def word_like(c):
    return unicodedata.category(c)[0] in "LMN"


def lower(c):
    low = c.lower()
    return low if len(low) == 1 else "i" if c == "\u0130" else c


def words_of(text):
    """Our words: cut at white space, marks taken off both ends, lower case by simple mapping."""
    words = []
    for token in text.split():
        start, end = 0, len(token)
        while start < end and not word_like(token[start]):
            start += 1
        while end > start and not word_like(token[end - 1]):
            end -= 1
        if start < end:
            words.append("".join(map(lower, token[start:end])))
    return words


def sentences_of(text, ends):
    """Our sentences, as SentenceCountFilter describes them."""
    count = 0
    for line in text.split("\n"):
        content = may_end = wide = False
        for c in line:
            space = c.isspace()
            if may_end:
                if space:
                    count, content, may_end = count + 1, False, False
                elif c not in CLOSERS:
                    if wide:
                        count, content = count + 1, False
                    may_end = False
            if not space:
                content = True
                if c in ends:
                    may_end, wide = True, ord(c) >= 0x80
        if content:
            count += 1
    return count


def blocks(path):
    data = io.BytesIO(zstandard.ZstdDecompressor().stream_reader(open(path, "rb"), read_across_frames=True).read())
    while True:
        magic = data.read(8)
        if not magic:
            return
        assert magic == b"XYLMVAL1", path
        n, k, r = struct.unpack("<III", data.read(12))
        names = [data.read(data.read(1)[0]).decode() for _ in range(k + r)]
        data.read(8 * n)
        fates = np.frombuffer(data.read(n), np.uint8)
        columns = {name: np.frombuffer(data.read(4 * n), np.float32) for name in names[:k]}
        yield fates, names[k:], columns


def records(path):
    stream = zstandard.ZstdDecompressor().stream_reader(open(path, "rb"), read_across_frames=True)
    for line in io.TextIOWrapper(stream, "utf-8"):
        yield json.loads(line)


def run(xylem, shards, languages, filters, output):
    pipeline = os.path.join(output, "pipeline.yaml")
    with open(pipeline, "w") as file:
        yaml.safe_dump({
            "name": "parity", "input": [{"paths": shards}], "output": os.path.join(output, "run"),
            "languages": languages, "maximum_bad_ratio": 1,
            "process": [{"normalize": {}}, {"identify_language": {"identifier": "record"}}, {"filter": filters}],
        }, file)
    subprocess.run([xylem, "run", pipeline], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return os.path.join(output, "run")


class Check:
    def __init__(self):
        self.compared = collections.Counter()
        self.explained = collections.Counter()
        self.faults = []

    def equal(self, rule, where, ours, theirs, explanation=None):
        self.compared[rule] += 1
        same = ours == theirs if isinstance(ours, (str, bool)) or ours is None else np.float32(theirs) == np.float32(ours)
        if same:
            return
        if explanation:
            self.explained[(rule, explanation)] += 1
        else:
            self.faults.append(f"{rule}: {where}: ours {ours}, datatrove {theirs}")


def reason(verdict):
    return verdict[1] if isinstance(verdict, tuple) else None if verdict else "dropped"


def compare(check, where, text, words, row, stops, filters):
    def value(name):
        return row[name]

    size = len(text)
    paragraphs = re.split(r"\n{2,}", text.strip())
    found = repetition.find_duplicates(paragraphs)
    check.equal("duplicate_paragraph_ratio", where, value("duplicate_paragraph_ratio"), found[0] / len(paragraphs))
    check.equal("duplicate_paragraph_character_ratio", where, value("duplicate_paragraph_character_ratio"), found[1] / size)
    lines = re.split(r"\n+", text)
    found = repetition.find_duplicates(lines)
    check.equal("duplicate_line_ratio", where, value("duplicate_line_ratio"), found[0] / len(lines))
    check.equal("duplicate_line_character_ratio", where, value("duplicate_line_character_ratio"), found[1] / size)
    joined = None
    for n in (2, 3, 4):
        grams = repetition.get_n_grams(words, n)
        theirs = repetition.find_top_duplicate(grams) / size if grams else 0
        check.equal(f"top_{n}_gram_ratio", where, value(f"top_{n}_gram_ratio"), theirs)
    for n in range(5, 11):
        theirs = repetition.find_all_duplicate(words, n) / size
        exact = theirs
        if np.float32(theirs) != np.float32(value(f"duplicate_{n}_gram_ratio")):
            exact = duplicate_with_marks(words, n) / size
        name = f"duplicate_{n}_gram_ratio"
        if exact != theirs:
            check.equal(name + ", words apart", where, value(name), exact)
            joined = "joined n-gram"
        check.equal(name, where, value(name), theirs, "joined n-gram" if exact != theirs else None)
    check.equal("mean_word_length", where, value("mean_word_length"), np.mean([len(w) for w in words]))
    check.equal("word_count", where, value("word_count"), len(words))
    check.equal("hash_ratio", where, value("hash_ratio"), text.count("#") / len(words))
    check.equal("ellipsis_ratio", where, value("ellipsis_ratio"), (text.count("...") + text.count("…")) / len(words))
    alphabetic = sum(any(unicodedata.category(c)[0] in "LM" for c in w) for w in words) / len(words)
    theirs = sum(any(c.isalpha() for c in w) for w in words) / len(words)
    marks = "word of marks" if theirs != alphabetic else None
    if marks:
        check.equal("alphabetic_word_ratio, marks as letters", where, value("alphabetic_word_ratio"), alphabetic)
    check.equal("alphabetic_word_ratio", where, value("alphabetic_word_ratio"), theirs, marks)
    check.equal("distinct_stop_words", where, value("distinct_stop_words"), len(stops.intersection(words)))
    filled = [line for line in text.split("\n") if line.strip() != ""]
    check.equal("line_duplication_ratio", where, value("line_duplication_ratio"),
                repetition.find_duplicates(filled)[1] / len(text.replace("\n", "")))

    # The filters themselves, whole: the first reason of each under its published limits.
    def over(name, limit):
        return np.float32(value(name)) > np.float32(limit)

    def under(name, limit):
        return np.float32(value(name)) < np.float32(limit)

    ours = None
    for name, limit, label in (
            [("duplicate_paragraph_ratio", 0.3, "dup_para_frac"), ("duplicate_paragraph_character_ratio", 0.2, "dup_para_char_frac"),
             ("duplicate_line_ratio", 0.3, "dup_line_frac"), ("duplicate_line_character_ratio", 0.2, "dup_line_char_frac")]
            + [(f"top_{n}_gram_ratio", limit, f"top_{n}_gram") for n, limit in ((2, 0.2), (3, 0.18), (4, 0.16))]
            + [(f"duplicate_{n}_gram_ratio", limit, f"duplicated_{n}_n_grams")
               for n, limit in ((5, .15), (6, .14), (7, .13), (8, .12), (9, .11), (10, .10))]):
        if over(name, limit):
            ours = label
            break
    document = Document(text=text, id=where)
    check.equal("GopherRepetitionFilter", where, ours, reason(filters["repetition"].filter(document)), joined)
    rules = [("word_count", 50, "gopher_short_doc", under), ("word_count", 100000, "gopher_long_doc", over),
             ("mean_word_length", 3, "gopher_below_avg_threshold", under), ("mean_word_length", 10, "gopher_above_avg_threshold", over),
             ("hash_ratio", .1, "gopher_too_many_hashes", over), ("ellipsis_ratio", .1, "gopher_too_many_ellipsis", over),
             ("bullet_line_ratio", .9, "gopher_too_many_bullets", over), ("ellipsis_line_ratio", .3, "gopher_too_many_end_ellipsis", over),
             ("alphabetic_word_ratio", .8, "gopher_below_alpha_threshold", under), ("distinct_stop_words", 2, "gopher_enough_stop_words", under)]
    ours = next((label for name, limit, label, broken in rules if broken(name, limit)), None)
    check.equal("GopherQualityFilter", where, ours, reason(filters["quality"].filter(document)), marks)
    rules = [("terminated_line_ratio", .12, "line_punct_ratio", under), ("short_line_ratio", .67, "short_line_ratio", over),
             ("line_duplication_ratio", .01, "char_dup_ratio", over), ("newline_ratio", .3, "list_ratio", over)]
    ours = next((label for name, limit, label, broken in rules if broken(name, limit)), None)
    check.equal("FineWebQualityFilter", where, ours, reason(filters["fineweb"].filter(document)))


def duplicate_with_marks(words, n):
    """datatrove's find_all_duplicate, but words compared as words."""
    seen, found, index = set(), 0, 0
    while index < len(words) - n + 1:
        gram = tuple(words[index:index + n])
        if gram in seen:
            found += sum(map(len, gram))
            index += n
        else:
            seen.add(gram)
            index += 1
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("xylem")
    parser.add_argument("corpus")
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--languages", default="pipelines/languages")
    options = parser.parse_args()
    languages = {}
    for path in glob.glob(os.path.join(options.languages, "*.yaml")):
        settings = yaml.safe_load(open(path))
        # Chinese words are ICU's: another question than datatrove's.
        if settings.get("word_segmentation") != "icu" and settings["language"] != "code":
            languages[settings["language"]] = settings
    shards = {}
    for code in sorted(languages):
        found = [p for p in glob.glob(os.path.join(options.corpus, code + ".jsonl*"))]
        if found:
            shards[code] = found[0]
    share = -(-options.documents // len(shards))
    check = Check()
    seen = 0
    with tempfile.TemporaryDirectory() as work:
        samples = []
        for code, path in shards.items():
            stream = records(path) if path.endswith(".zst") else map(json.loads, open(path, encoding="utf-8"))
            lines = [r for r in stream if len(r["text"]) < 30_000]
            step = max(1, len(lines) // share)
            name = os.path.join(work, code + ".jsonl")
            with open(name, "w", encoding="utf-8") as file:
                for r in lines[::step][:2 * share]:
                    file.write(json.dumps({"id": r["id"], "text": r["text"], "lang": code}, ensure_ascii=False) + "\n")
            samples.append(name)
        values = run(options.xylem, samples, options.languages, {"preset": "none", **LIMITS}, work)
        for code in shards:
            stops = {"".join(map(lower, w)) for w in map(str, languages[code].get("stop_words", [])) if " " not in w}
            words = []
            for module in (repetition, quality, fineweb):
                module.split_into_words = lambda text, language: words
            filters = {"repetition": repetition.GopherRepetitionFilter(), "fineweb": fineweb.FineWebQualityFilter(),
                       "quality": quality.GopherQualityFilter(stop_words=list(stops))}
            texts = (r for p in sorted(glob.glob(f"{values}/prepared/{code}/*.zst")) for r in records(p))
            for part in sorted(glob.glob(f"{values}/values/{code}/*.values")):
                for fates, reasons, columns in blocks(part):
                    for index, fate in enumerate(fates):
                        if fate:
                            if reasons[fate - 1] != "empty":
                                check.faults.append(f"{code}: a document was dropped for {reasons[fate - 1]}")
                            continue
                        record = next(texts)
                        words[:] = words_of(record["text"])
                        if not words:
                            continue
                        seen += 1
                        compare(check, record["id"], record["text"], words,
                                {name: column[index] for name, column in columns.items()}, stops, filters)
        compare_c4(check, options, samples, work)
    print(f"filters on {seen} documents in {len(shards)} languages")
    for rule, count in sorted(check.compared.items()):
        differ = sum(n for (name, _), n in check.explained.items() if name == rule)
        print(f"  {rule:40} {count:7} compared, {count - differ:7} equal")
    for (rule, why), count in sorted(check.explained.items()):
        print(f"  {rule}: {count} x {why}: {EXPLAINED[why]}")
    for fault in check.faults[:20]:
        print("FAILED  " + fault)
    if check.faults or seen < min(options.documents, 1000) * 0.9:
        print(f"FAILED  {len(check.faults)} differences without an explanation, {seen} documents")
        sys.exit(1)
    print(f"ok      {sum(check.compared.values())} values and verdicts as datatrove's, {seen} documents, "
          f"{sum(check.explained.values())} differences explained")


def compare_c4(check, options, samples, work):
    """C4 changes the text: texts, verdicts and first reasons are compared."""
    from datatrove.utils.text import TERMINAL_PUNCTUATION
    c4.END_PUNCTUATION = tuple(TERMINAL_PUNCTUATION | set("\"'’”»」』"))
    c4.split_into_sentences = lambda text, language: range(sentences_of(text, TERMINAL_PUNCTUATION))
    directory = os.path.join(work, "c4")
    os.mkdir(directory)
    raw = os.path.join(work, "run")
    output = run(options.xylem, samples, options.languages, {"preset": "c4"}, directory)
    ours = {}
    for path in glob.glob(f"{output}/prepared/*/*.zst") + glob.glob(f"{output}/removed/*/*.zst"):
        for record in records(path):
            ours[(record["lang"], record["id"])] = record
    labels = {"too_few_sentences": "too_few_sentences", "curly_brackets": "curly_bracket", "lorem_ipsum": "lorem_ipsum",
              "empty": "too_few_sentences"}
    judge = c4.C4QualityFilter()
    ids = collections.Counter()
    texts = [r for path in sorted(glob.glob(f"{raw}/prepared/*/*.zst")) for r in records(path)]
    for record in texts:
        ids[(record["lang"], record["id"])] += 1
    for record in texts:
        key = (record["lang"], record["id"])
        if ids[key] > 1:
            continue
        document = Document(text=record["text"], id=record["id"])
        theirs = reason(judge.filter(document))
        mine = labels[ours[key]["reason"]] if "reason" in ours[key] else None
        check.equal("C4QualityFilter", record["id"], mine, theirs)
        if mine is None and theirs is None:
            check.equal("C4QualityFilter, text", record["id"], flat(ours[key]["text"]), flat(document.text))


def flat(text):
    """Lines without the white space around them and without empty ones: we keep the empty lines between paragraphs."""
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


if __name__ == "__main__":
    main()
