#!/usr/bin/env python3
"""How often `tag.language` is right, how far its scores can be believed, and how fast it is.

    cargo build --release -p warraq
    tests/quality/language.py GOLD.tsv[.gz] [--warraq target/release/warraq] [--weakest 10] [--errors LANGUAGE]

GOLD has a line per text: the language's code (ISO 639-1), a tab, the text. Printed are the accuracy per language of the weakest
ones and of ar, fa, ur, he and tr, the mean over languages, the part of right answers among those of like scores, the texts
without an answer, and the stage's speed on one thread.
"""

import argparse
import collections
import gzip
import json
import pathlib
import subprocess
import tempfile

PIPELINE = """warraq = 1
[[source]]
use = "jsonl"
paths = ["in.jsonl"]
[[stage]]
use = "tag.language"
[[export]]
path = "out.jsonl"
fields = ["id", "lang", "scores"]
"""


def gold(path):
    """The texts with their languages."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="\n") as lines:
        return [line.rstrip("\n").split("\t", 1) for line in lines]


def run(warraq, texts):
    """The language and score of each text, and the seconds that the stage took."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        folder.joinpath("quality.toml").write_text(PIPELINE, encoding="utf-8")
        with open(folder / "in.jsonl", "w", encoding="utf-8") as lines:
            for n, text in enumerate(texts):
                lines.write(json.dumps({"id": str(n), "text": text}, ensure_ascii=False) + "\n")
        command = [warraq, "run", folder / "quality.toml", "--threads", "1", "--quiet", "--report", folder / "report.json"]
        subprocess.run(command, check=True)
        seconds = json.loads((folder / "report.json").read_text(encoding="utf-8"))["timing"]["stage_seconds"]["tag.language"]
        with open(folder / "out.jsonl", encoding="utf-8") as lines:
            answers = {}
            for record in map(json.loads, lines):
                answers[int(record["id"])] = record["lang"] or "und", record["scores"].get("language.score", 0.0)
    return [answers[n] for n in range(len(texts))], seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=pathlib.Path)
    parser.add_argument("--warraq", default="target/release/warraq", help="the program")
    parser.add_argument("--weakest", type=int, default=10, help="how many of the weakest languages are shown")
    parser.add_argument("--errors", metavar="LANGUAGE", help="also print the wrong answers for this language")
    arguments = parser.parse_args()
    texts = gold(arguments.gold)
    answers, seconds = run(arguments.warraq, [text for _, text in texts])

    right, total, wrong = collections.Counter(), collections.Counter(), collections.defaultdict(collections.Counter)
    bins = collections.defaultdict(lambda: [0, 0])
    for (language, text), (answer, score) in zip(texts, answers):
        total[language] += 1
        right[language] += answer == language
        if answer != language:
            wrong[language][answer] += 1
            if language == arguments.errors:
                print(f"{answer}  {score:.2f}  {text}")
        if answer != "und":
            counts = bins[min(int(score * 10), 9)]
            counts[0] += 1
            counts[1] += answer == language

    def accuracy(language):
        return 100 * right[language] / total[language]

    weakest = sorted(total, key=lambda language: (accuracy(language), language))[: arguments.weakest]
    for language in weakest + [l for l in ["ar", "fa", "ur", "he", "tr"] if l in total and l not in weakest]:
        most = ", ".join(f"{answer} {count}" for answer, count in wrong[language].most_common(4))
        print(f"{language}  {accuracy(language):6.2f}  {most}")
    print(f"mean over {len(total)} languages: {sum(map(accuracy, total)) / len(total):.2f}")
    print(f"no answer: {sum(answer == 'und' for answer, _ in answers)} of {len(texts)}")
    for n in sorted(bins):
        count, good = bins[n]
        print(f"score {n / 10:.1f} to {(n + 1) / 10:.1f}: {count} answers, {100 * good / count:.1f} % right")
    size = sum(len(text.encode()) for _, text in texts)
    print(f"speed: {size / seconds / 1e6:.1f} MB/s on one thread ({size} bytes in {seconds:.3f} s)")


if __name__ == "__main__":
    main()
