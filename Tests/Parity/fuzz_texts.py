"""fuzz_texts.py COUNT OUTPUT.jsonl [--tokenizer TOKENIZER.json] [--texts FILE.jsonl]... [--seed N]

Writes COUNT records whose texts look for the places where two encoders might part: every script, marks that combine,
joiners, white space of every kind, both sides of the surrogates, NUL, U+FFFF and unassigned code points, contractions,
long runs, special tokens spelled whole and broken, and pieces of real text cut anywhere. The same seed gives the same
strings. Special tokens are those of the tokenizer, or <unk> <s> </s> <pad>.
"""

import argparse
import itertools
import json
import random

from parity import texts

# First and last code point of what is drawn from, one block of every script that the corpus or a split knows.
BLOCKS = [
    (0x21, 0x2F), (0x30, 0x39), (0x3A, 0x40), (0x41, 0x5A), (0x5B, 0x60), (0x61, 0x7A), (0x7B, 0x7E), (0xA1, 0xFF),
    (0x100, 0x24F), (0x250, 0x2AF), (0x370, 0x3FF), (0x400, 0x4FF), (0x530, 0x58F), (0x590, 0x5FF), (0x600, 0x6FF),
    (0x750, 0x77F), (0x7C0, 0x7FF), (0x900, 0x97F), (0x980, 0x9FF), (0xA00, 0xA7F), (0xA80, 0xAFF), (0xB00, 0xB7F),
    (0xB80, 0xBFF), (0xC00, 0xC7F), (0xC80, 0xCFF), (0xD00, 0xD7F), (0xE00, 0xE7F), (0x1000, 0x109F), (0x10A0, 0x10FF),
    (0x1100, 0x11FF), (0x1200, 0x137F), (0x13A0, 0x13FF), (0x1780, 0x17FF), (0x1C90, 0x1CBF), (0x1E00, 0x1EFF),
    (0x1F00, 0x1FFF), (0x2070, 0x209F), (0x20A0, 0x20CF), (0x2150, 0x218F), (0x2190, 0x22FF), (0x2460, 0x24FF),
    (0x2C60, 0x2C7F), (0x2E00, 0x2E7F), (0x3001, 0x303F), (0x3040, 0x30FF), (0x3105, 0x312F), (0x3400, 0x34FF),
    (0x4E00, 0x9FFF), (0xA640, 0xA69F), (0xA720, 0xA7FF), (0xAB70, 0xABBF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF),
    (0xFB00, 0xFDFF), (0xFF01, 0xFFEF), (0x10400, 0x1044F), (0x1D400, 0x1D7FF), (0x1E900, 0x1E95F), (0x1F300, 0x1F6FF),
    (0x20000, 0x2A6DF), (0x30000, 0x323AF),
]
MARKS = [0x300, 0x301, 0x308, 0x327, 0x483, 0x5B0, 0x64B, 0x652, 0x93C, 0x94D, 0x9CD, 0xE31, 0x1AB0, 0x20D0, 0x20E3,
         0x3099, 0xFE0F, 0xFE20, 0x1D165, 0xE0100]
JOINERS = [0x200C, 0x200D, 0x2060, 0xAD, 0x34F, 0x61C, 0x200E, 0x202A, 0x2066]
SPACES = [0x20, 0x20, 0x20, 0x09, 0x0A, 0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x1F, 0x85, 0xA0, 0x1680, 0x180E,
          *range(0x2000, 0x200C), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF]
EDGES = [0x00, 0x01, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xF8FF, 0xFDD0, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000,
         0x1FFFF, 0xE0001, 0xF0000, 0x10FFFD, 0x10FFFF, 0x378, 0x530, 0x2FE0, 0x1CFF, 0x13460, 0x50000]
CUTS = list(".,!?…。，、।۔،()|:;؟！？「」")
CONTRACTIONS = ["'s", "'S", "'t", "'re", "'VE", "'m", "'ll", "'Ll", "'d", "'D", "'\u017f", "\u2019s", "'", "''s", " 's",
                "'\u212a", "x's", "9'll"]
EMOJI = ["\U0001F468\u200D\U0001F469\u200D\U0001F467", "\U0001F1EB\U0001F1F7", "\U0001F44D\U0001F3FD", "\u2764\uFE0F", "1\uFE0F\u20E3",
         "\U0001F3F4\U000E0067\U000E0062\U000E007F"]
