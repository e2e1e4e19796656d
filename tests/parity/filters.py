#!/usr/bin/env python3
"""Holds the filters under `compat = "datatrove"` against datatrove 0.10 itself, document by document.

    cargo build --release -p warraq
    tests/parity/filters.py compare [--corpus FILE.jsonl.zst] [--documents 5000] [--warraq target/release/warraq]
    tests/parity/filters.py record

`compare` runs every entry of configurations.json on the first documents of a corpus (JSON Lines with `id` and `text`, by
default the benchmark's in a folder `shared` beside the repository): datatrove's class on the one side, Warraq's stage on
the other, which is handed datatrove's own words and sentences as layers. Decision, reason and, of documents that are kept,
text must be equal in all of them; the command ends with 1 if they are not. Beside it stands how often the decisions agree
when Warraq has the words and sentences of its own tokenizers.

`record` does the same for texts.jsonl and writes what datatrove says to recorded.jsonl, which the tests of the crate
warraq-stages read: they need no Python.

datatrove, spaCy and their dependencies are installed by pip into an environment of their own under target/parity.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "target" / "parity"
PACKAGES = ["datatrove==0.10.0", "spacy==3.8.18", "regex", "zstandard"]
# The languages whose word splits datatrove is asked for.
LANGUAGES = {"ar": "arb_Arab", "en": "eng_Latn", "fr": "fra_Latn"}

PIPELINE = """warraq = 1
[[source]]
use = "jsonl"
paths = ["in.jsonl"]
layers = "{layers}"
{tokenizers}
[[stage]]
use = "{stage}"
{options}
[[export]]
use = "jsonl"
path = "out/docs.jsonl"
fields = ["id", "text"]
[rejects]
path = "out/rejects.jsonl"
"""
# What a filter counts: words, and C4 sentences.
WORDS = '[[stage]]\nuse = "tokenize.words"\n'
SENTENCES = '[[stage]]\nuse = "tokenize.sentences"\n'


def enter_environment():
    """Goes on in the environment that has datatrove, making it first if there is none."""
    environment = WORK / "venv"
    python = environment / "bin" / "python"
    if pathlib.Path(sys.prefix).resolve() == environment.resolve():
        return
    if not (environment / "complete").exists():
        venv.create(environment, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        (environment / "complete").touch()
    os.execv(python, [str(python), *sys.argv])


def language_of(text):
    """The language whose tokenizer a text gets: Arabic for Arabic letters, French for its commonest words, or English."""
    arabic = sum("\u0600" <= c <= "\u06ff" for c in text)
    if 2 * arabic > sum(c.isalpha() for c in text):
        return "ar"
    words = collections.Counter(text.lower().split())
    french = sum(words[w] for w in ("le", "la", "les", "des", "et"))
    return "fr" if french > sum(words[w] for w in ("the", "and", "of", "to", "in")) else "en"


def words_of(text, language):
    """datatrove's words, as tokens."""
    from datatrove.utils.text import split_into_words

    tokens, at = [], 0
    for word in split_into_words(text, LANGUAGES[language]):
        at = text.index(word, at)
        tokens.append({"start": at, "end": at + len(word)})
        at += len(word)
    return tokens


def sentences_of(text, language):
    """The sentences that datatrove's C4 filter counts: it splits each line when it has trimmed it and cut its citations."""
    from datatrove.pipeline.filters.c4_filters import CITATION_REGEX
    from datatrove.utils.text import split_into_sentences

    sentences, at = [], 0
    for whole in text.splitlines(keepends=True):
        line = whole.splitlines()[0]
        start = at + len(line) - len(line.lstrip())
        at += len(whole)
        line = line.strip()
        cut = {n for found in CITATION_REGEX.finditer(line) for n in range(*found.span())}
        places = [start + n for n in range(len(line)) if n not in cut]
        if not places:
            continue
        parts = split_into_sentences("".join(text[n] for n in places), LANGUAGES[language])
        begins, length = [], 0
        for part in parts:
            begins.append(places[length])
            length += len(part)
        ends = begins[1:] + [places[-1] + 1]
        sentences += [{"start": begin, "end": end} for begin, end in zip(begins, ends)]
    return sentences


def verdict_of(configuration, text, language):
    """datatrove's reason, or None, and the text that is left."""
    from datatrove.data import Document
    from datatrove.pipeline import filters

    key = configuration["name"], language
    if key not in FILTERS:
        kind = getattr(filters, configuration["class"])
        FILTERS[key] = kind(**configuration["arguments"], language=LANGUAGES[language])
    document = Document(text=text, id="x")
    result = FILTERS[key].filter(document)
    if result is True:
        return {"text": document.text} if document.text != text else {}
    return {"reason": result[1]}


FILTERS = {}


