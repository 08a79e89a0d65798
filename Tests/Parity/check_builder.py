"""check_builder.py XYLEM TOKENIZER.json INPUT...

Our .bin and .idx against those that Megatron's own IndexedDatasetBuilder writes from Hugging Face's ids of the same
documents: byte by byte, with and without an end-of-document token, with one worker and with two.
"""

import argparse
import os

from parity import batches, checking, print_versions, scratch, texts, xylem


def build(tokenizer, paths, prefix, end):
    """Megatron's way: a document of one sequence for every text that has ids. Gives the number of them back."""
    from megatron.core.datasets.indexed_dataset import DType, IndexedDatasetBuilder

    builder = IndexedDatasetBuilder(prefix + ".bin", dtype=DType.optimal_dtype(tokenizer.get_vocab_size()))
    count = 0
    for batch in batches(texts(paths), 500):
        for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
            if encoding.ids:
                ids = encoding.ids + ([end] if end is not None else [])
                builder.add_document(ids, [len(ids)])
                count += 1
    builder.finalize(prefix + ".idx")
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xylem")
    parser.add_argument("tokenizer")
    parser.add_argument("inputs", nargs="+")
    options = parser.parse_args()

    with checking() as checks, scratch() as directory:
        print_versions("tokenizers", "megatron-core", "numpy")
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(options.tokenizer)
        ends = (tokenizer.token_to_id(token) for token in ("</s>", "<|endoftext|>"))
        end = next((identity for identity in ends if identity is not None), None)
        theirs = os.path.join(directory, "theirs")
        for name, flags, identity in [("no end of document", [], None), ("--append-eod", ["--append-eod"], end)]:
            if flags and end is None:
                continue
            documents = build(tokenizer, options.inputs, theirs, identity)
            for workers in (1, 2):
                ours = os.path.join(directory, f"ours-{name}-{workers}")
                xylem(options.xylem, "tokenizer", "encode", *options.inputs, "--tokenizer", options.tokenizer,
                      "--output", ours, "--workers", workers, *flags)
                for kind in (".bin", ".idx"):
                    with open(ours + kind, "rb") as a, open(theirs + kind, "rb") as b:
                        x, y = a.read(), b.read()
                    checks.expect(
                        x == y, f"{kind}, {name}, --workers {workers}: {documents} documents, {len(y)} bytes equal",
                        f"{len(x)} bytes against {len(y)}")


if __name__ == "__main__":
    main()
