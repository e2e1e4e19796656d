//! Every stage is held to its own examples and to the conformance suite; no stage needs a line here, except in
//! [`OPTIONS`] when it cannot be built without options.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use warraq_core::testing::{conformance, run_example};
use warraq_core::{Layer, MemoryResources, Order, Registry};

/// Options for the conformance suite, as TOML: stages that need some, and further settings worth the same suite.
const OPTIONS: &[(&str, &str)] = &[
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

fn registry() -> Registry {
    let mut registry = Registry::new();
    warraq_stages::register(&mut registry).expect("names are unique and well-formed");
    registry
}

fn toml(text: &str) -> Result<Value, String> {
    toml::from_str(text).map_err(|e| e.to_string())
}

fn files() -> MemoryResources {
    MemoryResources::new()
        .with("phrases.tsv", "تونس\tLOC\nالأمم المتحدة\tORG\nfoo\tX\n")
        .with("counts.tsv", "قال\t7\n")
        .with("tokenizer.json", TOKENIZER)
        .with("names.model", include_bytes!("../src/tag/entities/example.model"))
        .with("tags.model", include_bytes!("../src/tag/pos/example.model"))
        .with("words.model", include_bytes!("../src/tokenize/segment_ar/example.model"))
}

#[test]
fn every_example_does_what_it_shows() {
    let registry = registry();
    let mut failures = String::new();
    for stage in registry.stages() {
        assert!(!stage.info.examples.is_empty(), "{} has no example", stage.info.name);
        for example in &stage.info.examples {
            if let Err(e) = run_example(&registry, stage, example, &toml) {
                failures += &format!("\n{}: {}\n{e}", stage.info.name, example.title);
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_stage_conforms() {
    let registry = registry();
    let mut failures = String::new();
    for stage in registry.stages().iter().filter(|s| s.info.order == Order::Parallel) {
        let needed = OPTIONS.iter().filter(|(name, _)| *name == stage.info.name).map(|(_, options)| *options);
        let mut settings: Vec<&str> = needed.collect();
        if settings.is_empty() {
            settings.push("");
        }
        // Of the tokenizers, only those that look for tokens themselves need none.
        let tokenizes = stage.info.writes.contains(Layer::Tokens) || stage.info.writes.contains(Layer::Sentences);
        let after: &[&str] = if tokenizes { &[] } else { &["tokenize.words"] };
        for (n, options) in settings.into_iter().enumerate() {
            let options = toml(options).expect("the options above are TOML");
            if let Err(e) = conformance(&registry, stage, &options, after, &files(), n == 0) {
                failures += &format!("\n{} with {options}: {e}", stage.info.name);
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_stage_file_is_registered() {
    let registry = registry();
    let registered: BTreeSet<String> = registry.stages().iter().map(|s| s.info.name.to_string()).collect();
    let mut missing = Vec::new();
    for family in ["clean", "dedup", "filter", "tag", "tokenize"] {
        let folder = format!("{}/src/{family}", env!("CARGO_MANIFEST_DIR"));
        for entry in fs::read_dir(&folder).expect("the family has a folder") {
            let path = entry.expect("it can be listed").path();
            let file = if path.is_dir() { path.join("mod.rs") } else { path.clone() };
            let text = fs::read_to_string(&file).expect("it is a source file");
            let stage = path.file_stem().expect("it has a name").to_string_lossy().replace('_', "-");
            if text.contains("pub fn definition()") && !registered.contains(&format!("{family}.{stage}")) {
                missing.push(format!("{}: add `{family}::{stage}::definition` to ALL in lib.rs", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_option_is_documented() {
    for stage in registry().stages() {
        let properties = stage.info.schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, schema) in properties {
            assert!(schema.get("description").is_some(), "{}: option `{name}` has no doc comment", stage.info.name);
        }
        assert_eq!(stage.info.schema["additionalProperties"], false, "{} accepts unknown options", stage.info.name);
        assert!(stage.info.manual.len() > 100, "{} has no manual", stage.info.name);
    }
}
