"""huggingface_encode.py TOKENIZER.json FILE.jsonl: seconds of CPU that Hugging Face tokenizers takes to encode the texts of
FILE. Loading the tokenizer and reading the file are not counted."""
import json
import sys
import time

from tokenizers import Tokenizer

BATCH = 1000

tokenizer = Tokenizer.from_file(sys.argv[1])
with open(sys.argv[2], encoding="utf-8", newline="\n") as lines:
    texts = [json.loads(line)["text"] for line in lines if line.strip()]
start = time.process_time()
for first in range(0, len(texts), BATCH):
    tokenizer.encode_batch_fast(texts[first : first + BATCH], add_special_tokens=False)
print(time.process_time() - start)
