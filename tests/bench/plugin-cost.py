#!/usr/bin/env python3
"""What the plugin boundary costs: one pipeline with a tagger built in, from a plugin, and from a plugin in a worker process.

    cargo build --release -p warraq -p warraq-built-in
    tests/bench/plugin-cost.py CORPUS.jsonl GAZETTEER.tsv [--target target/release] [--runs 9]

CORPUS has a field `text`; GAZETTEER is phrase <tab> label. The three run in turns, on one thread; medians are printed, with the
ratios to the first, for the whole process and for the tagger alone (from the report). All three must write the same bytes.
"""

import argparse
import hashlib
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

PIPELINE = """warraq = 1
[plugins.b]
path = {library}
[[source]]
use = "jsonl"
paths = [{corpus}]
[[stage]]
use = "clean.unicode"
[[stage]]
use = "clean.arabic"
tashkeel = "strip"
tatweel = "strip"
[[stage]]
use = "tokenize.words"
[[stage]]
use = "tokenize.sentences"
[[stage]]
use = "{tagger}"
name = "tag.gazetteer"
files = [{gazetteer}]
{run}
[[export]]
use = "jsonl"
path = "out/x.jsonl"
"""

VARIANTS = {
    "built in": ("tag.gazetteer", ""),
    "plugin": ("b.gazetteer", ""),
    "plugin, isolated": ("b.gazetteer", 'run = { isolate = "process" }'),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("gazetteer", type=pathlib.Path)
    parser.add_argument("--target", type=pathlib.Path, default=pathlib.Path("target/release"))
    parser.add_argument("--runs", type=int, default=9)
    args = parser.parse_args()
    target = args.target.resolve()
    times = {name: {"process": [], "tagger": []} for name in VARIANTS}
    sums = set()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, (tagger, run) in VARIANTS.items():
            text = PIPELINE.format(
                library=json.dumps(str(target / "warraq_built_in")),
                corpus=json.dumps(str(args.corpus.resolve())),
                gazetteer=json.dumps(str(args.gazetteer.resolve())),
                tagger=tagger,
                run=run,
            )
            if tagger == "tag.gazetteer":
                text = text.replace("[plugins.b]\npath = " + json.dumps(str(target / "warraq_built_in")) + "\n", "")
            (folder / f"{name}.toml").write_text(text)
        for _ in range(args.runs):
            for name in VARIANTS:
                output = folder / "out" / "x.jsonl"
                output.unlink(missing_ok=True)
                before = time.perf_counter()
                subprocess.run([target / "warraq", "run", folder / f"{name}.toml", "--threads", "1", "--quiet"], check=True)
                times[name]["process"].append(time.perf_counter() - before)
                report = json.loads((folder / "out" / "report.json").read_text())
                times[name]["tagger"].append(report["timing"]["stage_seconds"]["tag.gazetteer"])
                sums.add(hashlib.sha256(output.read_bytes()).hexdigest())
    if len(sums) != 1:
        raise SystemExit("the outputs differ")
    print(f"{args.runs} runs in turns, one thread, medians (least); the outputs are equal: sha256 {sums.pop()[:16]}…")
    for what in ("process", "tagger"):
        base = statistics.median(times["built in"][what])
        for name in VARIANTS:
            found = times[name][what]
            middle = statistics.median(found)
            print(f"{what:8} {name:17} {middle:6.3f} s ({min(found):.3f})  {middle / base:4.2f}")


if __name__ == "__main__":
    main()
