#!/usr/bin/env python3
"""Takes a corpus, many times over with new ids, through the Arabic web pipeline under a ceiling of memory; then, without
deduplication, whole and in four shards, which must come to the same bytes.

    tests/reliability/load.py CORPUS.jsonl.zst --times 100 --memory 2GB --binary target/release/warraq --work DIR

CORPUS has a JSON object with an `id` and a `text` per line; zstd must be installed. DIR needs room for the corpus as often as it
is taken, and for the outputs. Run it from the root of the project.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time


def multiply(corpus, times, path):
    lines = subprocess.run(["zstd", "-dc", corpus], check=True, capture_output=True).stdout.splitlines(True)
    with open(path, "wb") as out:
        for n in range(times):
            # The id is whatever it is, with the number of the copy before it.
            out.writelines(re.sub(rb'("id": ?")', rb"\g<1>%d-" % n, line, count=1) for line in lines)
    return len(lines) * times


def without(stage, text):
    """The pipeline without its only stage of this name."""
    text, count = re.subn(rf"(?ms)^\[\[stage\]\][^\n]*\nuse = \"{re.escape(stage)}\"\n.*?(?=^\[)", "", text)
    assert count == 1, f"{count} stages are {stage}"
    return text


def pipeline(source, deduplicated):
    text = open("pipelines/web-corpus-ar.toml", encoding="utf-8").read()
    start, stages = text.index("[[source]]"), text.index("[[stage]]")
    text = text[:start] + f'[[source]]\nuse = "jsonl"\npaths = ["{source}"]\n\n' + text[stages:]
    # The corpus has no pages but their texts.
    text = without("clean.html", text)
    if not deduplicated:
        text = without("dedup.minhash", text)
    text = text.replace("web-corpus-ar.jsonl", "out-{shard}.jsonl").replace("web-corpus-ar-rejects", "rejects-{shard}")
    return text[: text.index("[expect]")]


def bytes_of(size):
    """`2GB`, `512MiB` and the like in bytes."""
    number, unit = re.fullmatch(r"(\d+) *([KMGT]?)(i?)B", size).group(1, 2), "i" in size
    return int(number[0]) * (1024 if unit else 1000) ** " KMGT".index(number[1] or " ")


def run(binary, file, *args):
    process = subprocess.Popen([binary, "run", file, "--quiet", *args], stderr=subprocess.PIPE)
    samples, begun = [], time.time()

    def watch():
        while process.poll() is None:
            try:
                status = open(f"/proc/{process.pid}/status").read()
                samples.append(int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024)
            except (AttributeError, FileNotFoundError):
                pass
            time.sleep(1)

    thread = threading.Thread(target=watch)
    thread.start()
    _, stderr = process.communicate()
    thread.join()
    if process.returncode not in (0, 5):
        sys.exit(f"exit {process.returncode}: {stderr.decode()}")
    return time.time() - begun, samples


def digest(paths):
    sha, size = hashlib.sha256(), 0
    for path in paths:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                sha.update(block)
                size += len(block)
    return sha.hexdigest(), size


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--binary", default="target/release/warraq")
    parser.add_argument("--work", required=True)
    parser.add_argument("--only", choices=["deduplication", "shards"])
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    source = os.path.abspath(os.path.join(args.work, "corpus.jsonl"))
    documents = multiply(args.corpus, args.times, source)
    print(f"{documents} documents, {os.path.getsize(source) / 1e9:.2f} GB", flush=True)
    for name, deduplicated in [("dedup.toml", True), ("local.toml", False)]:
        with open(os.path.join(args.work, name), "w", encoding="utf-8") as file:
            file.write(pipeline(source, deduplicated))
    ceiling = ["--set", f"run.memory={args.memory}"]

    if args.only != "shards":
        out = os.path.join(args.work, "dedup")
        seconds, samples = run(args.binary, os.path.join(args.work, "dedup.toml"), "--out", out, *ceiling)
        report = json.load(open(os.path.join(out, "report.json")))
        verified = subprocess.run([args.binary, "verify", out], capture_output=True, text=True)
        ledger, peak = report["ledger"], report["timing"]["peak_memory_bytes"]
        assert ledger["read"] == documents, ledger
        assert ledger["read"] == ledger["kept"] + ledger["dropped"] + ledger["duplicate"] + ledger["failed"], ledger
        tenths = [max(samples[n * len(samples) // 10 : (n + 1) * len(samples) // 10] or [0]) for n in range(10)]
        print(f"deduplicated in {seconds:.0f} s: {ledger}; verify: exit {verified.returncode}")
        assert verified.returncode == 0, verified.stderr
        print(f"peak {peak / 1e6:.0f} MB of {args.memory}; most MiB in each tenth of the time: {[round(t) for t in tenths]}")
        assert peak <= bytes_of(args.memory), f"a peak of {peak} bytes"
        sys.stdout.flush()

    if args.only != "deduplication":
        local = os.path.join(args.work, "local.toml")
        seconds, _ = run(args.binary, local, "--out", os.path.join(args.work, "whole"), *ceiling)
        print(f"whole, without deduplication, in {seconds:.0f} s", flush=True)
        for n in range(4):
            run(args.binary, local, "--out", os.path.join(args.work, "shards"), "--shard", f"{n}/4", *ceiling)
        for kind in ["out", "rejects"]:
            whole = digest([os.path.join(args.work, "whole", f"{kind}-0.jsonl")])
            shards = digest([os.path.join(args.work, "shards", f"{kind}-{n}.jsonl") for n in range(4)])
            print(f"{kind}: whole and shards {'equal' if whole == shards else 'DIFFER'}, {whole[1] / 1e9:.2f} GB, {whole[0][:16]}")
            if whole != shards:
                sys.exit(1)


if __name__ == "__main__":
    main()