REAL_DOCUMENTS = 2000


class Generator:
    def __init__(self, seed, special, documents):
        self.random = random.Random(seed)
        self.special = special
        self.documents = documents
        self.kinds = [self.word, self.word, self.word, self.spaces, self.spaces, self.marked, self.joined, self.edges,
                      self.cuts, self.contraction, self.digits, self.emoji, self.run, self.mixed, self.anywhere]
        if special:
            self.kinds += [self.whole_special, self.broken_special]
        if documents:
            self.kinds += [self.real] * 4

    def of(self, choices):
        return self.random.choice(choices)

    def count(self, largest):
        return self.random.randint(1, largest)

    def character(self):
        first, last = self.of(BLOCKS)
        return chr(self.random.randint(first, last))

    def word(self):
        first, last = self.of(BLOCKS)
        return "".join(chr(self.random.randint(first, last)) for _ in range(self.count(8)))

    def spaces(self):
        return "".join(chr(self.of(SPACES)) for _ in range(self.count(3)))

    def marked(self):
        return "".join(self.character() + chr(self.of(MARKS)) * self.random.randint(0, 2) for _ in range(self.count(4)))

    def joined(self):
        return chr(self.of(JOINERS)).join(self.character() for _ in range(self.count(4)))

    def edges(self):
        return "".join(chr(self.of(EDGES)) for _ in range(self.count(3)))

    def cuts(self):
        return "".join(self.of(CUTS) for _ in range(self.count(4)))

    def contraction(self):
        return self.word() + self.of(CONTRACTIONS) + self.of(["", " ", self.word()])

    def digits(self):
        return "".join(self.of("0123456789٣७௫５²½Ⅷ") for _ in range(self.count(9)))

    def emoji(self):
        return "".join(self.of(EMOJI) for _ in range(self.count(3)))

    def run(self):
        """Mostly short; one in a hundred is longer than any cached piece."""
        length = self.random.randint(500, 3000) if self.random.random() < 0.01 else self.count(40)
        return (self.character() if self.random.random() < 0.6 else chr(self.of(SPACES))) * length

    def mixed(self):
        return "".join(self.character() for _ in range(self.count(6)))

    def anywhere(self):
        """Any code point of the planes that have characters, assigned or not: tables of other versions part here."""
        found = (self.random.randint(0, 0x3FFFF) for _ in range(self.count(6)))
        return self.of(["", "a", "1", " ", "."]).join(chr(c) for c in found if not 0xD800 <= c <= 0xDFFF)

    def whole_special(self):
        token = self.of(self.special)
        return self.of([token, token, " " + token, token + " ", token * 2, "x" + token + "x", token + "\n"])

    def broken_special(self):
        token = self.of(self.special)
        at = self.random.randrange(len(token) + 1)
        return self.of([token[:at], token[at:], token[:at] + " " + token[at:], token[:at] + token,
                        token[:at] + token[at + 1:], token.upper(), token[:at] + "\u0301" + token[at:]])

    def real(self):
        text = self.of(self.documents)
        start = self.random.randrange(len(text))
        return text[start:start + self.count(60)]

    def text(self):
        parts = self.random.choices([0, 1, 2, 3, 4, 5, 6, 8, 12], [1, 20, 20, 15, 12, 10, 8, 6, 3])[0]
        return "".join(self.of(self.kinds)() for _ in range(parts))


def special_tokens(path):
    """The contents of what a tokenizer adds."""
    with open(path, encoding="utf-8") as file:
        added = json.load(file).get("added_tokens", [])
    return [token["content"] for token in added if token["content"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("output")
    parser.add_argument("--tokenizer")
    parser.add_argument("--texts", action="append", default=[])
    parser.add_argument("--seed", type=int, default=20221109)
    options = parser.parse_args()
    special = special_tokens(options.tokenizer) if options.tokenizer else ["<unk>", "<s>", "</s>", "<pad>"]
    documents = [text for path in options.texts for text in itertools.islice(texts([path]), REAL_DOCUMENTS) if text]
    generator = Generator(options.seed, special, documents)
    with open(options.output, "w", encoding="utf-8") as out:
        for _ in range(options.count):
            out.write(json.dumps({"text": generator.text()}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
