"""check_train.py XYLEM INPUT.jsonl VOCAB [--pre-tokenizer bloom|gpt2]

Compares `xylem tokenizer train` with the BpeTrainer of Hugging Face tokenizers on the same documents: the merges must
be the same in the same order, the vocabulary must give every token the same id, the special tokens must be <unk>
<s> </s> <pad> = 0..3, and Hugging Face must open our file and encode with it as with its own.
"""

import argparse
import itertools
import json
import os

from parity import batches, checking, first_difference, print_versions, scratch, shown, texts, xylem

SPECIAL_TOKENS = ["<unk>", "<s>", "</s>", "<pad>"]
# BLOOM's split, as published in its tokenizer.json: an optional space and a run of anything that is neither white space
# nor one of these marks.
BLOOM_SPLIT = " ?[^(\\s|[.,!?…。，、।۔،])]+"
PROBED_DOCUMENTS = 500


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xylem")
    parser.add_argument("input")
    parser.add_argument("vocabulary", type=int)
    parser.add_argument("--pre-tokenizer", choices=["bloom", "gpt2"], default="bloom")
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


if __name__ == "__main__":
    main()
