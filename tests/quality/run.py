#!/usr/bin/env python3
"""Measures what docs/quality.md states, and prints its tables in Markdown.

    cargo build --release -p warraq
    tests/quality/run.py DATA SCORE [TASK ...] [--warraq target/release/warraq]

DATA is a folder of treebanks, `NAME.conllu` or `NAME.conllu.gz`, such as the releases of Universal Dependencies; SCORE is a scorer
with `make` and `score` commands that take `ud GOLD [OUT] --join newline|space`, make JSON Lines of `id` and `text` from a
treebank, and print lines of the form `tokens … F1 99.98`. Treebanks that are not in the folder are left out and named.

A task is a function in TASKS that yields lines of Markdown.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

PIPELINE = """warraq = 1
[[source]]
use = "jsonl"
paths = ["in.jsonl"]
{stages}
[[export]]
path = "out.jsonl"
"""

# Treebank, and the figures of unicode-segmentation or ICU4X (plain UAX #29) and of a blank spaCy pipeline, as far as they are
# known; those were measured on the test sets.
TOKENS = [
    ("ar_padt", "99.76", "98.30"),
    ("fa_seraji", "", ""),
    ("ur_udtb", "", ""),
    ("he_iahlt", "", ""),
    ("tr_boun", "98.11", "99.42"),
    ("en_ewt", "94.57", "95.70"),
    ("fr_gsd", "90.6", "98.9"),
    ("de_gsd", "", ""),
    ("ru_gsd", "89.9", "94.7"),
    ("zh_gsd", "76.6", ""),
    ("ja_gsd", "77.3", ""),
]
# Treebank, and the figure of plain UAX #29 by newline.
SENTENCES = [
    ("ar_pud", "98.3"),
    ("fa_seraji", "100"),
    ("en_ewt", ""),
    ("fr_gsd", ""),
    ("de_gsd", ""),
    ("ru_gsd", ""),
]


class Bench:
    """The program, the scorer and the data."""

    def __init__(self, arguments):
        self.arguments = arguments

    def treebank(self, name):
        """The file of a treebank, or None."""
        found = sorted(self.arguments.data.glob(f"{name}*.conllu*"))
        found = [path for path in found if "train" not in path.name]
        if not found:
            print(f"there is no {name} in {self.arguments.data}", file=sys.stderr)
        return found[0] if found else None

    def score(self, gold, join, stages, layer):
        """The F1 of a layer after a pipeline of stages on a treebank, as the scorer prints it."""
        scorer = [sys.executable, self.arguments.score]
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            with open(folder / "in.jsonl", "wb") as texts:
                subprocess.run([*scorer, "make", "ud", gold, "--join", join], check=True, stdout=texts)
            stages = "\n".join(f'[[stage]]\nuse = "{stage}"' for stage in stages)
            folder.joinpath("quality.toml").write_text(PIPELINE.format(stages=stages), encoding="utf-8")
            subprocess.run([self.arguments.warraq, "run", folder / "quality.toml", "--quiet"], check=True)
            command = [*scorer, "score", "ud", gold, folder / "out.jsonl", "--join", join]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return re.search(rf"^{layer}\b.* F1 +([\d.]+)", printed, re.MULTILINE).group(1)


def tokens(bench):
    yield "| treebank | tokens F1 | plain UAX #29 | spaCy blank |"
    yield "|---|---|---|---|"
    for name, plain, spacy in TOKENS:
        if gold := bench.treebank(name):
            yield f"| {gold.name.split('.')[0]} | {bench.score(gold, 'newline', ['tokenize.words'], 'tokens')} | {plain} | {spacy} |"


def sentences(bench):
    yield "| treebank | sentences F1, a sentence a line | with spaces between | plain UAX #29, a sentence a line |"
    yield "|---|---|---|---|"
    stages = ["tokenize.words", "tokenize.sentences"]
    for name, plain in SENTENCES:
        if gold := bench.treebank(name):
            lines, spaces = (bench.score(gold, join, stages, "sents") for join in ("newline", "space"))
            yield f"| {gold.name.split('.')[0]} | {lines} | {spaces} | {plain} |"


TASKS = {"tokens": tokens, "sentences": sentences}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("score", type=pathlib.Path)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"some of {', '.join(TASKS)}; all if there are none")
    parser.add_argument("--warraq", default="target/release/warraq", help="the program")
    arguments = parser.parse_args()
    for path in (arguments.data, arguments.score):
        if not path.exists():
            parser.error(f"there is no {path}")
    if unknown := [task for task in arguments.tasks if task not in TASKS]:
        parser.error(f"there is no task {unknown[0]}; there are {', '.join(TASKS)}")
    for task in arguments.tasks or TASKS:
        print(f"## {task.capitalize()}\n")
        for line in TASKS[task](Bench(arguments)):
            print(line)
        print()


main()
