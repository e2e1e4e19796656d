//! What tests here and in other crates build every built-in stage with.
//!
//! A stage needs a line in [`OPTIONS`] only if it cannot be built without options.

use std::collections::BTreeSet;
use warraq_core::{MemoryResources, StageDef};

/// Options for the conformance suite, as TOML: stages that need some, and further settings worth the same suite.
pub const OPTIONS: &[(&str, &str)] = &[
    ("clean.arabic", ""),
    ("clean.arabic", "profile = 'search'\npunctuation = 'fold'\npersian_letters = 'fold'\nhamza = 'carrier'"),
    ("clean.arabic", "profile = 'ml'"),
    ("clean.arabic", "digits = 'arabic-indic'\ntatweel = 'strip'"),
    ("clean.html", ""),
    ("clean.html", "overwrite = true\nheadings = 'drop'\nlists = 'drop'\ncaptions = 'keep'\ntitle = 'keep'"),
    ("clean.markup", ""),
    ("clean.markup", "wiki = true\nbbcode = true\nblock_tags = 'nothing'"),
    ("clean.mojibake", ""),
    ("clean.pii", ""),
    ("clean.pii", "action = 'drop'\npublic_ips_only = false"),
    ("clean.pii", "action = 'hash'\nsalt = '0123456789abcdef'"),
    (
        "clean.lines",
        "drop = ['x']\nmin_words = 2\nmax_chars = 100\nmin_letters = 0.5\nmax_digits = 0.3\nmax_punctuation = 0.3",
    ),
    ("clean.news", ""),
    (
        "clean.news",
        "dateline = 'annotate'\ninline_dateline = 'remove'\nbyline = 'remove'\nrelated_headline = 'annotate'\nread_also = 'annotate'",
    ),
    (
        "clean.replace",
        r"rules = [{ pattern = '(\p{L})\p{M}+', with = '$1', label = 'marks' }, { pattern = '\s+', with = ' ' }, { pattern = 'ا?ل', with = '' }]",
    ),
    ("clean.unicode", ""),
    ("clean.unicode", "form = 'nfkc'\nreplacement = 'strip'\njoiners = 'strip'\nselectors = 'strip'"),
    ("clean.unicode", "form = 'none'\nbidi = 'keep'\nzero_width = 'keep'\njoiners = 'keep'"),
    ("clean.whitespace", ""),
    ("clean.whitespace", "collapse = false\ntrim = false\ntrim_lines = false\nblank_lines = 0"),
    ("filter.blocklist", "files = ['phrases.tsv']"),
    ("filter.c4", ""),
    (
        "filter.c4",
        "compat = 'datatrove'\nmin_num_sentences = 0\nfilter_no_terminal_punct = false\nmin_words_per_line = 0",
    ),
    ("filter.fineweb", ""),
    ("filter.fineweb", "compat = 'datatrove'"),
    ("filter.gopher-quality", ""),
    ("filter.gopher-quality", "compat = 'datatrove'"),
    ("filter.gopher-quality", "compat = 'dolma'"),
    ("filter.gopher-repetition", ""),
    ("filter.gopher-repetition", "compat = 'datatrove'"),
    ("filter.gopher-repetition", "compat = 'dolma'"),
    ("filter.language", "allow = ['ar']"),
    ("filter.sample", "fraction = 0.5"),
    ("filter.score", "key = 'x'\nmin = 1"),
    ("filter.urls", "hosts = ['a.example']\nwords = ['x']"),
    ("tag.dates", ""),
    ("tag.entities", "model = 'names.model'"),
    ("tag.gazetteer", "files = ['phrases.tsv']"),
    ("tag.keywords", ""),
    ("tag.keywords", "background = 'counts.tsv'\nmin_count = 1\nmin_length = 0\ncolumn = 'lemma'"),
    ("tag.lemma-lookup", "files = ['phrases.tsv']\nunknown = 'form'"),
    ("tag.stats", ""),
    ("tag.stats", "scripts = true"),
    ("tokenize.bpe", "file = 'tokenizer.json'"),
    ("tokenize.bpe", "file = 'tokenizer.json'\noutput = 'column'"),
    ("tokenize.characters", ""),
    ("tokenize.characters", "unit = 'code_point'\nwhite_space = true"),
    ("tokenize.ngrams", "min = 1\nmax = 3"),
    ("tokenize.ngrams", "of = 'characters'\nmin = 2\nmax = 3"),
    ("tokenize.regex", ""),
    ("tokenize.regex", "pattern = '[\\p{Z}\\n]*'\ngaps = true"),
    (
        "tag.gazetteer",
        "files = ['phrases.tsv']\nfold = { case = false, marks = false, letters = false, accents = true }",
    ),
    ("tag.language", ""),
    ("tag.language", "granularity = 'paragraph'\nscript = true\noverwrite = true\nmin_letters = 0"),
    ("tag.pos", "model = 'tags.model'"),
    (
        "tag.regex",
        r"patterns = [{ label = 'WORD', pattern = '[\p{L}\p{M}\p{N}]*' }, { label = 'X', pattern = '(.)\b', group = 1 }]",
    ),
    (
        "tag.regex",
        r"patterns = [{ label = 'WORD', pattern = '[\p{L}\p{M}]+' }]
tokens = true",
    ),
    ("tokenize.segment-ar", ""),
    ("tokenize.segment-ar", "model = 'words.model'"),
];

/// A tokenizer of subwords that knows a few letters.
const TOKENIZER: &str = r#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":{"type":"NFKC"},
"pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,"model":{"type":"BPE","dropout":null,
"unk_token":"?","continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,
"vocab":{"?":0,"ا":1,"ل":2,"ب":3,"ال":4},"merges":[["ا","ل"]]}}"#;

/// The options that a stage is built with first, as TOML: none, unless it needs some.
#[must_use]
pub fn options(stage: &str) -> &'static str {
    OPTIONS.iter().find(|(name, _)| *name == stage).map_or("", |(_, options)| options)
}

/// The files that [`OPTIONS`] names.
#[must_use]
pub fn files() -> MemoryResources {
    MemoryResources::new()
        .with("phrases.tsv", "تونس\tLOC\nالأمم المتحدة\tORG\nfoo\tX\n")
        .with("counts.tsv", "قال\t7\n")
        .with("tokenizer.json", TOKENIZER)
        .with("names.model", include_bytes!("tag/entities/example.model"))
        .with("tags.model", include_bytes!("tag/pos/example.model"))
        .with("words.model", include_bytes!("tokenize/segment_ar/example.model"))
}

/// The stages as a plugin can export them, whose stages have no family: of two that differ in it alone, such as
/// `tag.language` and `filter.language`, the first.
#[must_use]
pub fn exported() -> Vec<StageDef> {
    let mut names = BTreeSet::new();
    let mut stages: Vec<StageDef> = crate::ALL.iter().map(|definition| definition()).collect();
    stages.retain(|stage| names.insert(stage.info.name.split_once('.').map(|(_, name)| name.to_owned())));
    stages
}
