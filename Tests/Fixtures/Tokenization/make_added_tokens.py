"""Makes added-tokens.json beside this file: small tokenizers with added tokens of every kind, and the ids that Hugging Face
tokenizers 0.23.3 gives to strings full of them, special tokens parsed and as text.

    python make_added_tokens.py
"""
import json, pathlib, random, sys
from tokenizers import Tokenizer

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[1] / "Parity"))
from check_tokenizer_files import BLANKS, WORDS, random_added, tokenizer_json

rng = random.Random(3)
cases = []
while len(cases) < 12:
    added = random_added(rng)
    file = tokenizer_json(added, rng)
    file["pre_tokenizer"]["use_regex"] = True
    tokenizer = Tokenizer.from_str(json.dumps(file))
    examples = []
    for _ in range(25):
        text = "".join(rng.choice(rng.choice([BLANKS, WORDS, [t["content"] for t in added]])) for _ in range(rng.randint(0, 9)))
        ids = []
        try:
            for policy in (False, True):
                tokenizer.encode_special_tokens = policy
                ids.append(tokenizer.encode(text, add_special_tokens=False).ids)
        except BaseException:  # strips that overlap make Hugging Face panic
            continue
        examples.append({"text": text, "ids": ids[0], "idsAsText": ids[1]})
    cases.append({"tokenizer": json.dumps(file, ensure_ascii=False, separators=(",", ":")), "examples": examples})
with open(here / "added-tokens.json", "w", encoding="utf-8") as out:
    json.dump(cases, out, ensure_ascii=False, indent=0)
    out.write("\n")
