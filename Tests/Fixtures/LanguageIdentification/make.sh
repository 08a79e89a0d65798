#!/bin/sh
# Trains the fastText models of these fixtures from sample-data and asks the program fasttext about held-back texts.
#   make.sh     needs Debian's package fasttext (0.9.2+ds-1+b1 made what is here) and python3
# tiny.bin: hierarchical softmax, n-grams of 2 to 3 letters, dense (the kind of lid.176.bin); tiny.ftz: softmax, bigrams of
# words, quantized and pruned (the kind of lid.176.ftz). answers.tsv: model, label, probability, text.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 - "$work" <<'EOF'
import json, sys
labels = {"en": "en", "fr": "fra_Latn", "hi": "hin_Deva", "zhs": "zh", "zht": "cmn_Hant", "sw": "swh_Latn"}
with open(sys.argv[1] + "/train", "w") as train, open(sys.argv[1] + "/ask", "w") as ask:
    for code, label in labels.items():
        for number, line in enumerate(open(f"../../../sample-data/{code}.jsonl")):
            text = " ".join(json.loads(line)["text"].split())
            if number % 4 == 3:
                print(text[:120], file=ask)
            else:
                print(f"__label__{label} {text}", file=train)
EOF
fasttext supervised -input "$work/train" -output "$work/tiny" -dim 6 -minn 2 -maxn 3 -bucket 500 -minCount 8 -loss hs \
  -epoch 60 -lr 0.5 -thread 1 -seed 1 -verbose 0
cp "$work/tiny.bin" tiny.bin
fasttext supervised -input "$work/train" -output "$work/pruned" -dim 6 -minn 2 -maxn 3 -bucket 500 -minCount 8 -wordNgrams 2 \
  -epoch 60 -lr 0.5 -thread 1 -seed 1 -verbose 0
fasttext quantize -input "$work/train" -output "$work/pruned" -qnorm -cutoff 400 -retrain -thread 1 -seed 1 -verbose 0
cp "$work/pruned.ftz" tiny.ftz
: > answers.tsv
for model in tiny.bin tiny.ftz; do
  fasttext predict-prob $model "$work/ask" 1 | tr ' ' '\t' | sed "s/^/$model	/" | paste - "$work/ask" >> answers.tsv
done
