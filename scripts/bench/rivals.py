"""One job of one rival in a process of its own; prints one JSON object with its seconds.

  rivals.py encode  NAME TOKENIZER.json INPUT.jsonl [--passes N] [--ids FILE]
  rivals.py train   NAME INPUT VOCABULARY --split bloom|gpt2 [--merges FILE]
  rivals.py dataset NAME TOKENIZER.json INPUT.jsonl PREFIX

`encode`: fastokens, kitoken, tiktoken, huggingface, gigatoken. Texts lie in memory and the tokenizer is loaded before
the clock starts; each library is called as it is fastest for whole corpora, and told to parse special tokens in text,
as Hugging Face does. --ids writes what it gave: for each document the number of ids, then the ids (uint32).
`train`: huggingface, rustbpe (INPUT is .jsonl, read while it trains), gigabpe (INPUT is a file of lines).
`dataset`: megatron, which does what Megatron-LM's tools/preprocess_data.py does: a pool of one process that parses
lines and tokenizes with transformers, and IndexedDatasetBuilder in the parent; imports are not counted.
"""

import argparse
import json
import os
import resource
import sys
import time

BATCH = 1000
SPECIAL_TOKENS = ["<unk>", "<s>", "</s>", "<pad>"]
# The characters that BLOOM's published split cuts at, as the inside of a class.
BLOOM_MARKS = "()|\\s.,!?…。，、।۔،"
BLOOM_SPLIT = " ?[^(\\s|[.,!?…。，、।۔،])]+"
# For engines that only find matches, the gaps between them are spelled out: marks up to the place where the next match
# may begin (it takes one space with it), or to the end.
BLOOM_FIND_ALL = f" ?[^{BLOOM_MARKS}]+|[{BLOOM_MARKS}]+(?= [^{BLOOM_MARKS}])|[{BLOOM_MARKS}]+"
GPT2_SPLIT = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


class Clock:
    """Seconds of CPU of this process and of the children that it has waited for, and of the wall."""

    def __enter__(self):
        self.started = self.now()
        return self

    def __exit__(self, *_):
        self.cpu, self.wall = (b - a for a, b in zip(self.started, self.now()))

    @staticmethod
    def now():
        uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(use.ru_utime + use.ru_stime for use in uses), time.perf_counter()

    @property
    def seconds(self):
        return {"cpu_seconds": self.cpu, "wall_seconds": self.wall}


def peak_bytes():
    """Peak resident memory; a child's peak is added, as both lived at once."""
    return 1024 * sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def version(package):
    from importlib.metadata import version as installed

    return installed(package)


def load_texts(path):
    import orjson

    with open(path, "rb") as lines:
        return [orjson.loads(line)["text"] for line in lines if line.strip()]


def split_kind(tokenizer):
    """bloom or gpt2, from the pre-tokenizer of a tokenizer.json."""
    return "gpt2" if tokenizer["pre_tokenizer"]["type"] == "ByteLevel" else "bloom"


