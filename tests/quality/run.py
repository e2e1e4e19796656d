#!/usr/bin/env python3
"""Measures what docs/quality.md states, and prints its tables in Markdown.

    cargo build --release -p warraq
    tests/quality/run.py [TASK ...] [--data DATA] [--score SCORE] [--bench NEWS] [--warraq target/release/warraq]

DATA is a folder that has, at any depth, treebanks (`NAME-dev.conllu`, `ar_padt-train.conllu`) such as the releases of Universal
Dependencies, `lid-dev.tsv`, a line per text with its language (ISO 639-1), a tab, the text, and `html-dev.jsonl` and `furniture-dev.jsonl`,
pages and articles with what should be left of them; all of them plain or `.gz`. SCORE
is a scorer with `make` and `score` commands that take `ud GOLD [OUT] --join newline|space`, make JSON Lines of `id` and `text`
from a treebank, and print lines of the form `tokens … F1 99.98`. NEWS is JSON Lines of news for what is measured on running text:
speeds, and names. What is not there is left out, and said to be.

A task is a function in TASKS that yields lines of Markdown. Standard library only.
"""

import argparse
import collections
import datetime
import gzip
import json
import pathlib
import platform
import re
import resource
import subprocess
import sys
import tempfile
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"

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
# Words of Arabic PADT: who, F1, MB/s, from where.
SEGMENTERS = [
    ("Stanza", "98.03", "", "published, test set, from raw text"),
    ("Farasa", "98.7", "0.16", "measured for this project, test set"),
    ("a lookup of the treebank's tokens", "97.8", "", "measured for this project, test set"),
    ("naive rules", "87.6", "", "measured for this project, test set"),
]
# Languages identified: who, mean over 75 languages, MB/s.
IDENTIFIERS = [("lingua", "95.9", "0.09"), ("pycld2", "94.0", "17"), ("whatlang", "70.7", "")]
LANGUAGES = ["ar", "fa", "ur", "he", "tr"]
# Web pages: the scorer's task, the gold, the stage, and what others have on the same kind of data.
PAGES = [
    ("html", "html-dev", "clean.html", "trafilatura 2.3 .957, readability-lxml .947, dom_smoothie .865 (on the whole set)"),
    ("furniture", "furniture-dev", "clean.news", "a line without an end mark, of at most 110 characters: .84"),
]

# How often a speed is measured; the best counts, as whatever else the machine does only slows it down.
REPEATS = 3


class Missing(Exception):
    """Something that is to be measured on is not there."""


def lines(path):
    """The lines of a file, plain or compressed."""
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")


def letters(text):
    """A text's letters, by script: the first word of their names."""
    return collections.Counter(unicodedata.name(c, "?").split()[0] for c in text if c.isalpha())


