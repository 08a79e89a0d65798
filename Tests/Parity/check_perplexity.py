#!/usr/bin/env python3
"""Holds sums of log10 probabilities and perplexities of `xylem language perplexity` against KenLM's own.

    check_perplexity.py XYLEM FILE.jsonl... [--documents 2000] [--random 20000]

Needs kenlm (0.3.0 was used) and zstandard. Models: n-grams of words of orders 2 to 5 (KenLM takes no other) counted from the files here, with weights drawn
at random, written plain, gzip and zstd; and models of characters that `language train-perplexity` makes of the files, given to
KenLM as they are. Texts: documents of the files, and random sentences of the model's words, of unknown ones and of
letters. Words are those between white space, as KenLM's Python module cuts them; perplexity is CCNet's, a sentence a line.
KenLM gives the logarithm of each token in 32 bits, and these are added here in 64 (its own `score` adds in 32 bits, and is
off by some thousandths after 300 tokens); a sum may differ by 2e-6 for each of its tokens. Exits 1 at the first difference
beyond that.

No probability of a random model is above 1, with any back-off: where a b c is an n-gram and b c is none, KenLM stores
P(c | b) in advance, and without the sign of its logarithm, so that 0.03 becomes -0.03.
"""
import argparse, collections, glob, gzip, json, math, os, random, subprocess, sys, tempfile, unicodedata

import kenlm
import zstandard


def write(path, text):
    data = text.encode()
    if path.endswith(".gz"):
        data = gzip.compress(data)
    elif path.endswith(".zst"):
        data = zstandard.compress(data)
    with open(path, "wb") as file:
        file.write(data)


def random_model(texts, order, rng):
    """An ARPA file whose n-grams are those of the texts, a share of them left out, with random weights."""
    greatest_backoff = 0.2
    counts = [collections.Counter() for _ in range(order)]
    for text in texts:
        for line in text.split("\n"):
            words = line.split()
            if not words:
                continue
            words = ["<s>", *words, "</s>"]
            for length in range(1, order + 1):
                for at in range(len(words) - length + 1):
                    counts[length - 1][tuple(words[at:at + length])] += 1
    levels = [sorted({gram for gram, count in counts[0].items() if count > 1} | {("<s>",), ("</s>",), ("<unk>",)})]
    for length in range(2, order + 1):
        # KenLM asks for the context of every n-gram, and fills in the n-grams that one without them ends in.
        below = set(levels[-1])
        levels.append(sorted(gram for gram in counts[length - 1]
                             if gram[:-1] in below and (gram[-1],) in counts[0] and counts[0][gram[-1:]] > 1
                             and rng.random() < 0.7))
    lines = ["\\data\\", *(f"ngram {length + 1}={len(grams)}" for length, grams in enumerate(levels))]
    for index, grams in enumerate(levels):
        # With the weights of all contexts it may be backed off to from, order - length of them, it is still 0 or less.
        least = max(0.01, greatest_backoff * (order - index - 1))
        lines += ["", f"\\{index + 1}-grams:"]
        for gram in grams:
            weight = "" if index + 1 == order or gram[-1] == "</s>" else f"\t{rng.uniform(-1.5, greatest_backoff):.6f}"
            lines.append(f"{-rng.uniform(least, 6):.6f}\t{' '.join(gram)}{weight}")
    return "\n".join([*lines, "", "\\end\\", ""])


def random_texts(vocabulary, count, rng):
    letters = "abcdefghijklmnopqrstuvwxyzéàßñ中文字的是กขаб0123456789"
    for _ in range(count):
        words = []
        for _ in range(rng.randint(1, 30)):
            if rng.random() < 0.85:
                words.append(rng.choice(vocabulary))
            else:
                words.append("".join(rng.choice(letters) for _ in range(rng.randint(1, 8))))
        yield " ".join(words)