def byte_of_character():
    """The published byte alphabet: printable Latin-1 stands for itself, the other bytes for U+0100 and on."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + n): byte for n, byte in enumerate(others)}


def tiktoken_of(path):
    import tiktoken

    with open(path, encoding="utf-8") as file:
        tokenizer = json.load(file)
    special = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    byte = byte_of_character()
    ranks = {bytes(byte[c] for c in token): rank for token, rank in tokenizer["model"]["vocab"].items()
             if token not in special}
    pattern = GPT2_SPLIT if split_kind(tokenizer) == "gpt2" else BLOOM_FIND_ALL
    return tiktoken.Encoding("raced", pat_str=pattern, mergeable_ranks=ranks, special_tokens=special)


def encoder(name, path):
    """(package, function from a list of texts to something, function from that to a list of id arrays)."""
    if name == "huggingface":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(path)
        return "tokenizers", lambda texts: tokenizer.encode_batch_fast(texts, add_special_tokens=False), \
            lambda found: [encoding.ids for encoding in found]
    if name == "fastokens":
        import fastokens
        import numpy

        tokenizer = fastokens.Tokenizer.from_file(path)

        def arrays(found):
            ids, offsets = numpy.frombuffer(found[0], numpy.uint32), numpy.frombuffer(found[1], numpy.uint64)
            return [ids[a:b] for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist())]

        return "fastokens", tokenizer.encode_batch_flat, arrays
    if name == "kitoken":
        import kitoken

        tokenizer = kitoken.Kitoken.from_tokenizers_file(path)
        return "kitoken", lambda texts: tokenizer.encode_all(texts, True), list
    if name == "tiktoken":
        tokenizer = tiktoken_of(path)
        return "tiktoken", lambda texts: tokenizer.encode_batch(texts, num_threads=1, allowed_special="all"), list
    if name == "gigatoken":
        import gigatoken

        tokenizer = gigatoken.Tokenizer(path)
        return "gigatoken", lambda texts: tokenizer.encode_batch(texts, parallel=False), list
    raise SystemExit(f"no rival called {name} encodes")


def encode(options):
    import numpy

    texts = load_texts(options.input)
    size = sum(len(text.encode()) for text in texts)
    with Clock() as loading:
        package, work, arrays = encoder(options.name, options.tokenizer)
    # gigatoken is fastest with one call; the others with batches of a size that the caches like.
    step = len(texts) if options.name == "gigatoken" else BATCH
    batches = [texts[first:first + step] for first in range(0, len(texts), step)]
    passes = []
    for _ in range(options.passes):
        with Clock() as clock:
            for batch in batches:
                work(batch)
        passes.append(clock.seconds)
    answer = {"passes": passes, "loading": loading.seconds, "bytes": size, "documents": len(texts),
              "peak_memory_bytes": peak_bytes(), "version": version(package)}
    if options.ids:
        with open(options.ids, "wb") as out:
            for batch in batches:
                for ids in arrays(work(batch)):
                    array = numpy.asarray(ids, dtype=numpy.uint32)
                    out.write(numpy.uint32(len(array)).tobytes() + array.tobytes())
    return answer


def streamed(path):
    import orjson

    with open(path, "rb") as lines:
        for line in lines:
            if line.strip():
                yield orjson.loads(line)["text"]


def train(options):
    size = options.vocabulary
    if options.name == "huggingface":
        from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
        if options.split == "bloom":
            tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
                pre_tokenizers.Split(Regex(BLOOM_SPLIT), behavior="isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
        trainer = trainers.BpeTrainer(
            vocab_size=size, min_frequency=0, show_progress=False, special_tokens=SPECIAL_TOKENS,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
        with Clock() as clock:
            tokenizer.train_from_iterator(streamed(options.input), trainer)
        package, learned = "tokenizers", lambda: json.loads(tokenizer.to_str())["model"]["merges"]
    elif options.name == "gigabpe":
        import gigabpe

        with Clock() as clock:
            _, merges = gigabpe.train_bpe(
                [options.input], size, special_tokens=SPECIAL_TOKENS, min_frequency=0, pretokenizer="bytelevel",
                threads=1)
        package, learned = "gigabpe", lambda: merges
    elif options.name == "rustbpe":
        import rustbpe

        tokenizer = rustbpe.Tokenizer()
        pattern = GPT2_SPLIT if options.split == "gpt2" else BLOOM_FIND_ALL
        with Clock() as clock:
            tokenizer.train_from_iterator(streamed(options.input), size - len(SPECIAL_TOKENS), pattern=pattern)
        package = "rustbpe"

        # It gives tokens, not merges: the spelling of each, in the order in which they were learned.
        def learned():
            character = {byte: char for char, byte in byte_of_character().items()}
            ranks = sorted(tokenizer.get_mergeable_ranks(), key=lambda pair: pair[1])
            return ["".join(character[b] for b in bytes(token)) for token, _ in ranks][256:]
    else:
        raise SystemExit(f"no rival called {options.name} trains")
    peak = peak_bytes()
    if options.merges:
        with open(options.merges, "w", encoding="utf-8") as file:
            json.dump(learned(), file)
    return {"passes": [clock.seconds], "peak_memory_bytes": peak, "version": version(package)}


class MegatronEncoder:
    """What a worker of the pool holds: the tokenizer as Megatron's HuggingFaceTokenizer wraps it."""

    tokenizer = None

    @classmethod
    def start(cls, path):
        from transformers import PreTrainedTokenizerFast

        cls.tokenizer = PreTrainedTokenizerFast(tokenizer_file=path, eos_token="</s>")

    @classmethod
    def encode(cls, line):
        ids = cls.tokenizer(json.loads(line)["text"]).input_ids
        return ids + [cls.tokenizer.eos_token_id] if ids else ids


def dataset(options):
    if options.name != "megatron":
        raise SystemExit(f"no rival called {options.name} makes datasets")
    import multiprocessing

    import transformers  # noqa: F401  (imported before the clock starts, for the forked workers too)
    from megatron.core.datasets.indexed_dataset import DType, IndexedDatasetBuilder
    from tokenizers import Tokenizer

    vocabulary = Tokenizer.from_file(options.tokenizer).get_vocab_size()
    with Clock() as clock:
        builder = IndexedDatasetBuilder(options.prefix + ".bin", dtype=DType.optimal_dtype(vocabulary))
        pool = multiprocessing.get_context("fork").Pool(1, MegatronEncoder.start, (options.tokenizer,))
        with open(options.input, encoding="utf-8", newline="\n") as lines:
            for ids in pool.imap(MegatronEncoder.encode, lines, 32):
                if ids:
                    builder.add_document(ids, [len(ids)])
        builder.finalize(options.prefix + ".idx")
        pool.close()
        pool.join()
    return {"passes": [clock.seconds], "peak_memory_bytes": peak_bytes(), "version": version("megatron-core")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(dest="job", required=True)
    job = jobs.add_parser("encode")
    for name in ("name", "tokenizer", "input"):
        job.add_argument(name)
    job.add_argument("--passes", type=int, default=2)
    job.add_argument("--ids")
    job = jobs.add_parser("train")
    for name in ("name", "input"):
        job.add_argument(name)
    job.add_argument("vocabulary", type=int)
    job.add_argument("--split", choices=["bloom", "gpt2"], default="bloom")
    job.add_argument("--merges")
    job = jobs.add_parser("dataset")
    for name in ("name", "tokenizer", "input", "prefix"):
        job.add_argument(name)
    options = parser.parse_args()
    # Libraries print and warn; the last line of standard output is the answer.
    answer = {"encode": encode, "train": train, "dataset": dataset}[options.job](options)
    sys.stdout.flush()
    print("\n" + json.dumps(answer), flush=True)


if __name__ == "__main__":
    for name in ("RAYON_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    main()
