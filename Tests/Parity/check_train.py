"""check_train.py XYLEM INPUT.jsonl VOCAB [--pre-tokenizer bloom|gpt2] [--options]

Compares `xylem tokenizer train` with the BpeTrainer of Hugging Face tokenizers on the same documents: the merges must
be the same in the same order, the vocabulary must give every token the same id, the special tokens must be <unk>
<s> </s> <pad> = 0..3, and Hugging Face must open our file and encode with it as with its own. With --options the same is asked of other sets
of options, on the input and on random text, of which pairs overlap and repeat and special tokens are spelled.
"""

import argparse
import itertools
import json
import os
import random

from parity import batches, checking, first_difference, print_versions, scratch, shown, texts, xylem

SPECIAL_TOKENS = ["<unk>", "<s>", "</s>", "<pad>"]
# BLOOM's split, as published in its tokenizer.json: an optional space and a run of anything that is neither white space
# nor one of these marks.
BLOOM_SPLIT = " ?[^(\\s|[.,!?…。，、।۔،])]+"
PROBED_DOCUMENTS = 500
LETTER_TOKENS = ["aa", "aba", "abab", "b", "aab", "caa", "bca", "aaaa"]


def reference_tokenizer(kind):
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    tokenizer = Tokenizer(models.BPE())
    if kind == "bloom":
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(BLOOM_SPLIT), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def merges_of(model):
    """Merges as pairs, whichever of the two ways the file writes them: "a b" or ["a", "b"]."""
    return [tuple(merge.split(" ")) if isinstance(merge, str) else tuple(merge) for merge in model["merges"]]


def random_texts(seed, count):
    """Texts of few letters, white space and marks, with special tokens spelled in them."""
    generator = random.Random(seed)
    letters = ["a", "b", "ab", "aa", "c", "é", "ह", "文", " ", "  ", "\n", ".", "</s>", "<s", "1"]
    return ["".join(generator.choices(letters, k=generator.randint(1, 60))) for _ in range(count)]


# Flags of ours, and what they are called there. Limits of the alphabet are chosen by the caller, away from ties: of
# equally frequent bytes Hugging Face drops some by chance.
def option_sets(alphabet):
    return [
        ("min frequency", ["--min-frequency", "7"], {"min_frequency": 7}),
        ("token length 5", ["--max-token-length", "5"], {"max_token_length": 5}),
        ("token length 2", ["--max-token-length", "2"], {"max_token_length": 2}),
        ("no initial alphabet", ["--initial-alphabet", "none"], {"initial_alphabet": []}),
        ("initial alphabet XYZ", ["--initial-alphabet", "XYZ"], {"initial_alphabet": ["X", "Y", "Z"]}),
        ("limited alphabet", ["--initial-alphabet", "none", "--limit-alphabet", str(alphabet)],
         {"initial_alphabet": [], "limit_alphabet": alphabet}),
        ("special tokens", ["--special-token", "<s>", "--special-token", "ab", "--special-token", "</s>"],
         {"special_tokens": ["<s>", "ab", "</s>"]}),
        # Spelled by merges of several routes: counts of pairs merged before outlive them.
        ("special tokens of letters", [f for token in LETTER_TOKENS for f in ("--special-token", token)],
         {"special_tokens": LETTER_TOKENS}),
    ]


