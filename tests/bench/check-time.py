#!/usr/bin/env python3
"""How long `warraq check` takes for a pipeline file of 300 lines.

    cargo build --release -p warraq
    tests/bench/check-time.py [target/release/warraq] [--runs 50]

The file has what long pipelines have: many stages with conditions, rules and phrases, variables, profiles, a dozen exports.
It is made here, so that the figure does not depend on a file that somebody edits. Printed are the lines of the file and the
shortest, median and longest wall time of the whole program, its start included, in milliseconds.
"""
import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path


def pipeline(lines: int) -> str:
    out = ["warraq = 1", 'name = "long"', "", "[vars]", 'out = "out"', "least = 5", "", "[run]", 'errors = "1%"', ""]
    out += ["[[source]]", 'use = "jsonl"', 'paths = ["in.jsonl"]', 'text = "body"', 'id = "url"', ""]
    exports = []
    for n in range(12):
        exports += ["[[export]]", f'path = "${{vars.out}}/part-{n}.jsonl"', f'where = {{ label = "L{n}" }}', ""]
    tail = exports + ["[profile.ci]", "run.threads = 2", "vars.least = 1", ""]
    stage = 0
    out += ["[[stage]]", 'use = "tokenize.words"', ""]
    while len(out) + len(tail) < lines - 7:
        name = f'name = "s{stage}"'
        kind = stage % 4
        if kind == 0:
            rule = f"{{ pattern = '(?m)^\\s*see also {stage}\\s*$', with = \"\", label = \"furniture\" }}"
            out += ["[[stage]]", 'use = "clean.replace"', name, "rules = [", f"  {rule},", "]", ""]
        elif kind == 1:
            pattern = f"{{ label = 'L{stage % 12}', pattern = '\\b{stage}[0-9]+\\b' }}"
            out += ["[[stage]]", 'use = "tag.regex"', name, f"patterns = [{pattern}]", 'when = { lang = ["ar", "en"] }', ""]
        elif kind == 2:
            phrase = f'{{ phrase = "place {stage}", label = "L{stage % 12}" }}'
            out += ["[[stage]]", 'use = "tag.gazetteer"', name, f"phrases = [{phrase}]", ""]
        else:
            out += ["[[stage]]", 'use = "filter.length"', name, 'min_words = "${vars.least}"', ""]
        stage += 1
    out += [""] * max(0, lines - len(out) - len(tail))
    return "\n".join(out + tail) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", nargs="?", default="target/release/warraq")
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--runs", type=int, default=50)
    args = parser.parse_args()
    program = str(Path(args.program).resolve())
    with tempfile.TemporaryDirectory() as folder:
        text = pipeline(args.lines)
        Path(folder, "long.toml").write_text(text, encoding="utf-8")
        Path(folder, "in.jsonl").write_text('{"body": "x", "url": "1"}\n', encoding="utf-8")
        times = []
        for _ in range(args.runs):
            start = time.perf_counter()
            done = subprocess.run([program, "check", "long.toml"], cwd=folder, capture_output=True, text=True)
            times.append((time.perf_counter() - start) * 1000)
            if done.returncode != 0:
                raise SystemExit(f"check ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    print(f"{len(text.splitlines())} lines, {text.count('[[stage]]')} stages: {done.stdout.strip()}")
    print(f"check: {min(times):.1f} ms shortest, {statistics.median(times):.1f} ms median, {max(times):.1f} ms longest "
          f"of {len(times)}")


if __name__ == "__main__":
    main()
