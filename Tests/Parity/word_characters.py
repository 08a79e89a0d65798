"""word_characters.py [word|numeric]

Prints the ranges of code points that Hugging Face's wheel takes for characters of a word beside added tokens (Rust's
`\\w`: Sources/Tokenization/BytePairEncoding/WordCharacters.swift) or for digits (`Digits`:
Sources/Tokenization/TokenizerFile/NumericCharacters.swift), as those files hold them.
"""

import sys

from tokenizers import AddedToken, Tokenizer, models
from tokenizers.pre_tokenizers import Digits

POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def ranges(points):
    found = []
    for point in points:
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return found


def word():
    tokenizer = Tokenizer(models.BPE(vocab={"a": 0}, merges=[]))
    tokenizer.add_tokens([AddedToken("T", single_word=True, normalized=False)])
    for start in range(0, len(POINTS), 20000):
        part = POINTS[start:start + 20000]
        for point, found in zip(part, tokenizer.encode_batch([chr(c) + "T" for c in part], add_special_tokens=False)):
            if tokenizer.token_to_id("T") not in found.ids:
                yield point


def numeric():
    digits = Digits(individual_digits=True)
    return (c for c in POINTS if len(digits.pre_tokenize_str("a" + chr(c))) == 2 and chr(c) != "a")


def wrapped(parts, width):
    line = ""
    for part in parts:
        if len(line) + len(part) > width:
            yield line
            line = ""
        line += part
    yield line


if sys.argv[1:] == ["numeric"]:
    spelled = [rf"\x{{{a:X}}}" + (rf"-\x{{{b:X}}}" if b > a else "") for a, b in ranges(numeric())]
    print("    " + "\n    + ".join(f'#"{line}"#' for line in wrapped(spelled, 100)))
else:
    print("\n".join("   " + line for line in wrapped([f" 0x{c:X}," for pair in ranges(word()) for c in pair], 116)))
