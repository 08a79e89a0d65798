"""Prints Sources/CKernels/unicode_categories.c: the general category of every code point as Hugging Face's wheel has it.

The wheel carries Oniguruma with tables of its own, newer than those of most systems. Every property is asked of the
wheel itself, one expression over all code points; the script stops when a property is not what the scanners assume.

  python3 Tests/Parity/derive_character_classes.py > Sources/CKernels/unicode_categories.c
"""

import sys

import tokenizers
from tokenizers import Regex, pre_tokenizers

CATEGORIES = "Cn Cc Cf Cs Co Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp".split()
ALL = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
TEXT = "".join(map(chr, ALL))


def members(pattern):
    """The code points that `pattern`, which matches one character, matches."""
    split = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    return {ord(piece) for piece, _ in split.pre_tokenize_str(TEXT)}


def ranges(points):
    found = []
    for c in sorted(points):
        if found and found[-1][1] == c - 1:
            found[-1][1] = c
        else:
            found.append([c, c])
    return found


def main():
    category = [0] * 0x110000
    for c in range(0xD800, 0xE000):
        category[c] = CATEGORIES.index("Cs")
    named = 0
    for index, name in enumerate(CATEGORIES):
        if name in ("Cn", "Cs"):
            continue
        for c in members(r"\p{%s}" % name):
            assert category[c] == 0, hex(c)
            category[c] = index
            named += 1
    assert len(members(r"\p{Cn}")) + named == len(ALL)

    def of(prefix):
        return {c for c in ALL if CATEGORIES[category[c]].startswith(prefix)}

    for prefix in "LMNPSZ":
        assert members(r"\p{%s}" % prefix) == of(prefix), prefix
    white = of("Z") | set(range(9, 14)) | {0x85}
    assert members(r"\s") == white and members(r"\S") == set(ALL) - white
    assert members(r"\d") == of("Nd")
    assert members("(?i:[a-z])") == set(range(65, 91)) | set(range(97, 123)) | {0x17F, 0x212A}
    plain_word = of("L") | of("M") | of("Nd") | of("Pc")
    word = members(r"\w")
    assert word >= plain_word
    extra = ranges(word - plain_word)

    starts = [c for c in range(0x110000) if c == 0 or category[c] != category[c - 1]]
    out = sys.stdout
    out.write(
        "// Generated from tokenizers %s by Tests/Parity/derive_character_classes.py; do not edit.\n"
        "// General categories as Hugging Face's regular expressions see them (Unicode Standard Annex 44).\n"
        '#include "unicode_categories.h"\n\n' % tokenizers.__version__
    )

    def table(name, values):
        out.write("static const uint32_t %s[] = {\n" % name)
        row = ""
        for value in values:
            cell = "0x%x," % value
            if len(row) + len(cell) > 116:
                out.write("    " + row + "\n")
                row = ""
            row += cell
        out.write("    " + row + "\n};\n\n")
        out.write("const uint32_t *xylem_%s(size_t *count) {\n" % name)
        out.write("  *count = %d;\n  return %s;\n}\n" % (len(values), name))

    out.write("// Category of the code points from (value >> 8) up to the next start: value & 255.\n")
    table("category_starts", [c << 8 | category[c] for c in starts])
    out.write("\n// Word characters (\\w) that are neither letter, mark, decimal digit nor connector: first, last, ...\n")
    table("extra_word_ranges", [c for pair in extra for c in pair])


main()
