"""check_run.py XYLEM PIPELINE OUTPUT [--input GLOB]... [--set A.B=C]... [--records N] [--every N]

Runs a pipeline into OUTPUT (or takes OUTPUT as it is when it holds a finished run) and holds the run against itself,
Hugging Face tokenizers and Megatron's reader:
  - the ledger balances, in total and by language, and agrees with the files under removed/ and quarantine/;
  - Megatron's own reader opens every dataset/*.idx;
  - decoded with Hugging Face, the datasets hold the texts of prepared/ without those that removals/evidence.jsonl.zst
    names, in the order of prepared/, and `xylem export` writes the same texts;
  - the ids of every Nth document, and of all that spell a special token, are Hugging Face's, with
    encode_special_tokens=True;
  - blend.txt names every dataset once;
  - runs with --workers 1 and --workers 2 leave identical trees (sha256 of every file in prepared, removed, removals,
    quarantine, tokenizer and dataset), whatever directory they ran in.
"""

import argparse
import collections
import glob
import hashlib
import json
import os

from parity import checking, first_difference, open_dataset, open_lines, print_versions, records, scratch, shown, xylem

COMPARED = ["prepared", "removed", "removals", "quarantine", "tokenizer", "dataset"]
SUFFIX = "_text_document"
# Texts that spell one of these are always compared, not only every Nth.
SPECIAL_TOKENS = ["<unk>", "<s>", "</s>", "<pad>"]


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def files(directory, pattern):
    return sorted(glob.glob(os.path.join(glob.escape(directory), pattern), recursive=True))


def count_lines(paths):
    total = 0
    for path in paths:
        with open_lines(path) as lines:
            total += sum(1 for line in lines if line.strip())
    return total


def check_ledger(checks, run, options):
    """Totals, and what lies in removed/ and quarantine/. Gives the ledger back."""
    ledger = load(os.path.join(run, "ledger.json"))
    read, kept, quarantined = ledger["read"], ledger["kept"], ledger["quarantined"]
    removed = sum(ledger["removed"].values())
    checks.expect(
        read == kept + removed + quarantined,
        f"the ledger balances: read {read} = kept {kept} + removed {removed} + quarantined {quarantined}",
        f"read {read}, kept {kept}, removed {removed}, quarantined {quarantined}")
    checks.expect(ledger.get("balanced") is True, "the ledger says so")
    if options.records is not None:
        checks.expect(read == options.records, f"all {options.records} records were read", f"the ledger read {read}")

    languages = ledger.get("languages", {})
    if languages and all(isinstance(entry.get("kept"), int) for entry in languages.values()):
        by_language = sum(entry["kept"] for entry in languages.values())
        checks.expect(by_language == kept, "the languages' kept sum to the total", f"{by_language} against {kept}")

    in_quarantine = count_lines(files(run, "quarantine/**/*.jsonl*"))
    checks.expect(
        in_quarantine == quarantined, f"quarantine/ holds {quarantined} records", f"it holds {in_quarantine}")
    if not options.removed_sampled:
        for directory in files(run, "removed/*/"):
            reason = os.path.basename(directory.rstrip("/"))
            there = count_lines(files(directory, "**/*.jsonl*"))
            checks.expect(
                there == ledger["removed"].get(reason), f"removed/{reason} holds {there} records",
                f"it holds {there}, the ledger says {ledger['removed'].get(reason)}")
    return ledger


def prepared_records(run, language):
    return [(record.get("id"), record["text"])
            for path in files(run, f"prepared/{glob.escape(language)}/*.jsonl*") for record in records(path)]


def evidence_ids(run):
    """How often each id was removed, and the number of removals; ids may be absent in foreign text."""
    ids = collections.Counter()
    for path in files(run, "removals/evidence.jsonl*"):
        ids.update(record.get("id") for record in records(path))
    return ids


def is_subsequence(part, whole):
    rest = iter(whole)
    return all(any(item == candidate for candidate in rest) for item in part)


