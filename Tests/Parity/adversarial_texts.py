"""adversarial_texts.py BYTES OUTPUT.jsonl: one record of BYTES bytes for each kind of text that is hard to encode.

Long pieces without a place to cut, single characters repeated, chains of joiners and marks, a special token again and
again. The same call gives the same file.
"""

import argparse
import json
import random

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def endless(random_character):
    while True:
        yield random_character()


def repeated(text):
    while True:
        yield text


def kinds(chance):
    pick = chance.choice
    return {
        "letters": endless(lambda: chr(chance.randint(0x61, 0x7A))),
        "one letter": repeated("a"),
        "two letters in turn": repeated("ab"),
        "dashes": repeated("-"),
        "equals signs": repeated("="),
        "digits": endless(lambda: chr(chance.randint(0x30, 0x39))),
        "Chinese": endless(lambda: chr(chance.randint(0x4E00, 0x9FA5))),
        "one Chinese character": repeated("\u7684"),
        "Malayalam": endless(lambda: chr(chance.randint(0xD05, 0xD39))),
        "Thai": endless(lambda: chr(chance.randint(0xE01, 0xE2E))),
        "base64": endless(lambda: pick(BASE64)),
        "spaces": repeated(" "),
        "tabs and line ends": endless(lambda: pick("\t\n\r ")),
        "line ends": repeated("\n"),
        "BLOOM's marks": endless(lambda: pick(".,!?…。，、।۔،()|")),
        "emoji": endless(lambda: chr(chance.randint(0x1F600, 0x1F64F))),
        "emoji joined": repeated("\U0001F468\u200D\U0001F469\u200D"),
        "combining marks": repeated("\u0301"),
        "a letter with marks": repeated("e\u0301\u0308"),
        "NUL": repeated("\x00"),
        "noncharacters": repeated("\uFFFF"),
        "special tokens": repeated("</s>"),
        "nearly special tokens": repeated("</s"),
        "contractions": repeated("'ll's"),
        "any code point": endless(lambda: chr(pick([chance.randint(0x20, 0xD7FF), chance.randint(0xE000, 0x10FFFF)]))),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bytes", type=int)
    parser.add_argument("output")
    options = parser.parse_args()
    with open(options.output, "w", encoding="utf-8") as out:
        for name, parts in kinds(random.Random(31)).items():
            text, size = [], 0
            while size < options.bytes:
                text.append(next(parts))
                size += len(text[-1].encode())
            out.write(json.dumps({"id": name, "text": "".join(text)}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
