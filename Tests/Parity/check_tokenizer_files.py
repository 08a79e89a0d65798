"""check_tokenizer_files.py XYLEM INPUT.jsonl TOKENIZER.json... [--documents N]

Compares ids with Hugging Face's and tiktoken's over every part of a tokenizer file that Xylem honours, on strings made to
hurt and on documents of INPUT:

  1. added tokens with lstrip, rstrip, single_word, normalized, special in random mixes, overlapping, prefixes of one
     another, with blanks, inside and outside of the vocabulary; add_prefix_space; ignore_merges; unk_token;
     post-processors that add special tokens (which neither side adds); as tokenizer.json and compiled;
  2. each TOKENIZER.json as it is, and exported to a folder that AutoTokenizer loads;
  3. each TOKENIZER.json exported to ranks: read by tiktoken and by Xylem; ranks exported back to tokenizer.json;
  4. a file of ranks that no trainer would make, where several pairs share a rank.

A tokenizer that Xylem refuses is said and is no difference.
"""

import argparse
import base64
import json
import os
import random
import subprocess

from parity import checking, first_difference, open_dataset, print_versions, scratch, shown, texts

BLANKS = [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2009", "\u0085"]
WORDS = ["a", "b", "ab", "x", "é", "_", "中", "1", "़", "🙂", "\u200d", "'s", "-", "</", "s>", "<", ">", "the", "\U00010d40"]
STRIPPED = ("single_word", "lstrip", "rstrip", "normalized", "special")


def byte_alphabet():
    """The string of each byte, as GPT-2's vocabulary spells it."""
    kept = [b for b in range(256) if 0x21 <= b <= 0x7E or 0xA1 <= b <= 0xAC or 0xAE <= b]
    other = [b for b in range(256) if b not in kept]
    return {**{b: chr(b) for b in kept}, **{b: chr(0x100 + i) for i, b in enumerate(other)}}


ALPHABET = byte_alphabet()


def spell(text):
    return "".join(ALPHABET[b] for b in (text if isinstance(text, bytes) else text.encode()))


class Files:
    """Runs xylem on documents in one directory."""

    def __init__(self, program, directory):
        self.program = program
        self.directory = directory
        self.number = 0

    def path(self, name):
        self.number += 1
        return os.path.join(self.directory, f"{self.number}-{name}")

    def run(self, *arguments):
        done = subprocess.run([self.program, "tokenizer", *arguments], capture_output=True, stdin=subprocess.DEVNULL)
        if done.returncode == 78:
            return None, done.stderr.decode("utf-8", "replace").strip()
        if done.returncode != 0:
            raise RuntimeError(f"{arguments[0]} ended with {done.returncode}: {done.stderr.decode()[-400:]}")
        return done.stdout, ""

    def encode(self, documents, *tokenizer):
        """A list of ids a document, or None and the reason of a refusal."""
        source, prefix = self.path("documents.jsonl"), self.path("encoded")
        with open(source, "w") as out:
            for number, text in enumerate(documents):
                # A document without ids has no sequence, so empty ones are left out.
                out.write(json.dumps({"id": number, "text": text}) + "\n")
        done, why = self.run("encode", source, "--output", prefix, "--quiet", *tokenizer)
        if done is None:
            return None, why
        dataset = open_dataset(prefix)
        found = [dataset[i].tolist() for i in range(len(dataset))]
        for ending in (".bin", ".idx"):
            os.remove(prefix + ending)
        os.remove(source)
        return found, ""


def compare(checks, name, ours, theirs, why=""):
    if ours is None:
        print(f"refused {name}: {why[-300:]}")
        return False
    theirs = [ids for ids in theirs if ids]
    if not checks.expect(len(ours) == len(theirs), f"{name}: {len(theirs)} documents", f"ours has {len(ours)}"):
        return False
    for number, (a, b) in enumerate(zip(ours, theirs)):
        at = first_difference(a, b)
        if at is not None:
            return checks.expect(False, name, f"document {number}: ours {shown(a[at:at + 6])}, theirs {shown(b[at:at + 6])}")
    return checks.expect(True, f"{name}: {sum(map(len, theirs))} ids equal")


def random_added(rng):
    """Added tokens that meet, hold and extend one another."""
    pieces = ["<s>", "</s>", "<", "s", "ab", "abc", "b", " ab", "x ", "  ", "é", "中", "<|end|>", "<|end", "\n", "_a", "Ġ"]
    contents = set()
    while len(contents) < rng.randint(1, 7):
        contents.add("".join(rng.choice(pieces) for _ in range(rng.randint(1, 2))))
    return [
        {"content": content, **{flag: rng.random() < 0.4 for flag in STRIPPED}} for content in sorted(contents)
    ]


def tokenizer_json(added, rng):
    """A small tokenizer with the flags of the case."""
    vocab = {ALPHABET[b]: n for n, b in enumerate(range(256)) if rng.random() < 0.98 or b < 128}
    vocab = {token: n for n, token in enumerate(vocab)}
    merges = []
    for left, right in [("a", "b"), ("ab", "c"), ("<", "s"), ("Ġ", "a"), ("Ġ", "Ġ"), ("ab", "ab"), ("s", ">"), ("<", "/")]:
        if left in vocab and right in vocab:
            merges.append([left, right])
            vocab.setdefault(left + right, len(vocab))
    if rng.random() < 0.5:
        vocab.setdefault(spell("the"), len(vocab))
    unknown = "<unk>" if rng.random() < 0.5 else None
    if unknown:
        vocab[unknown] = len(vocab)
    for token in added:
        if rng.random() < 0.3:
            vocab.setdefault(token["content"], len(vocab))
    number = len(vocab)
    numbered = []
    for token in added:
        if token["content"] in vocab:
            numbered.append({"id": vocab[token["content"]], **token})
        else:
            numbered.append({"id": number, **token})
            number += 1
    prefix = rng.random() < 0.4
    level = {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": rng.random() < 0.8}
    post = None
    if rng.random() < 0.5:
        post = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "a", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {"a": {"id": "a", "ids": [0], "tokens": ["a"]}}}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": numbered,
        "normalizer": rng.choice([None, {"type": "Sequence", "normalizers": []}]), "pre_tokenizer": level,
        "post_processor": post,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": unknown, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                  "ignore_merges": rng.random() < 0.5, "vocab": vocab, "merges": merges},
    }