def untied_limit(lines, kind):
    """A size of alphabet between two bytes of different frequency, about three quarters of all."""
    from collections import Counter

    counts = Counter()
    splitter = reference_tokenizer(kind).pre_tokenizer
    for line in lines:
        for piece, _ in splitter.pre_tokenize_str(line):
            counts.update(piece)
    ranked = sorted(counts.values(), reverse=True)
    limits = [n for n in range(1, len(ranked)) if ranked[n - 1] != ranked[n]]
    return min(limits, key=lambda n: abs(n - len(ranked) * 3 // 4)) if limits else len(ranked)


def check_options(checks, options, directory):
    from tokenizers import pre_tokenizers, trainers

    inputs = {"the input": list(itertools.islice(texts([options.input]), 2000)),
              "random text 1": random_texts(1, 1500), "random text 2": random_texts(2, 40)}
    for name, lines in inputs.items():
        source = os.path.join(directory, name.replace(" ", "-") + ".jsonl")
        with open(source, "w", encoding="utf-8") as file:
            file.writelines(json.dumps({"text": line}, ensure_ascii=False) + "\n" for line in lines)
        for number, (label, flags, changes) in enumerate(option_sets(untied_limit(lines, options.pre_tokenizer))):
            path = os.path.join(directory, f"{name.replace(' ', '-')}-{number}.json")
            size = min(options.vocabulary, 2000)
            xylem(options.xylem, "tokenizer", "train", source, "--vocab-size", size, "--output", path,
                  "--pre-tokenizer", options.pre_tokenizer, *flags)
            settings = {"vocab_size": size, "min_frequency": 0, "show_progress": False,
                        "special_tokens": SPECIAL_TOKENS,
                        "initial_alphabet": sorted(pre_tokenizers.ByteLevel.alphabet())}
            theirs = reference_tokenizer(options.pre_tokenizer)
            theirs.train_from_iterator(lines, trainers.BpeTrainer(**(settings | changes)))
            with open(path, encoding="utf-8") as file:
                ours_file = json.load(file)
            theirs_file = json.loads(theirs.to_str())
            same = (merges_of(ours_file["model"]) == merges_of(theirs_file["model"])
                    and ours_file["model"]["vocab"] == theirs_file["model"]["vocab"])
            at = first_difference(merges_of(ours_file["model"]), merges_of(theirs_file["model"]))
            checks.expect(same, f"{label}, {name}: {len(merges_of(theirs_file['model']))} merges and all ids equal",
                          f"first other merge at {at}, {len(ours_file['model']['vocab'])} entries against "
                          f"{len(theirs_file['model']['vocab'])}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xylem")
    parser.add_argument("input")
    parser.add_argument("vocabulary", type=int)
    parser.add_argument("--pre-tokenizer", choices=["bloom", "gpt2"], default="bloom")
    parser.add_argument("--options", action="store_true", help="other sets of options, too")
    options = parser.parse_args()

    with checking() as checks, scratch() as directory:
        print_versions("tokenizers")
        from tokenizers import Tokenizer, pre_tokenizers, trainers

        path = os.path.join(directory, "tokenizer.json")
        xylem(options.xylem, "tokenizer", "train", options.input, "--vocab-size", options.vocabulary,
              "--output", path, "--pre-tokenizer", options.pre_tokenizer)

        theirs = reference_tokenizer(options.pre_tokenizer)
        trainer = trainers.BpeTrainer(
            vocab_size=options.vocabulary, min_frequency=0, show_progress=False, special_tokens=SPECIAL_TOKENS,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
        theirs.train_from_iterator(texts([options.input]), trainer)

        with open(path, encoding="utf-8") as file:
            ours_file = json.load(file)
        theirs_file = json.loads(theirs.to_str())
        our_merges, their_merges = merges_of(ours_file["model"]), merges_of(theirs_file["model"])
        at = first_difference(our_merges, their_merges)
        checks.expect(
            at is None, f"{len(their_merges)} merges equal, in order",
            f"{len(our_merges)} against {len(their_merges)}, first difference at {at}: ours "
            f"{shown(our_merges[at:at + 1] if at is not None else [])}, Hugging Face's "
            f"{shown(their_merges[at:at + 1] if at is not None else [])}")

        our_vocabulary, their_vocabulary = ours_file["model"]["vocab"], theirs_file["model"]["vocab"]
        unlike = [token for token in {**our_vocabulary, **their_vocabulary}
                  if our_vocabulary.get(token) != their_vocabulary.get(token)]
        checks.expect(
            not unlike, f"{len(their_vocabulary)} vocabulary entries equal",
            f"{len(unlike)} differ, such as "
            + shown([(t, our_vocabulary.get(t), their_vocabulary.get(t)) for t in unlike[:3]]))

        ours = Tokenizer.from_file(path)
        found = [ours.token_to_id(token) for token in SPECIAL_TOKENS]
        checks.expect(found == [0, 1, 2, 3], "special tokens are 0..3", f"they are {found}")

        count = different = 0
        for batch in batches(itertools.islice(texts([options.input]), PROBED_DOCUMENTS), 100):
            pairs = zip(ours.encode_batch(batch), theirs.encode_batch(batch))
            different += sum(a.ids != b.ids or a.tokens != b.tokens for a, b in pairs)
            count += len(batch)
        checks.expect(
            different == 0, f"Hugging Face encodes {count} documents with our file as with its own",
            f"{different} of {count} differ")
        if options.options:
            check_options(checks, options, directory)


if __name__ == "__main__":
    main()