def ours(xylem, model, texts, work):
    path = os.path.join(work, "texts.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            file.write(json.dumps({"id": str(number), "text": text}, ensure_ascii=False) + "\n")
    run = subprocess.run([xylem, "language", "perplexity", path, "--model", model, "--json", "--quiet"],
                         capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def tokens_of(line, characters):
    if not characters:
        return line.split()
    # As docs/cleaning.md says: lower-cased one by one, numbers as 0, white space as one token.
    folded = []
    for c in " ".join(line.split()):
        folded.append("▁" if c == " " else "0" if unicodedata.category(c)[0] == "N" else c.lower()[0])
    return folded


def compare(title, model, texts, answers, characters):
    settings = kenlm.Config()
    settings.show_progress = False
    reference = kenlm.Model(model, settings)
    worst = 0.0
    for text, answer in zip(texts, answers, strict=True):
        total, length = 0.0, 0
        for line in text.split("\n"):
            tokens = tokens_of(line, characters)
            if tokens:
                total += math.fsum(p for p, _, _ in reference.full_scores(" ".join(tokens)))
                length += len(tokens) + 1
        difference = abs(total - answer["log10"])
        if length != answer["tokens"] or difference > 2e-6 * length:
            print(f"FAILED  {title}: {total} and {length} tokens by KenLM, {answer['log10']} and {answer['tokens']} here: "
                  f"{text[:200]!r}")
            sys.exit(1)
        if length:
            worst = max(worst, difference / length)
            expected = 10 ** min(30, max(0, -total / length))
            if abs(answer["perplexity"] / expected - 1) > 1e-4:
                print(f"FAILED  {title}: perplexity {expected} by KenLM's sum, {answer['perplexity']} here")
                sys.exit(1)
    print(f"ok      {title}: {len(texts)} texts, largest difference {worst:.1e} a token")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("xylem")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--random", type=int, default=20000)
    options = parser.parse_args()
    rng = random.Random(11)
    by_language = {}
    for path in options.files:
        for line in open(path, encoding="utf-8", errors="replace", newline="\n"):
            try:
                record = json.loads(line)
                language, text = record["lang"], record["text"]
            except (ValueError, KeyError, TypeError):
                continue
            if isinstance(text, str) and isinstance(language, str) and text.strip():
                by_language.setdefault(language, []).append(text)
    with tempfile.TemporaryDirectory() as work:
        # What the program scores is the normal form of a text; ask for it, so that KenLM sees the same.
        def normal(texts):
            path = os.path.join(work, "raw.jsonl")
            with open(path, "w", encoding="utf-8") as file:
                for number, text in enumerate(texts):
                    file.write(json.dumps({"id": str(number), "text": text, "lang": "und"}, ensure_ascii=False) + "\n")
            out = os.path.join(work, f"clean-{rng.random()}")
            subprocess.run([options.xylem, "run", os.path.join(work, "normalize.yaml"), "--input", path, "--output", out, "--quiet"],
                           check=True, capture_output=True)
            found = {}
            for part in glob.glob(out + "/prepared/*/*.zst"):
                stream = zstandard.ZstdDecompressor().stream_reader(open(part, "rb"), read_across_frames=True)
                for line in stream.read().decode().splitlines():
                    record = json.loads(line)
                    found[int(record["id"])] = record["text"]
            return [found[number] for number in sorted(found)]

        with open(os.path.join(work, "normalize.yaml"), "w") as file:
            file.write("name: n\ninput: [{paths: [x]}]\noutput: x\nprocess: [{normalize: {form: nfc}}]\n")
        share = max(1, options.documents // max(1, len(by_language)))
        real = normal([text for texts in by_language.values() for text in texts[:share]])
        vocabulary = sorted({word for text in real[:2000] for word in text.split()})
        for order, ending in zip(range(2, 6), (".gz", "", ".zst", ".zst")):
            plain = os.path.join(work, f"{order}.arpa")
            text = random_model(real[:500], order, rng)
            write(plain, text)
            model = plain + ending
            write(model, text)
            for title, texts in (("documents", real), ("random sentences", list(random_texts(vocabulary, options.random // 4, rng)))):
                compare(f"{order}-grams of words{ending}, {title}", plain, texts, ours(options.xylem, model, texts, work), False)
        models = os.path.join(work, "models")
        subprocess.run([options.xylem, "language", "train-perplexity", *options.files, "--output", models, "--quiet",
                        "--maximum-bad-ratio", "1"], check=True, capture_output=True)
        for language in ("fr", "sw", "hi", "zhs", "ar", "vi"):
            packed = os.path.join(models, f"{language}.arpa.zst")
            if language not in by_language or not os.path.exists(packed):
                continue
            plain = os.path.join(work, f"{language}.arpa")
            with open(packed, "rb") as source, open(plain, "wb") as target:
                zstandard.ZstdDecompressor().copy_stream(source, target)
            texts = normal(by_language[language][:200])
            compare(f"characters of {language}", plain, texts, ours(options.xylem, packed, texts, work), True)


if __name__ == "__main__":
    main()
