#!/usr/bin/env python3
"""Holds `dedup.minhash` in cluster mode against datatrove 0.10: the same words in, the same documents kept.

    minhash.py WARRAQ CORPUS.jsonl[.zst] [--documents 5000] [--language ar]

Needs, in a virtual environment: pip install "datatrove==0.10.0" "xxhash<4" spacy tokenizers zstandard orjson

datatrove runs its four stages with one worker. Its words are handed to Warraq as the `tokens` of its simplified text, so the
words are equal, and what is compared is signatures, bands, clusters, and which document of each survives. Beside that, the
agreement with words that Warraq makes itself of the raw text is printed. Ends with 1 where the survivors differ.
"""
import argparse
import io
import json
import os
import subprocess
import sys
import tempfile

from datatrove.data import Document
from datatrove.pipeline import dedup
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.utils.hashing import HashConfig
from datatrove.utils.text import simplify_text
from datatrove.utils.word_tokenizers import load_word_tokenizer

PIPELINE = """warraq = 1
[[source]]
use = "jsonl"
paths = ["{source}"]
[[stage]]
use = "dedup.minhash"
mode = "cluster"
compat = "datatrove"
[[export]]
use = "jsonl"
path = "{out}/kept.jsonl"
fields = ["id", "scores"]
"""


def documents(path, count):
    if path.endswith(".zst"):
        import zstandard
        stream = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(open(path, "rb")), encoding="utf-8")
    else:
        stream = open(path, encoding="utf-8")
    for n, line in enumerate(stream):
        if n == count:
            break
        yield json.loads(line)


def datatrove(docs, language, folder):
    """The ids that datatrove keeps."""
    config = MinhashConfig(hash_config=HashConfig(precision=64, hash_fc="xxhash"))
    sig, pairs, remove = (f"{folder}/{name}" for name in ("sig", "pairs", "remove"))
    data = (Document(text=doc["text"], id=doc["id"]) for doc in docs)
    dedup.MinhashDedupSignature(output_folder=sig, config=config, language=language).run(data, 0, 1)
    for bucket in range(config.num_buckets):
        dedup.MinhashDedupBuckets(input_folder=sig, output_folder=pairs, config=config).run(None, bucket, config.num_buckets)
    dedup.MinhashDedupCluster(input_folder=pairs, output_folder=remove, config=config).run(None, 0, 1)
    data = (Document(text="", id=doc["id"]) for doc in docs)
    return [doc.id for doc in dedup.MinhashDedupFilter(input_folder=remove).run(data, 0, 1)]


def tokens(text, words):
    """Places of words in their text, in code points."""
    at, found = 0, []
    for word in words:
        start = text.index(word, at)
        at = start + len(word)
        found.append({"start": start, "end": at, "id": len(found)})
    return found


def warraq(binary, records, folder):
    """The ids that Warraq keeps."""
    source = f"{folder}/in.jsonl"
    with open(source, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    with open(f"{folder}/p.toml", "w", encoding="utf-8") as f:
        f.write(PIPELINE.format(source=source, out=f"{folder}/out"))
    subprocess.run([binary, "run", f"{folder}/p.toml", "--quiet"], check=True)
    with open(f"{folder}/out/kept.jsonl", encoding="utf-8") as f:
        return [json.loads(line)["id"] for line in f]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("warraq")
    parser.add_argument("corpus")
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--language", default="ar")
    args = parser.parse_args()
    docs = list(documents(args.corpus, args.documents))
    tokenizer = load_word_tokenizer(args.language)

    def split(doc):
        text = simplify_text(doc["text"])
        return {"id": doc["id"], "text": text, "tokens": tokens(text, tokenizer.word_tokenize(text))}

    with tempfile.TemporaryDirectory() as folder:
        for name in ("theirs", "same", "own"):
            os.mkdir(f"{folder}/{name}")
        theirs = datatrove(docs, args.language, f"{folder}/theirs")
        same = warraq(args.warraq, map(split, docs), f"{folder}/same")
        own = warraq(args.warraq, ({"id": d["id"], "text": d["text"]} for d in docs), f"{folder}/own")
    print(f"{len(docs)} documents: datatrove keeps {len(theirs)}, Warraq {len(same)} on the same words")
    different = set(theirs) ^ set(same)
    print(f"on the same words: {len(docs) - len(different)} of {len(docs)} decisions equal")
    print(f"on words of its own: {len(docs) - len(set(theirs) ^ set(own))} of {len(docs)} decisions equal")
    for id in sorted(different)[:10]:
        print("different:", id, file=sys.stderr)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