def parts(checks, files, cases):
    """Step 1: random tokenizers, random strings around their added tokens."""
    from tokenizers import Tokenizer

    rng = random.Random(7)
    refused = different = ids = 0
    example = ""
    for case in range(cases):
        added = random_added(rng)
        text = json.dumps(tokenizer_json(added, rng), ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 2]))
        strings = []
        for _ in range(150):
            strings.append("".join(
                rng.choice(rng.choice([BLANKS, WORDS, [token["content"] for token in added]]))
                for _ in range(rng.randint(1, 10))))
        theirs_tokenizer = Tokenizer.from_str(text)
        path = files.path("tokenizer.json")
        with open(path, "w") as out:
            out.write(text)
        compiled = files.path("compiled.xyt")
        done, _ = files.run("export", "--tokenizer", path, "--format", "compiled", "--output", compiled)
        for policy in ("parse", "text"):
            theirs_tokenizer.encode_special_tokens = policy == "text"
            theirs = []
            kept = []
            for string in strings:
                try:
                    found = theirs_tokenizer.encode(string, add_special_tokens=False).ids
                except BaseException:  # overlapping strips make Hugging Face panic: nothing to compare with
                    continue
                if found:
                    theirs.append(found)
                    kept.append(string)
            for ours_tokenizer in [path] + [compiled] * (done is not None):
                ours, why = files.encode(kept, "--tokenizer", ours_tokenizer, "--special-tokens-in-text", policy)
                if ours is None:
                    refused += 1
                    example = example or why
                    continue
                for string, a, b in zip(kept, ours, theirs):
                    ids += len(b)
                    if a != b:
                        different += 1
                        if different < 4:
                            name = os.path.basename(ours_tokenizer)
                            print(f"  case {case} {name} {policy} {shown(string)}: ours {shown(a)}, theirs {shown(b)}; {shown(added, 400)}")
                different += abs(len(ours) - len(theirs))
        os.remove(path)
        if done is not None:
            os.remove(compiled)
    checks.expect(different == 0, f"{cases} random tokenizers, two policies: {ids} ids equal", f"{different} strings differ")
    checks.expect(refused <= cases, f"{refused} refused", example)
    if refused:
        print(f"refused, for example: {example[-300:]}")


def tiktoken_of(path, pattern, special):
    """tiktoken's encoding of a file of ranks."""
    import tiktoken

    with open(path, "rb") as lines:
        ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines)}
    return tiktoken.Encoding("checked", pat_str=pattern, mergeable_ranks=ranks, special_tokens=special)