def common(a, b):
    """The length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for x in a:
        last = 0
        for j, y in enumerate(b):
            last, row[j + 1] = row[j + 1], last + 1 if x == y else max(row[j + 1], row[j])
    return row[-1]


def f1(right, found, gold):
    return 200 * right / (found + gold) if found + gold else 0.0


class Bench:
    """The program, the scorer, the data, and a folder for what is made on the way."""

    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = folder

    def data(self, name):
        """A file below the folder of data, plain or compressed."""
        found = sorted(self.arguments.data.rglob(f"{name}*"))
        if not found:
            raise Missing(f"there is no {name} in {self.arguments.data}")
        return found[0]

    def treebank(self, name):
        """The file of a treebank, not of its training part."""
        found = sorted(p for p in self.arguments.data.rglob(f"{name}*.conllu*") if "train" not in p.name)
        if not found:
            raise Missing(f"there is no {name} in {self.arguments.data}")
        return found[0]

    def warraq(self, *command):
        """What a command prints."""
        done = subprocess.run([self.arguments.warraq, *command], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, done.args))}\n{done.stderr}")
        return done.stdout

    def model(self, kind):
        """A model of the training part of Arabic PADT, made once."""
        model = self.folder / f"{kind}.model"
        if not model.exists():
            self.warraq("train", kind, "--data", self.data("ar_padt-train.conllu"), "--out", model, "--name", kind)
        return model

    def run(self, source, stages, name="out", fields=None, limit=None):
        """The file of the documents that stages make of a source. A stage is a name, or a name and its options in TOML."""
        stages = [stage if isinstance(stage, tuple) else (stage, "") for stage in stages]
        toml = "".join(f'[[stage]]\nuse = "{use}"\n{options}\n' for use, options in stages)
        fields = f"fields = {json.dumps(fields)}\n" if fields else ""
        text = f'warraq = 1\n[[source]]\npaths = [{json.dumps(str(source))}]\n{toml}[[export]]\npath = "{name}.jsonl"\n{fields}'
        pipeline = self.folder / "quality.toml"
        pipeline.write_text(text, encoding="utf-8")
        limit = ["--limit", str(limit)] if limit else []
        self.warraq("run", pipeline, "--threads", "1", "--quiet", *limit)
        return self.folder / f"{name}.jsonl"

    def write(self, name, records):
        path = self.folder / name
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        return path

    def scored(self, task, gold, stages, *options):
        """What the scorer prints about stages on a gold file."""
        scorer = [sys.executable, self.arguments.score]
        texts = self.folder / "texts.jsonl"
        with open(texts, "wb") as file:
            subprocess.run([*scorer, "make", task, gold, *options], check=True, stdout=file)
        out = self.run(texts, stages)
        command = [*scorer, "score", task, gold, out, *options]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def score(self, gold, join, stages, layer):
        """The F1 of a layer after stages on a treebank, as the scorer prints it."""
        printed = self.scored("ud", gold, stages, "--join", join)
        return re.search(rf"^{layer}\b.* F1 +([\d.]+)", printed, re.MULTILINE).group(1)

    def speeds(self, stages):
        """The text of the news, in megabytes (10^6 bytes), that each stage takes in a second of one core: by the processor time
        of a run with it and of one without it and all after it. So it does not matter what else the machine does meanwhile,
        but for the caches; that a model is loaded counts."""
        news = self.arguments.bench
        if not news.exists():
            raise Missing(f"there is no {news}")
        best = []
        for count in range(len(stages) + 1):
            times = []
            for _ in range(REPEATS):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                out = self.run(news, stages[:count], fields=["text"])
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            best.append(min(times))
        size = sum(len(json.loads(line)["text"].encode()) for line in lines(out))
        names = [stage if isinstance(stage, str) else stage[0] for stage in stages]
        return {name: f"{size / (best[n + 1] - best[n]) / 1e6:.1f}" for n, name in enumerate(names)}


def each(bench, rows, cells):
    """The table rows of the treebanks that there are."""
    for name, *rest in rows:
        try:
            gold = bench.treebank(name)
        except Missing as e:
            print(f"left out: {e}", file=sys.stderr)
            continue
        yield f"| {gold.name.split('.')[0]} | {' | '.join(cells(gold, *rest))} |"


def tokens(bench):
    yield "| treebank | tokens F1 | plain UAX #29 | spaCy blank |"
    yield "|---|---|---|---|"
    cells = lambda gold, plain, spacy: [bench.score(gold, "newline", ["tokenize.words"], "tokens"), plain, spacy]
    yield from each(bench, TOKENS, cells)


def sentences(bench):
    yield "| treebank | sentences F1, a sentence a line | with spaces between | plain UAX #29, a sentence a line |"
    yield "|---|---|---|---|"
    stages = ["tokenize.words", "tokenize.sentences"]
    cells = lambda gold, plain: [bench.score(gold, join, stages, "sents") for join in ("newline", "space")] + [plain]
    yield from each(bench, SENTENCES, cells)


def segmenter(bench):
    """The stage with a trained model."""
    return "tokenize.segment-ar", f"model = {json.dumps(str(bench.model('segmenter')))}"


def words(bench):
    gold = bench.treebank("ar_padt")
    stages = {"`tokenize.segment-ar`, trained on ar_padt-train": segmenter(bench), "its built-in rules": "tokenize.segment-ar"}
    yield "| segmenter | words F1 | MB/s per core | |"
    yield "|---|---|---|---|"
    for name, stage in stages.items():
        figure = bench.score(gold, "newline", ["tokenize.words", stage], "words")
        try:
            speed = bench.speeds(["tokenize.words", stage])["tokenize.segment-ar"]
        except Missing as e:
            print(f"left out: {e}", file=sys.stderr)
            speed = ""
        yield f"| {name} | {figure} | {speed} | {gold.name.split('.')[0]}, from raw text |"
    for row in SEGMENTERS:
        yield f"| {' | '.join(row)} |"


def language(bench):
    gold = [line.split("\t", 1) for line in lines(bench.data("lid-dev.tsv"))]
    texts = bench.write("texts.jsonl", ({"id": str(n), "text": text} for n, (_, text) in enumerate(gold)))
    out = bench.run(texts, ["tag.language"], fields=["id", "lang", "scores"])
    answers = {int(r["id"]): (r["lang"] or "und", r["scores"].get("language.score", 0.0)) for r in map(json.loads, lines(out))}
    total, wrong = collections.Counter(), collections.defaultdict(list)
    bins = collections.defaultdict(lambda: [0, 0])
    for n, (right, text) in enumerate(gold):
        answer, score = answers[n]
        total[right] += 1
        if answer != right:
            wrong[right].append((answer, text))
        if answer != "und":
            counts = bins[min(int(score * 10), 9)]
            counts[0] += 1
            counts[1] += answer == right

    def accuracy(language):
        return 100 * (1 - len(wrong[language]) / total[language])

    yield "| language | accuracy | wrong answers | of these, most letters are of another script |"
    yield "|---|---|---|---|"
    weakest = sorted(total, key=lambda language: (accuracy(language), language))[:8]
    scripts = {l: letters("".join(text for right, text in gold if right == l)).most_common(1)[0][0] for l in total}
    for l in [l for l in LANGUAGES if l in total] + [l for l in weakest if l not in LANGUAGES]:
        most = ", ".join(f"{answer} {n}" for answer, n in collections.Counter(a for a, _ in wrong[l]).most_common(4))
        other = sum(letters(text).most_common(1)[0][0] != scripts[l] for _, text in wrong[l] if letters(text))
        yield f"| {l} | {accuracy(l):.2f} | {most} | {other or ''} |"
    yield ""
    try:
        speed = bench.speeds(["tag.language"])["tag.language"]
    except Missing as e:
        print(f"left out: {e}", file=sys.stderr)
        speed = ""
    yield f"| | mean over {len(total)} languages | MB/s per core |"
    yield "|---|---|---|"
    yield f"| `tag.language` | {sum(map(accuracy, total)) / len(total):.2f} | {speed} |"
    for row in IDENTIFIERS:
        yield f"| {' | '.join(row)} |"
    yield ""
    yield f"Without an answer: {sum(a == 'und' for a, _ in answers.values())} of {len(gold)}. "
    parts = [f"{100 * good / count:.0f} % of {count} with {n / 10:.1f} or more" for n, (count, good) in sorted(bins.items())]
    yield f"Answers that are right, by score: {', '.join(parts)}."


def pos(bench):
    gold, model = bench.treebank("ar_padt"), bench.model("tagger")
    printed = bench.warraq("eval", model, gold)
    given = re.search(r"^upos .* F1 +([\d.]+)", printed, re.MULTILINE).group(1)
    # The treebank as documents, and its text alone through all stages. Words count as in the CoNLL 2018 shared task: aligned
    # inside a token whose ends are right, here by form and tag together.
    expected = bench.run(gold, [], name="gold")
    expected = {r["id"]: r for r in map(json.loads, lines(expected))}
    texts = bench.write("texts.jsonl", ({"id": id, "text": r["text"]} for id, r in expected.items()))
    tagger = ("tag.pos", f"model = {json.dumps(str(model))}")
    out = bench.run(texts, ["tokenize.words", "tokenize.sentences", segmenter(bench), tagger])

    def tagged(record):
        for token in record["tokens"]:
            surface = record["text"][token["start"] : token["end"]]
            listed = token.get("words") or [token]
            yield (token["start"], token["end"]), [(w.get("form", surface), w.get("upos")) for w in listed]

    right = found = wanted = 0
    for record in map(json.loads, lines(out)):
        guess, answer = dict(tagged(record)), dict(tagged(expected[record["id"]]))
        right += sum(common(words, guess.get(place, ())) for place, words in answer.items())
        found += sum(map(len, guess.values()))
        wanted += sum(map(len, answer.values()))
    yield "| Arabic tags | UPOS F1 |"
    yield "|---|---|"
    yield f"| {gold.name.split('.')[0]}, in the words of the treebank | {given} |"
    yield f"| {gold.name.split('.')[0]}, from raw text | {f1(right, found, wanted):.2f} |"


def entities(bench):
    """No Arabic names marked by people are free to use here. What can be measured is whether a model learns more than a list: it
    is taught with the places of a lexicon, without any sentence that has a name of one part of the list, and asked for both."""
    news, documents = bench.arguments.bench, 4000
    if not news.exists():
        raise Missing(f"there is no {news}")
    lexicons = [ROOT / "pipelines/lexicons" / f"{name}.tsv" for name in ("countries", "cities", "places-ar")]
    files = f"files = {json.dumps([str(path) for path in lexicons])}"
    stages = ["clean.unicode", ("clean.arabic", 'tashkeel = "strip"'), "tokenize.words", "tokenize.sentences"]
    out = bench.run(news, [*stages, ("tag.gazetteer", files)], name="silver", limit=documents)
    hidden = lambda name: sum(name.encode()) % 5 == 0

    def parts(record):
        """The sentences with their tokens and places, counted from the sentence."""
        for sentence in record["sents"]:
            start, end = sentence["start"], sentence["end"]
            inside = lambda layer: [i for i in record[layer] if start <= i["start"] and i["end"] <= end]
            moved = lambda item, keys: {**{k: item[k] for k in keys}, "start": item["start"] - start, "end": item["end"] - start}
            text = record["text"][start:end]
            yield {
                "text": text,
                "tokens": [moved(i, ()) for i in inside("tokens")],
                "spans": [moved(i, ("label", "source")) for i in inside("spans") if i["label"] == "LOC"],
            }

    train, test = [], []
    for n, record in enumerate(map(json.loads, lines(out))):
        for m, part in enumerate(parts(record) if letters(record["text"]).most_common(1)[0][0] == "ARABIC" else ()):
            part["id"] = f"{n}.{m}"
            names = [part["text"][s["start"] : s["end"]] for s in part["spans"]]
            if n % 5 == 0:
                test.append(part)
            elif not any(map(hidden, names)):
                train.append(part)
    model = bench.folder / "entities.model"
    data = bench.write("train.jsonl", train)
    bench.warraq("train", "entities", "--data", data, "--out", model, "--epochs", "4")
    texts = bench.write("texts.jsonl", ({"id": p["id"], "text": p["text"]} for p in test))
    out = bench.run(texts, ["tokenize.words", ("tag.entities", f"model = {json.dumps(str(model))}")])
    guesses = {r["id"]: {(s["start"], s["end"]) for s in r["spans"]} for r in map(json.loads, lines(out))}
    counts = collections.Counter()
    for part in test:
        gold = {(s["start"], s["end"]): part["text"][s["start"] : s["end"]] for s in part["spans"]}
        found = guesses[part["id"]]
        counts["found"] += len(found)
        counts["right"] += len(found & gold.keys())
        for place, name in gold.items():
            kind = "hidden" if hidden(name) else "taught"
            counts[kind] += 1
            counts[kind, "found"] += place in found
    yield "| places of the lexicon in news | |"
    yield "|---|---|"
    yield f"| recall, names it was taught | {100 * counts['taught', 'found'] / counts['taught']:.2f} ({counts['taught']}) |"
    yield f"| recall, names it never saw | {100 * counts['hidden', 'found'] / counts['hidden']:.2f} ({counts['hidden']}) |"
    yield f"| of what it found, in the lexicon | {100 * counts['right'] / counts['found']:.2f} ({counts['found']}) |"


def speed(bench):
    stages = ["clean.unicode", "tag.language", "tokenize.words", "tokenize.sentences", segmenter(bench)]
    stages.append(("tag.pos", f"model = {json.dumps(str(bench.model('tagger')))}"))
    yield "| stage | MB/s per core |"
    yield "|---|---|"
    for stage, figure in bench.speeds(stages).items():
        yield f"| `{stage}` | {figure} |"


def pages(bench):
    yield "| task | stage | precision | recall | F1 | peers |"
    yield "|---|---|---|---|---|---|"
    for name, data, stage, peers in PAGES:
        try:
            gold = bench.data(data)
        except Missing as e:
            print(f"left out: {e}", file=sys.stderr)
            continue
        figures = re.findall(r"\b(?:P|R|F1) +([\d.]+)", bench.scored(name, gold, [stage]))[:3]
        yield f"| {data} | `{stage}` | {' | '.join(figures)} | {peers} |"


TASKS = {
    "tokens": tokens,
    "sentences": sentences,
    "words": words,
    "language": language,
    "pos": pos,
    "entities": entities,
    "pages": pages,
    "speed": speed,
}


def machine():
    """The processor's name."""
    try:
        names = re.findall(r"^model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"some of {', '.join(TASKS)}; all if there are none")
    parser.add_argument("--data", type=pathlib.Path, default=SHARED / "data", help="the folder of treebanks and texts")
    parser.add_argument("--score", type=pathlib.Path, default=SHARED / "eval/score.py", help="the scorer")
    parser.add_argument("--bench", type=pathlib.Path, default=SHARED / "bench/news-50mb.jsonl.zst", help="news in JSON Lines")
    parser.add_argument("--warraq", type=pathlib.Path, default=ROOT / "target/release/warraq", help="the program")
    arguments = parser.parse_args()
    if unknown := [task for task in arguments.tasks if task not in TASKS]:
        parser.error(f"there is no task {unknown[0]}; there are {', '.join(TASKS)}")
    for name in ("data", "score", "bench", "warraq"):
        setattr(arguments, name, getattr(arguments, name).absolute())
    if not arguments.warraq.exists():
        parser.error(f"there is no {arguments.warraq}: build it, `cargo build --release -p warraq`")
    if missing := [path for path in (arguments.data, arguments.score) if not path.exists()]:
        print(f"skipped: there is no {missing[0]}; --data and --score say where they are", file=sys.stderr)
        return
    version = subprocess.run([arguments.warraq, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    print(f"{version}, {machine()}, {datetime.date.today()}\n")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, pathlib.Path(folder))
        for task in arguments.tasks or TASKS:
            print(f"## {task.capitalize()}\n")
            try:
                for line in TASKS[task](bench):
                    print(line, flush=True)
            except Missing as e:
                print(f"Left out: {e}.")
            print()


main()
