"""check_encode.py XYLEM TOKENIZER.json INPUT...

Compares `xylem tokenizer encode` with Hugging Face tokenizers, document by document, on .jsonl, .jsonl.gz and
.jsonl.zst inputs. Our dataset is read with Megatron's own IndexedDataset. Special tokens that a text spells are
parsed, as Hugging Face does by default; a document without ids has no sequence. The token type must be the one
Megatron would choose. The same tokenizer, compiled, must give the same dataset.
"""

import argparse
import filecmp
import os

from parity import batches, checking, first_difference, open_dataset, print_versions, scratch, shown, texts, xylem


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xylem")
    parser.add_argument("tokenizer")
    parser.add_argument("inputs", nargs="+")
    options = parser.parse_args()

    with checking() as checks, scratch() as directory:
        print_versions("tokenizers", "megatron-core", "numpy")
        from megatron.core.datasets.indexed_dataset import DType
        from tokenizers import Tokenizer

        prefix = os.path.join(directory, "encoded")
        xylem(options.xylem, "tokenizer", "encode", *options.inputs, "--tokenizer", options.tokenizer,
              "--output", prefix)
        tokenizer = Tokenizer.from_file(options.tokenizer)
        dataset = open_dataset(prefix)

        wanted = DType.optimal_dtype(tokenizer.get_vocab_size())
        checks.expect(
            dataset.index.dtype is wanted, f"the token type is {wanted.__name__}",
            f"it is {dataset.index.dtype.__name__}")

        document = sequence = tokens = different = 0
        example = ""
        for batch in batches(texts(options.inputs), 500):
            for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
                document += 1
                if not encoding.ids:
                    continue
                ours = dataset[sequence].tolist() if sequence < len(dataset) else []
                at = first_difference(ours, encoding.ids)
                if at is not None:
                    different += 1
                    example = example or (
                        f"document {document} (from 1) at token {at}: ours {shown(ours[at:at + 4])}, "
                        f"Hugging Face's {shown(encoding.ids[at:at + 4])}")
                tokens += len(encoding.ids)
                sequence += 1
        checks.expect(
            len(dataset) == sequence, f"{sequence} sequences of {document} documents",
            f"the dataset has {len(dataset)} sequences, Hugging Face gives ids to {sequence} documents")
        checks.expect(
            different == 0, f"{tokens} ids of {sequence} documents equal", f"{different} documents differ; {example}")
        boundaries = dataset.document_indices.tolist()
        checks.expect(boundaries == list(range(len(dataset) + 1)), "every sequence is one document")

        compiled, again = os.path.join(directory, "compiled.xyt"), os.path.join(directory, "again")
        xylem(options.xylem, "tokenizer", "export", "--tokenizer", options.tokenizer, "--format", "compiled", "--output",
              compiled)
        xylem(options.xylem, "tokenizer", "encode", *options.inputs, "--tokenizer", compiled, "--output", again)
        same = all(filecmp.cmp(prefix + ending, again + ending, shallow=False) for ending in (".bin", ".idx"))
        checks.expect(same, "the compiled tokenizer gives the same bytes")


if __name__ == "__main__":
    main()
