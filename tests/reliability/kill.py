#!/usr/bin/env python3
"""Kills runs with SIGKILL at random instants, resumes them, and compares all outputs with those of a run that was left alone.

Each trial is a pipeline with deduplication (in one pass and in two), exports as JSON Lines, compressed JSON Lines and CoNLL-U,
rejects, and a saved index. It is killed once to four times: at a random time, or as soon as something can be seen on disk that
belongs to a phase that is too short to be hit by chance (a checkpoint being written, outputs getting their names). Then it is
resumed until it ends by itself.

    tests/reliability/kill.py --binary target/release/warraq --trials 300
"""

import argparse
import collections
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

EXPORTS = ["docs.jsonl", "docs.jsonl.zst", "docs.conllu", "rejects.jsonl", "seen.idx"]
FOLDER = "out/rejects.jsonl.checkpoint"
# A phase and the file whose appearance shows that it has begun; of each output the last one to be renamed is the index.
SIGHTS = {
    "checkpointing": FOLDER + "/checkpoint.json.partial",
    "after a checkpoint": FOLDER + "/checkpoint.json",
    "surveying": FOLDER + "/survey-0.journal",
    "deciding": FOLDER + "/pass-%d-stage-1.journal",
    "writing": "out/docs.jsonl.partial",
    "saving": "out/seen.idx.partial",
    "renaming": "out/docs.jsonl",
    "renaming the last": "out/seen.idx",
    "reporting": "out/report.json",
}
PIPELINE = """
warraq = 1
[run]
checkpoint = "%(checkpoint)s"
[[source]]
use = "jsonl"
paths = ["in/*"]
[[stage]]
use = "clean.unicode"
[[stage]]
use = "dedup.minhash"
mode = "%(mode)s"
save = "out/seen.idx"
[[stage]]
use = "tokenize.words"
[[stage]]
use = "tokenize.sentences"
[[export]]
path = "out/docs.jsonl"
[[export]]
path = "out/docs.jsonl.zst"
[[export]]
path = "out/docs.conllu"
"""


def corpus(folder, megabytes):
    """Documents of which some repeat others, in a plain file, a compressed one and small ones."""
    rng = random.Random(7)
    words = ["كلمة%d" % n for n in range(4000)]
    texts = []

    def record(n):
        if n % 7 == 3 and texts:
            text = rng.choice(texts).split(" ")
            if n % 2:
                text[rng.randrange(len(text))] = rng.choice(words)
            text = " ".join(text)
        else:
            text = " ".join(rng.choice(words) for _ in range(rng.randrange(20, 200))) + "."
        texts.append(text)
        if len(texts) > 2000:
            texts.pop(0)
        return '{"id":"d%d","text":"%s"}\n' % (n, text) if n % 97 else '{"id":"d%d","text":\n' % n

    os.makedirs(folder)
    n = 0
    for name, size in [("a.jsonl", megabytes / 2), ("b.jsonl", 0.01), ("c.jsonl", 0.3), ("d.jsonl", megabytes / 2)]:
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as out:
            while out.tell() < size * 1e6:
                out.write(record(n))
                n += 1
        if name == "d.jsonl":
            subprocess.run(["gzip", "-n", path], check=True)


def digests(folder):
    found = {}
    for name in EXPORTS:
        with open(os.path.join(folder, "out", name), "rb") as file:
            found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


def start(binary, folder, threads, resume):
    command = [binary, "run", "p.toml", "--threads", str(threads), "--window", "4MiB", "--quiet"]
    return subprocess.Popen(command + ["--resume"] * resume, cwd=folder, stderr=subprocess.PIPE)


def kill(process, folder, delay, sight):
    """Kills a run after so many seconds, or once `sight` is there. Returns whether it was still running."""
    if sight:
        sight = os.path.join(folder, sight)
        before = os.stat(sight).st_mtime_ns if os.path.exists(sight) else None
        while process.poll() is None:
            try:
                if os.stat(sight).st_mtime_ns != before:
                    break
            except FileNotFoundError:
                before = None
        if delay:
            time.sleep(delay)
    else:
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            pass
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return alive


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default="target/release/warraq")
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--megabytes", type=float, default=8)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    binary = os.path.abspath(args.binary)
    rng = random.Random(args.seed)
    print(f"seed {args.seed}", flush=True)
    with tempfile.TemporaryDirectory() as work:
        corpus(os.path.join(work, "in"), args.megabytes)
        variants = [(mode, threads) for mode in ["stream", "cluster"] for threads in [1, 2]]
        reference, seconds = {}, {}
        for mode, threads in variants:
            folder = prepare(work, "reference", mode, "0s")
            begun = time.time()
            process = start(binary, folder, threads, False)
            _, stderr = process.communicate()
            assert process.returncode == 5, stderr.decode()
            seconds[mode] = time.time() - begun
            found = digests(folder)
            assert reference.setdefault(mode, found) == found, "the bytes depend on threads"
        same, killed, phases = 0, 0, collections.Counter()
        for trial in range(args.trials):
            mode, threads = variants[trial % len(variants)]
            checkpoint = rng.choice(["0s", "0s", "1ms", "50ms", "300ms"])
            folder = prepare(work, "trial", mode, checkpoint)
            resume = False
            for _ in range(rng.choice([1, 1, 1, 2, 3, 4])):
                phase, sight, delay = "any time", None, rng.uniform(0, 1.1 * seconds[mode])
                if rng.random() < 0.5:
                    phase, sight = rng.choice(sorted(SIGHTS.items()))
                    sight = sight.replace("%d", "1" if mode == "cluster" else "0")
                    delay = rng.choice([0, 0, rng.uniform(0, 0.002), rng.uniform(0, 0.05)])
                if kill(start(binary, folder, threads, resume), folder, delay, sight):
                    killed += 1
                    phases[phase] += 1
                resume = True
            process = start(binary, folder, threads, True)
            _, stderr = process.communicate()
            found = digests(folder) if process.returncode == 5 else None
            left = sorted(set(os.listdir(os.path.join(folder, "out"))) - set(EXPORTS) - {"report.json"})
            if found == reference[mode] and not left:
                same += 1
                continue
            print(f"trial {trial}: {mode}, {threads} threads, checkpoint {checkpoint}, last killed {phase}:")
            print(f"  exit {process.returncode}, left {left}, {stderr.decode()}")
            for name in EXPORTS if found else []:
                if found[name] != reference[mode][name]:
                    print(f"  {name} differs")
            shutil.copytree(folder, f"kill-trial-{trial}", dirs_exist_ok=True)
        print(f"{same} of {args.trials} equal; {killed} kills: {dict(sorted(phases.items()))}")
        sys.exit(same != args.trials)


def prepare(work, name, mode, checkpoint):
    folder = os.path.join(work, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    os.symlink(os.path.join(work, "in"), os.path.join(folder, "in"))
    with open(os.path.join(folder, "p.toml"), "w", encoding="utf-8") as file:
        file.write(PIPELINE % {"mode": mode, "checkpoint": checkpoint})
    return folder


if __name__ == "__main__":
    main()