def whole(checks, files, tokenizer_path, documents):
    """Steps 2 and 3."""
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    name = os.path.basename(tokenizer_path)
    theirs_tokenizer = Tokenizer.from_file(tokenizer_path)
    theirs = [e.ids for e in theirs_tokenizer.encode_batch(documents, add_special_tokens=False)]
    ours, why = files.encode(documents, "--tokenizer", tokenizer_path)
    if not compare(checks, f"{name}, as it is", ours, theirs, why):
        return
    folder = files.path("folder")
    done, why = files.run("export", "--tokenizer", tokenizer_path, "--format", "hf", "--output", folder)
    if checks.expect(done is not None, f"{name} is exported for Hugging Face", why):
        again = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        compare(checks, f"{name}, exported, in tokenizers", ours,
                [e.ids for e in again.encode_batch(documents, add_special_tokens=False)])
        auto = AutoTokenizer.from_pretrained(folder)
        compare(checks, f"{name}, exported, in AutoTokenizer ({type(auto).__name__})", ours,
                auto(documents, add_special_tokens=False)["input_ids"])
    ranks = files.path("ranks.tiktoken")
    done, why = files.run("export", "--tokenizer", tokenizer_path, "--format", "tiktoken", "--output", ranks)
    if done is None:
        print(f"refused {name} as ranks: {why[-300:]}")
        return
    with open(tokenizer_path) as file:
        loaded = json.load(file)
    special = {token["content"]: token["id"] for token in loaded["added_tokens"]}
    steps = loaded["pre_tokenizer"].get("pretokenizers", [])
    patterns = [step["pattern"]["Regex"] for step in steps if step["type"] == "Split"]
    split = patterns[0] if patterns else r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    arguments = ["--tokenizer", ranks, "--pre-tokenizer", split]
    for content, number in special.items():
        arguments += ["--special-token", f"{content}={number}"]
    again, why = files.encode(documents, *arguments)
    compare(checks, f"{name}, exported as ranks, read again", again, ours, why)
    if len(patterns) < 2 and "[^(" not in split:  # tiktoken's engine reads BLOOM's nested bracket in another way
        encoding = tiktoken_of(ranks, split, special)
        compare(checks, f"{name}, exported as ranks, in tiktoken", again,
                [encoding.encode(text, allowed_special="all") for text in documents])
    back = files.path("back.json")
    done, why = files.run("export", *arguments, "--format", "hf", "--output", back)
    if checks.expect(done is not None, f"{name}, ranks are exported back", why):
        compare(checks, f"{name}, exported as ranks and back, in tokenizers", ours,
                [e.ids for e in Tokenizer.from_file(back).encode_batch(documents, add_special_tokens=False)])


def odd_ranks(checks, files, documents, seed, upside_down):
    """Step 4: random tokens in an order no training gives."""
    rng = random.Random(seed)
    tokens = [bytes([b]) for b in range(256)]
    found = set()
    sample = "".join(documents[:200]).encode()
    while len(found) < 1500:
        at = rng.randrange(len(sample) - 12)
        found.add(sample[at:at + rng.randint(2, 9 if rng.random() < 0.2 else 4)])
    for letter in (b"a", b" ", b"ab"):
        found |= {letter * n for n in range(2, 12) if len(letter * n) > 1}
    ordered = sorted(found)
    rng.shuffle(ordered)
    if not upside_down:
        ordered.sort(key=len)
    tokens += ordered
    ranks = files.path("odd.tiktoken")
    with open(ranks, "w") as out:
        for number, token in enumerate(tokens):
            out.write(f"{base64.b64encode(token).decode()} {number + (number > 700) * 5}\n")
    name = f"odd ranks {seed}, {'in any order' if upside_down else 'by length'}"
    split = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    texts_here = documents[:300] + ["".join(rng.choice("ab ") for _ in range(rng.randint(1, 300))) for _ in range(300)]
    encoding = tiktoken_of(ranks, split, {"<|end|>": 100000})
    theirs = [encoding.encode(text, allowed_special="all") for text in texts_here]
    ours, why = files.encode(texts_here, "--tokenizer", ranks, "--pre-tokenizer", "gpt2", "--special-token", "<|end|>=100000")
    compare(checks, name, ours, theirs, why)
    back = files.path("odd.json")
    done, why = files.run("export", "--tokenizer", ranks, "--pre-tokenizer", "gpt2", "--special-token", "<|end|>=100000",
                          "--format", "hf", "--output", back)
    if done is None:
        print(f"refused {name} as tokenizer.json: {why[:200]}")
    else:
        from tokenizers import Tokenizer

        compare(checks, f"{name}, exported, in tokenizers", ours,
                [e.ids for e in Tokenizer.from_file(back).encode_batch(texts_here, add_special_tokens=False)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xylem")
    parser.add_argument("input")
    parser.add_argument("tokenizers", nargs="*")
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--cases", type=int, default=60)
    options = parser.parse_args()

    with checking() as checks, scratch() as directory:
        print_versions("tokenizers", "tiktoken", "transformers")
        files = Files(options.xylem, directory)
        documents = []
        for text in texts([options.input]):
            if text and len(documents) < options.documents:
                documents.append(text)
        documents += ["a<s>b</s> <|endoftext|>\u3000x", "\u00e9\u00e8 </s><s>", "   ", "'S it\u017fs"]
        if options.cases:
            parts(checks, files, options.cases)
        for seed in range(2):
            odd_ranks(checks, files, documents, seed, upside_down=False)
            odd_ranks(checks, files, documents, seed, upside_down=True)
        for tokenizer in options.tokenizers:
            whole(checks, files, tokenizer, documents)


if __name__ == "__main__":
    main()