def configurations():
    return json.loads((HERE / "configurations.json").read_text(encoding="utf-8"))


def references(documents):
    """For each document, its layers and what datatrove makes of it in every configuration."""
    for document in documents:
        text, language = document["text"], document.get("lang") or language_of(document["text"])
        layers = {"tokens": words_of(text, language), "sents": sentences_of(text, language)}
        verdicts = {c["name"]: verdict_of(c, text, language) for c in configurations()}
        yield {"id": document["id"], "lang": language, "text": text, **layers}, verdicts


def toml(value):
    return json.dumps(value, ensure_ascii=False)


def run_warraq(program, configuration, records, own):
    """Warraq's reason or None, and the text that is left, by id."""
    folder = WORK / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "in.jsonl", "w", encoding="utf-8") as out:
        for record in records:
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
    options = "\n".join(f"{key} = {toml(value)}" for key, value in configuration["options"].items())
    own_tokenizers = WORDS + SENTENCES if configuration["stage"] == "filter.c4" else WORDS
    layers, tokenizers = ("ignore", own_tokenizers) if own else ("auto", "")
    pipeline = PIPELINE.format(layers=layers, tokenizers=tokenizers, stage=configuration["stage"], options=options)
    (folder / "p.toml").write_text(pipeline, encoding="utf-8")
    subprocess.run([program, "run", "p.toml", "--quiet"], cwd=folder, check=True)
    found = {}
    for line in open(folder / "out" / "docs.jsonl", encoding="utf-8"):
        document = json.loads(line)
        found[document["id"]] = {"text": document["text"]}
    for line in open(folder / "out" / "rejects.jsonl", encoding="utf-8"):
        document = json.loads(line)
        found[document["id"]] = {"reason": document["reason"]}
    return found


def compare(args):
    import io

    import zstandard

    with open(args.corpus, "rb") as file:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf-8")
        documents = [json.loads(line) for _, line in zip(range(args.documents), lines)]
    records, expected = [], []
    for record, verdicts in references(documents):
        records.append(record)
        expected.append(verdicts)
        if len(records) % 1000 == 0:
            print(f"datatrove has judged {len(records)} documents", file=sys.stderr, flush=True)
    program = str(pathlib.Path(args.warraq).resolve())
    failed = False
    print("| configuration | documents | dropped by datatrove | equal with its words | decisions equal with our words |")
    print("|---|---|---|---|---|")
    for configuration in configurations():
        name = configuration["name"]
        theirs = run_warraq(program, configuration, records, own=False)
        ours = run_warraq(program, configuration, records, own=True)
        equal, agree, dropped, reasons = 0, 0, 0, collections.Counter()
        for record, verdicts in zip(records, expected):
            want, got, own = verdicts[name], theirs[record["id"]], ours[record["id"]]
            wanted = want if "reason" in want else {"text": want.get("text", record["text"])}
            equal += wanted == got
            agree += ("reason" in want) == ("reason" in own)
            dropped += "reason" in want
            reasons[want.get("reason")] += 1
            if wanted != got:
                failed = True
                print(f"{name}: {record['id']}: datatrove {str(wanted)[:200]}, Warraq {str(got)[:200]}", file=sys.stderr)
        share = f"{100 * agree / len(records):.2f} %"
        print(f"| {name} | {len(records)} | {dropped} | {equal} | {share} |", flush=True)
        print(f"{name}: {dict(reasons.most_common())}", file=sys.stderr)
    return 1 if failed else 0


def record(_args):
    with open(HERE / "texts.jsonl", encoding="utf-8") as file:
        documents = [json.loads(line) for line in file]
    with open(HERE / "recorded.jsonl", "w", encoding="utf-8") as out:
        for layers, verdicts in references(documents):
            spans = {name: [[item["start"], item["end"]] for item in layers[name]] for name in ("tokens", "sents")}
            line = {"id": layers["id"], **spans, "verdicts": verdicts}
            out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    return 0


def main():
    corpus = ROOT.parent / "shared" / "bench" / "news-50mb.jsonl.zst"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["compare", "record"])
    parser.add_argument("--corpus", default=corpus, help="JSON Lines, compressed with zstd")
    parser.add_argument("--documents", type=int, default=5000, help="how many of its first documents")
    parser.add_argument("--warraq", default=ROOT / "target" / "release" / "warraq", help="the program")
    args = parser.parse_args()
    if args.command == "compare" and not pathlib.Path(args.corpus).exists():
        print(f"skipped: there is no corpus {args.corpus}; name one with --corpus", file=sys.stderr)
        return 0
    enter_environment()
    # datatrove asks for a module that it does not import.
    import importlib.metadata  # noqa: F401

    return {"compare": compare, "record": record}[args.command](args)


if __name__ == "__main__":
    sys.exit(main())
