#!/usr/bin/env python3
"""The speed of `clean.html` beside trafilatura's, on one thread each.

    python3 -m venv target/html-venv && target/html-venv/bin/pip install trafilatura==2.3.1
    cargo build --release -p warraq
    target/html-venv/bin/python tests/bench/html-speed.py PAGES.jsonl [--warraq target/release/warraq] [--runs 5] [--repeat 5]

PAGES has a field `text` or `html`, a page a line. Both take the same pages in turns; medians of wall time are printed.
Trafilatura is measured within a process that is already running, around its calls alone; Warraq as a whole process, with
start, reading, JSON and writing. `--repeat` puts the pages several times into one run, so that the start weighs little.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import trafilatura

PIPELINE = """warraq = 1
run = {{ threads = 1 }}
[[source]]
use = "jsonl"
paths = [{pages}]
[[stage]]
use = "clean.html"
[[export]]
path = "out.jsonl"
fields = ["id", "text"]
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=pathlib.Path)
    parser.add_argument("--warraq", type=pathlib.Path, default=pathlib.Path("target/release/warraq"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=5)
    args = parser.parse_args()
    records = [json.loads(line) for line in args.pages.open(encoding="utf-8") if line.strip()]
    pages = [record.get("text") or record["html"] for record in records] * args.repeat
    size = sum(len(page.encode()) for page in pages)
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with open(folder / "pages.jsonl", "w", encoding="utf-8") as out:
            for page in pages:
                out.write(json.dumps({"text": page}, ensure_ascii=False) + "\n")
        (folder / "p.toml").write_text(PIPELINE.format(pages=json.dumps(str(folder / "pages.jsonl"))))
        command = [args.warraq.resolve(), "run", "p.toml", "--quiet"]
        environment = dict(os.environ, RAYON_NUM_THREADS="1")
        for _ in range(args.runs):
            start = time.perf_counter()
            subprocess.run(command, cwd=folder, check=True, env=environment)
            ours.append(time.perf_counter() - start)
            start = time.perf_counter()
            for page in pages[: len(records)]:
                trafilatura.bare_extraction(page, with_metadata=True)
            theirs.append((time.perf_counter() - start) * args.repeat)
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"{len(pages)} pages, {size / 1e6:.1f} MB")
    print(f"warraq       {mine:8.3f} s  {size / 1e6 / mine:8.2f} MB/s  {len(pages) / mine:9.1f} pages/s")
    print(f"trafilatura  {other:8.3f} s  {size / 1e6 / other:8.2f} MB/s  {len(pages) / other:9.1f} pages/s")
    print(f"ratio        {other / mine:8.1f}")


main()