def check_datasets(checks, run, ledger, options):
    """Text and ids of every dataset. Gives the decoded texts of each language back."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(os.path.join(run, "tokenizer", "tokenizer.json"))
    tokenizer.encode_special_tokens = True  # a text that spells </s> stays text
    end = tokenizer.token_to_id(options.end_of_document)
    vocabulary = tokenizer.get_vocab_size()
    languages = sorted(os.path.basename(path.rstrip("/")) for path in files(run, "prepared/*/"))
    indices = files(run, "dataset/*.idx")
    checks.expect(bool(indices), "there are datasets")
    unknown = [path for path in indices if os.path.basename(path)[:-len(SUFFIX + ".idx")] not in languages]
    checks.expect(not unknown, "every dataset has its language in prepared/", shown(unknown))

    removed = evidence_ids(run)
    prepared = {language: prepared_records(run, language) for language in languages}
    seen = collections.Counter(identity for rows in prepared.values() for identity, _ in rows)
    # An id says which record was removed only when no other record has it.
    ids_are_plain = all(identity is not None and seen[identity] == 1 for identity in removed)
    if not ids_are_plain:
        print("        (removed ids are not unique: order and number of the texts are compared instead)")

    kept_texts, documents, tokens, compared, different, out_of_range = {}, 0, 0, 0, [], 0
    unopened, unended, unequal = [], [], []
    for language in languages:
        path = os.path.join(run, "dataset", language + SUFFIX)
        decoded = []
        if os.path.exists(path + ".idx"):
            try:
                dataset = open_dataset(path)
            except Exception as error:  # Megatron's reader asserts, or fails to map the file
                unopened.append(f"{language}: {type(error).__name__}: {error}")
                continue
            for position in range(len(dataset)):
                ids = dataset[position].tolist()
                tokens += len(ids)
                out_of_range += sum(not 0 <= identity < vocabulary for identity in ids)
                if not options.no_end_of_document:
                    if not ids or ids.pop() != end:
                        unended.append(f"{language} {position}")
                text = tokenizer.decode(ids, skip_special_tokens=False)
                decoded.append(text)
                if documents % options.every == 0 or any(token in text for token in SPECIAL_TOKENS):
                    compared += 1
                    at = first_difference(ids, tokenizer.encode(text, add_special_tokens=False).ids)
                    if at is not None:
                        different.append(f"{language} {position} at token {at}")
                documents += 1
        kept_texts[language] = decoded

        rows = [(identity, text) for identity, text in prepared[language] if text]
        if ids_are_plain:
            expected = [text for identity, text in rows if identity not in removed]
            at = first_difference(decoded, expected)
            if at is not None:
                unequal.append(f"{language}: {len(decoded)} documents against {len(expected)}, first at {at}")
        elif not is_subsequence(decoded, [text for _, text in rows]):
            unequal.append(f"{language}: not the texts of prepared/ in their order")
        entry = ledger.get("languages", {}).get(language, {})
        if isinstance(entry.get("kept"), int) and entry["kept"] != len(decoded):
            unequal.append(f"{language}: {len(decoded)} documents, the ledger kept {entry['kept']}")

    checks.expect(not unopened, f"Megatron's reader opens all {len(indices)} datasets", shown(unopened, 400))
    if not options.no_end_of_document:
        checks.expect(
            not unended, f"every document ends with {options.end_of_document}", f"{len(unended)}: {shown(unended)}")
    checks.expect(out_of_range == 0, f"{tokens} ids are in the vocabulary", f"{out_of_range} are not")
    checks.expect(not unequal, "prepared/ minus removals is the decoded dataset", shown(unequal, 400))
    total = sum(len(rows) for rows in prepared.values())
    checks.expect(
        total == documents + sum(removed.values()), f"{total} prepared = {documents} encoded + removals with evidence",
        f"{sum(removed.values())} removals have evidence")
    checks.expect(
        documents == ledger["kept"], f"the datasets hold the {ledger['kept']} documents kept", f"they hold {documents}")
    checks.expect(
        compared > 0 and not different, f"ids of {compared} documents are Hugging Face's",
        f"{len(different)} differ: {shown(different)}")
    return kept_texts


def check_blend(checks, run):
    """The blend names every dataset that has tokens, once, with a positive weight."""
    with open(os.path.join(run, "dataset", "blend.txt"), encoding="utf-8") as file:
        words = file.read().split()
    weights, prefixes = words[0::2], words[1::2]
    names = sorted(os.path.basename(prefix) for prefix in prefixes)
    there = sorted(os.path.basename(path)[:-4] for path in files(run, "dataset/*.idx")
                   if os.path.getsize(path[:-4] + ".bin"))
    checks.expect(names == there, f"blend.txt names {len(there)} datasets", f"it names {shown(names)}")
    checks.expect(
        len(weights) == len(prefixes) and all(float(weight) > 0 for weight in weights), "its weights are positive")


def check_export(checks, program, run, kept_texts):
    """`xylem export` writes the texts that the datasets decode to."""
    with scratch(beside=run) as directory:
        target = os.path.join(directory, "export")
        xylem(program, "export", run, "--output", target)
        exported = collections.Counter(
            record["text"] for path in files(target, "**/*.jsonl*") for record in records(path))
    expected = collections.Counter(text for batch in kept_texts.values() for text in batch)
    missing, surplus = expected - exported, exported - expected
    checks.expect(
        not missing and not surplus, f"xylem export writes the same {sum(expected.values())} texts",
        f"{sum(missing.values())} missing, {sum(surplus.values())} too many")


def tree(run):
    """sha256 of every file of the compared folders, by relative path."""
    digests = {}
    for folder in COMPARED:
        for parent, _, names in os.walk(os.path.join(run, folder)):
            for name in names:
                path = os.path.join(parent, name)
                digest = hashlib.sha256()
                with open(path, "rb") as file:
                    while block := file.read(1 << 20):
                        digest.update(block)
                digests[os.path.relpath(path, run)] = digest.hexdigest()
    return digests


def check_trees(checks, name, ours, other):
    unlike = sorted(path for path in {**ours, **other} if ours.get(path) != other.get(path))
    checks.expect(
        ours and not unlike, f"{name}: {len(ours)} files identical", f"{len(unlike)} differ: {shown(unlike[:5], 400)}")


def start(options, output, workers):
    arguments = ["run", options.pipeline, "--output", output, "--workers", workers]
    for pattern in options.input:
        arguments += ["--input", pattern]
    for setting in options.set:
        arguments += ["--set", setting]
    xylem(options.xylem, *arguments)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xylem")
    parser.add_argument("pipeline")
    parser.add_argument("output")
    parser.add_argument("--input", action="append", default=[], metavar="GLOB")
    parser.add_argument("--set", action="append", default=[], metavar="A.B=C")
    parser.add_argument("--records", type=int, help="records that the inputs are known to hold")
    parser.add_argument("--every", type=int, default=7, help="compare the ids of every Nth document (default 7)")
    parser.add_argument("--end-of-document", default="</s>", help="the token that ends a document")
    parser.add_argument("--no-end-of-document", action="store_true", help="the pipeline appends no such token")
    parser.add_argument("--removed-sampled", action="store_true", help="removed/ holds a sample, not all")
    parser.add_argument("--no-workers", action="store_true", help="do not run again with 1 and 2 workers")
    options = parser.parse_args()
    if options.every < 1:
        parser.error("--every takes a positive number")

    with checking() as checks:
        print_versions("tokenizers", "megatron-core", "numpy", "zstandard")
        was_finished = os.path.exists(os.path.join(options.output, "ledger.json"))
        if not was_finished:
            start(options, options.output, workers=2)
        ledger = check_ledger(checks, options.output, options)
        kept_texts = check_datasets(checks, options.output, ledger, options)
        check_blend(checks, options.output)
        check_export(checks, options.xylem, options.output, kept_texts)
        if not options.no_workers:
            ours = tree(options.output)
            with scratch(beside=options.output) as directory:
                for workers in (1, 2) if was_finished else (1,):
                    other = os.path.join(directory, f"workers-{workers}")
                    start(options, other, workers)
                    name = f"--workers {workers} against " + ("the finished run" if was_finished else "--workers 2")
                    check_trees(checks, name, ours, tree(other))


if __name__ == "__main__":
    main()
