"""Makes the fixtures beside this file with Hugging Face tokenizers, from this repository's own sample-data.

    python make.py            (from anywhere; needs `pip install tokenizers==0.23.3`)
"""
import json, pathlib
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

here = pathlib.Path(__file__).resolve().parent
sample = here.parents[2] / "sample-data"
SPECIALS = ["<unk>", "<s>", "</s>", "<pad>"]
PATTERN = " ?[^(\\s|[.,!?…。，、।۔،])]+"


def split(kind):
    if kind == "gpt2":
        return pre_tokenizers.ByteLevel(add_prefix_space=False)
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), "isolated", False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


texts = []
for path in sorted(sample.glob("*.jsonl")):
    with open(path, encoding="utf-8") as lines:
        texts += [json.loads(line)["text"] for line in list(lines)[:2]]
texts = [t[:500] for t in texts if t]
odd = ["", " ", "  ", "a  b", " (x) y", "Hello.\nBut", "don't we'll 'tis ''s I'M", "a\u00a0b\u3000c\u2028d", "1² ½ Ⅻ ٣",
       "<s>hi</s> <s></s", "x<pad>", "中国，人。。", "\t\n  \n x", "…… … a", "👩‍👩‍👧 e\u0301 \u200b \ufeff", "-" * 300, "।॥ ۔ ،؛", "\u0000\u001f\u007f\u00ad"]

for kind in ["bloom", "gpt2"]:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = split(kind)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=1000, special_tokens=SPECIALS, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    tokenizer.save(str(here / f"{kind}-1000.json"), pretty=True)
    cases = []
    for text in texts[::4] + odd:
        tokenizer.encode_special_tokens = False
        parsed = tokenizer.encode(text).ids
        tokenizer.encode_special_tokens = True
        plain = tokenizer.encode(text).ids
        cases.append({"text": text, "ids": parsed} | ({"idsAsText": plain} if plain != parsed else {}))
    with open(here / f"{kind}-cases.json", "w", encoding="utf-8") as out:
        out.write("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False, separators=(",", ":")) for c in cases) + "\n]\n")
with open(here / "training-texts.json", "w", encoding="utf-8") as out:
    json.dump(texts, out, ensure_ascii=False, indent=0)
