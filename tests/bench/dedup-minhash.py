#!/usr/bin/env python3
"""Measures `dedup.minhash` in cluster mode: recall and precision against exact Jaccard similarity, and speed beside datatrove.

    dedup-minhash.py WARRAQ CORPUS.jsonl[.zst] [--documents N] [--datatrove] [--runs 3]

Of the corpus nobody says which documents were planted, so the truth is worked out: two documents are duplicates when the sets of
their word 5-grams (small letters, no marks, words by `\\w+`) have a Jaccard similarity of at least 0.8; an inverted index finds the
pairs that share an n-gram (this needs numpy). Recall is over pairs of that kind, of which both must end in one cluster; precision
is the share of removed documents that have at least that similarity with some other document.

`--datatrove` runs datatrove 0.10 in the same process, one worker, and prints documents per second and core (CPU time) of both;
see ../parity/minhash.py for what it needs.
"""
import argparse
import collections
import itertools
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "parity"))
PIPELINE = """warraq = 1
[run]
threads = {threads}
[[source]]
use = "jsonl"
paths = ["{source}"]
[[stage]]
use = "dedup.minhash"
mode = "{mode}"
{options}
[[export]]
use = "jsonl"
path = "{out}/kept.jsonl"
"""
WORD = re.compile(r"\w+")


def read(path):
    if path.endswith(".zst"):
        lines = subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout.decode().splitlines()
    else:
        lines = open(path, encoding="utf-8").read().splitlines()
    return [json.loads(line) for line in lines]


def shingles(text):
    text = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if unicodedata.category(c) not in ("Mn", "Cf"))
    words = WORD.findall(text.replace("\u0640", ""))
    return {" ".join(words[i:i + 5]) for i in range(len(words) - 4)}


def similar(docs, least):
    """Pairs of documents with at least the least of these similarities, and how similar they are."""
    sets = [np.unique(np.fromiter((hash(gram) for gram in shingles(doc["text"])), dtype=np.int64)) for doc in docs]
    grams = np.concatenate(sets)
    owners = np.repeat(np.arange(len(sets)), [len(grams) for grams in sets])
    order = np.argsort(grams, kind="stable")
    grams, owners = grams[order], owners[order]
    starts = np.flatnonzero(np.r_[True, grams[1:] != grams[:-1]])
    ends = np.r_[starts[1:], len(grams)]
    common = collections.Counter()
    # An n-gram of very many documents is boilerplate; near duplicates share others as well.
    several = (ends - starts > 1) & (ends - starts <= 60)
    for start, end in zip(starts[several], ends[several]):
        common.update(itertools.combinations(owners[start:end].tolist(), 2))
    pairs = []
    for (a, b), shared in common.items():
        if shared >= 0.5 * least * min(len(sets[a]), len(sets[b])):
            both = len(np.intersect1d(sets[a], sets[b], assume_unique=True))
            similarity = both / (len(sets[a]) + len(sets[b]) - both)
            if similarity >= least:
                pairs.append((docs[a]["id"], docs[b]["id"], similarity))
    return pairs


def run(binary, source, mode, threads, options, folder):
    """CPU seconds, wall seconds, the bytes of the export, and of each document that was removed the one kept for it."""
    out = f"{folder}/{mode}-{threads}-{abs(hash(options))}"
    os.makedirs(out, exist_ok=True)
    with open(f"{out}/p.toml", "w", encoding="utf-8") as f:
        f.write(PIPELINE.format(source=source, mode=mode, threads=threads, out=out, options=options))
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    subprocess.run([binary, "run", f"{out}/p.toml", "--quiet"], check=True)
    wall, after = time.time() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with open(f"{out}/rejects.jsonl", encoding="utf-8") as f:
        rejects = {record["id"]: record["kept_id"] for record in map(json.loads, f)}
    peak = json.load(open(f"{out}/report.json"))["timing"]["peak_memory_bytes"]
    return cpu, wall, open(f"{out}/kept.jsonl", "rb").read(), rejects, peak


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("warraq")
    parser.add_argument("corpus")
    parser.add_argument("--datatrove", action="store_true")
    parser.add_argument("--documents", type=int, help="only so many, from the start")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    docs = read(args.corpus)[: args.documents]
    with tempfile.TemporaryDirectory() as folder:
        source = f"{folder}/in.jsonl"
        with open(source, "w", encoding="utf-8") as f:
            f.writelines(json.dumps(doc, ensure_ascii=False) + "\n" for doc in docs)
        found = similar(docs, 0.5)
        pairs = {least: [pair[:2] for pair in found if pair[2] >= least] for least in (0.5, 0.8, 0.9, 0.95)}
        print({least: len(found) for least, found in pairs.items()}, "pairs of at least that similarity")
        alike = {least: {id for pair in pairs[least] for id in pair} for least in (0.5, 0.8)}
        for mode in ("stream", "cluster"):
            results = {threads: run(args.warraq, source, mode, threads, "", folder) for threads in (1, 2, 8)}
            assert len({result[2] for result in results.values()}) == 1, "the export depends on threads"
            spilled = run(args.warraq, source, mode, 2, 'memory = "2MB"', folder)
            assert spilled[2] == results[1][2], "the export depends on memory"
            rejects = results[1][3]
            one = lambda a, b: rejects.get(a, a) == rejects.get(b, b)
            recall = {least: sum(one(a, b) for a, b in found) / len(found) for least, found in pairs.items()}
            precision = {least: sum(id in ids for id in rejects) / len(rejects) for least, ids in alike.items()}
            shown = ", ".join(f"{value:.4f} of pairs at {least}" for least, value in recall.items())
            print(f"{mode}: {len(rejects)} removed, {results[1][1]:.1f} s; recall {shown}")
            print(f"{mode}: of the removed, {precision[0.8]:.4f} are alike at 0.8, {precision[0.5]:.4f} at 0.5")
            print(f"{mode}: the same bytes with 1, 2 and 8 threads, and with 2 MB in memory")
        best = min(run(args.warraq, source, "cluster", 1, 'compat = "datatrove"', folder)[0] for _ in range(args.runs))
        print(f"Warraq, cluster, 1 thread: {len(docs) / best:.0f} documents per CPU second (best of {args.runs})")
        if args.datatrove:
            from minhash import datatrove
            theirs = []
            for n in range(max(1, args.runs // 3)):
                os.mkdir(f"{folder}/d{n}")
                began = time.process_time()
                datatrove(docs, "ar", f"{folder}/d{n}")
                theirs.append(time.process_time() - began)
            print(f"datatrove, one worker: {len(docs) / min(theirs):.0f} documents per CPU second; ratio {min(theirs) / best:.1f}")


if __name__ == "__main__":
    main()
