#!/usr/bin/env python3
"""What the identifier says of languages that its model does not know: the section of docs/languages.md.

    scripts/other_languages.py XYLEM FOLDER

Fetches manual pages and interface texts of Debian in 22 languages into FOLDER (`apt-get download`, needs a Debian mirror,
msgfmt's .mo files are read by Python), makes up to 100 texts of about 2 KB of each, and prints for each language how many
of them are called what, most first. Some manual pages are in English in part: their names often are, some as a whole.
"""
import collections
import glob
import gettext
import gzip
import json
import os
import random
import re
import subprocess
import sys

MANUALS = "cs da de fi it nl pl ro ru sv uk".split()
INTERFACES = "af bg dz fa gl hu nr ss tr ug ve".split()
TEXTS, CHARACTERS = 100, 2000


def fetch(package, folder):
    target = os.path.join(folder, package)
    if not os.path.isdir(target):
        subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        archive = max(glob.glob(os.path.join(folder, package + "_*.deb")), key=os.path.getmtime)
        subprocess.run(["dpkg-deb", "-x", archive, target], check=True)
    return target


def manual_pages(folder):
    for path in sorted(glob.glob(folder + "/usr/share/man/*/man*/*.gz")):
        page = gzip.open(path, "rb").read().decode("utf-8", "replace").partition(".SH")[2]
        lines = (line for line in page.split("\n") if not line.startswith((".", "'")))
        text = re.sub(r"\\f[A-Z]|\\f\(..|\\[&-]", "", "\n".join(lines))
        if len(text) > 600:
            yield text[200:200 + CHARACTERS]


def interface_texts(folder):
    messages = []
    for path in sorted(glob.glob(folder + "/usr/lib/libreoffice/program/resource/*/LC_MESSAGES/*.mo")):
        with open(path, "rb") as file:
            for source, text in gettext.GNUTranslations(file)._catalog.items():
                source = (source[0] if isinstance(source, tuple) else source).rpartition("\x04")[2]
                if source and text != source and len(text) > 25:
                    messages.append(re.sub("[~_%]", "", text))
    random.shuffle(messages)
    text = ""
    for message in messages:
        text += message + "\n"
        if len(text) > CHARACTERS * 3 / 4:
            yield text
            text = ""


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    xylem, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    random.seed(3)
    shard = os.path.join(folder, "other.jsonl")
    with open(shard, "w", encoding="utf-8") as out:
        for code in MANUALS + INTERFACES:
            if code in MANUALS:
                texts = list(manual_pages(fetch("manpages-" + code, folder)))
            else:
                texts = list(interface_texts(fetch("libreoffice-l10n-" + code, folder)))
            random.shuffle(texts)
            for number, text in enumerate(texts[:TEXTS]):
                out.write(json.dumps({"id": f"{code}/{number}", "text": text}, ensure_ascii=False) + "\n")
    said = collections.defaultdict(collections.Counter)
    answers = subprocess.run([xylem, "language", "identify", shard], check=True, capture_output=True, text=True).stdout
    for line in answers.splitlines():
        code, _, rest = line.partition("/")
        if rest:
            said[code][rest.split("\t")[1]] += 1
    for code, answers in sorted(said.items()):
        print(code, ", ".join(f"{answer} {count}" for answer, count in answers.most_common()))
    right, total = sum(said[code][code] for code in said), sum(answers.total() for answers in said.values())
    without = total - said["nr"].total()
    print(f"{total} texts, {right / total:.3f} get their own language, {right / without:.3f} without nr")


if __name__ == "__main__":
    main()
