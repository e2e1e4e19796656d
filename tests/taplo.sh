#!/usr/bin/env bash
# The TOML linter taplo, with docs/pipeline.schema.json: it must pass every pipeline file of the repository, and refuse planted
# mistakes with one exact error each. taplo is taken from the path or, where it is not there, installed into a temporary folder.
set -euo pipefail
cd "$(dirname "$0")/.."

VERSION=0.9.3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if command -v taplo >/dev/null; then
  taplo=taplo
else
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" --quiet --disable-pip-version-check install "taplo==$VERSION"
  taplo="$work/venv/bin/taplo"
fi
# A configuration file of a folder above is not asked.
lint() { "$taplo" lint --no-auto-config --colors never "$@" 2>&1; }

out=$(lint pipelines/*.toml) || { printf '%s\n' "$out"; exit 1; }
printf 'taplo accepts %s\n' pipelines/*.toml

failed=0
# refuse EXPECTED PLACE TEXT: a pipeline that ends with the lines TEXT is refused with one error, which has EXPECTED in it and
# is at PLACE, as text.
refuse() {
  local file="$work/planted.toml" out
  {
    printf '#:schema file://%s/docs/pipeline.schema.json\nwarraq = 1\n' "$PWD"
    printf '[[source]]\nuse = "jsonl"\npaths = ["in.jsonl"]\n[[export]]\npath = "out.jsonl"\n%b\n' "$3"
  } >"$file"
  if out=$(lint "$file"); then
    printf 'taplo accepts what it should refuse: %s\n' "$3"
    failed=1
  elif [ "$(grep -c '^error: ' <<<"$out")" -ne 1 ] || ! grep '^error: ' <<<"$out" | grep -qF -- "$1" ||
    ! grep -qF -- "$2" <<<"$out"; then
    printf 'of %s taplo should say one thing, with %s and at %s:\n%s\n' "$3" "$1" "$2" "$out"
    failed=1
  else
    printf 'taplo refuses %s\n' "$3"
  fi
}

refuse '"srtip" is not one of ["keep","strip"]' 'tashkeel = "srtip"' '[[stage]]\nuse = "clean.arabic"\ntashkeel = "srtip"'
refuse 'unknown' 'tashkel = "strip"' '[[stage]]\nuse = "clean.arabic"\ntashkel = "strip"'
refuse '"clean.arabik" is not one of ["clean.arabic"' 'use = "clean.arabik"' '[[stage]]\nuse = "clean.arabik"'
refuse '"filter.lenght" is not one of' 'use = "filter.lenght"' '[[stage]]\nuse = "filter.lenght"'
refuse '"5" is not of type "integer"' 'min_words = "5"' '[[stage]]\nuse = "filter.length"\nmin_words = "5"'
refuse 'unknown' 'thread = 2' '[run]\nthread = 2'
refuse '2000 is greater than' 'threads = 2000' '[run]\nthreads = 2000'
refuse '"json" is not one of ["bio","conllu","jsonl","text"]' 'use = "json"' '[[source]]\nuse = "json"\npaths = "x"'
refuse 'unknown' 'offests = "byte"' '[[export]]\nuse = "jsonl"\npath = "b.jsonl"\noffests = "byte"'
exit "$failed"
