"""check_pretokenizers.py XYLEM [INPUT.jsonl ...] [--random 100000] [--kinds bloom,gpt2,...]

Compares `xylem tokenizer split` with the pre-tokenizers of Hugging Face tokenizers, piece by piece: on every document of
the inputs, and on random strings made of what the expressions tell apart (contractions with the long s, line ends,
digits of many scripts, marks, unassigned code points, neighbours of class borders). Expressions given by the user go
through another engine than Hugging Face's: they are compared on the random strings, and those that the two engines read
differently must be refused.
"""

import argparse
import json
import os
import random

from parity import checking, first_difference, print_versions, records, scratch, shown, xylem

BLOOM = " ?[^(\\s|[.,!?…。，、।۔،])]+"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
CL100K = CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACES
QWEN2 = CL100K.replace("{1,3}", "")
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
O200K = "|".join([
    r"[^\r\n\p{L}\p{N}]?" + UPPER + "*" + LOWER + "+" + CONTRACTION + "?",
    r"[^\r\n\p{L}\p{N}]?" + UPPER + "+" + LOWER + "*" + CONTRACTION + "?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", SPACES,
])
DEEPSEEK = [
    r"\p{N}{1,3}",
    "[一-龥\u3040-ゟ゠-ヿ]+",
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
    "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
]
KINDS = {"bloom": [BLOOM], "gpt2": [GPT2], "cl100k": [CL100K], "o200k": [O200K], "deepseek": DEEPSEEK}
EXPRESSIONS = [
    QWEN2, "(?:" + CL100K + ")", "(?:" + O200K + ")", r"\w+|\W", r"[^\S\n]+|[\W\d]", r"\p{N}{1,3}+a?", r"[\P{L}a]+", "x*",
    r"(?>\s+)\S|[^\P{Lu}]+\p{^L}", r"a?+a|\p{So}+?|\p{C}", r"\d|.\z", "(?i:[a-z]+)|(?i:k1)",
    r"[\p{L}\p{M}]+(?=\p{N})|[[ab]\-\x{4e00}-\u9fa5]",
]
REFUSED = [
    "^a", "a$", "[a&&b]", r"\bfoo", "(?<=a)b", "(a*)*", "(?i:st)", r"\p{Han}+", "a{2}?", r"\R", r"\h", r"a\Kb",
    "[[:alpha:]]", "(?i:é)", "a**", "[a[^b]]", "[a", "(a", "a)", r"\1", "",
]

POOL = (
    " \u00a0\u3000\u2028\u0085\t\n\r\n  '’sStTmMdDrRvVeElLſaZbǅʰªé中ー・ゟぁ゛゙\u3040あアا\u0301\u0903\u20ddñ١²Ⅷ½0123"
    ".,!?()|/\\-_+=<$€«।…。，\u200d\u200b\ufeff\x00\x1c\x7f\ue000\u0378😀\U00020000\U00016d40\U0001e4d0\U00010d4a龥龦"
)
FRAGMENTS = [
    "'s", "'S", "'ll", "'LL", "'Re", "'ve", "'ſ", "\r\n", "  ", "\n\n", " '", "''", "123", "/\n", "!\n", "aB", "中A",
    "Ab", "!a", " !", "中Ab", "\n \n  a",
]


def random_texts(count):
    source = random.Random(20261123)

    def character():
        kind = source.random()
        if kind < 0.75:
            return source.choice(POOL)
        while True:
            code = source.randrange(0x110000 if kind > 0.92 else 0x3100)
            if not 0xD800 <= code <= 0xDFFF:
                return chr(code)

    for _ in range(count):
        length = source.randrange(1, 40)
        text = "".join(character() if source.random() < 0.8 else source.choice(FRAGMENTS) for _ in range(length))
        yield text * (source.randrange(1, 20) if source.random() < 0.1 else 1)


def reference(expressions):
    from tokenizers import Regex, pre_tokenizers

    steps = [pre_tokenizers.Split(Regex(text), "isolated") for text in expressions]
    return pre_tokenizers.Sequence(steps)


def compare(checks, program, path, kind, expressions, name):
    theirs = reference(expressions)
    lines = xylem(program, "tokenizer", "split", path, "--pre-tokenizer", kind, "--quiet").split(b"\n")
    documents = pieces = 0
    for index, (record, line) in enumerate(zip(records(path), lines)):
        wanted = [piece for piece, _ in theirs.pre_tokenize_str(record["text"])]
        found = json.loads(line)
        documents += 1
        pieces += len(wanted)
        if wanted != found:
            at = first_difference(found, wanted)
            window = slice(max(0, at - 1), at + 2)
            checks.expect(False, name, f"document {index}: {shown(found[window])} for {shown(wanted[window])}")
            return
    checks.expect(documents == len(lines) - 1, f"{name}: {documents} documents, {pieces} pieces",
                  f"{len(lines) - 1} lines for {documents} documents")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xylem")
    parser.add_argument("inputs", nargs="*")
    parser.add_argument("--random", type=int, default=100_000, help="how many random strings")
    parser.add_argument("--kinds", default=",".join(KINDS))
    options = parser.parse_args()

    with checking() as checks, scratch() as directory:
        print_versions("tokenizers")

        def write(count):
            path = os.path.join(directory, f"random-{count}.jsonl")
            with open(path, "w", encoding="utf-8") as out:
                for text in random_texts(count):
                    out.write(json.dumps({"text": text}) + "\n")
            return path

        path, some = write(options.random), write(max(1, options.random // 20))
        for kind in options.kinds.split(","):
            for source in [path] + options.inputs:
                compare(checks, options.xylem, source, kind, KINDS[kind], f"{kind} on {os.path.basename(source)}")
        for text in EXPRESSIONS:
            compare(checks, options.xylem, some, text, [text], f"expression {shown(text, 40)}")
        for text in REFUSED:
            try:
                xylem(options.xylem, "tokenizer", "split", some, f"--pre-tokenizer={text}", "--quiet")
                checks.expect(False, f"refused: {text}", "it was accepted")
            except RuntimeError as error:
                checks.expect("status 78" in str(error), f"refused: {text}", str(error)[:200])


main()
