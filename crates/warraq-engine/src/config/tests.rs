//! The grammar as its users meet it: whole files in, a spec or rendered problems out.

use super::*;
use crate::diagnostic::testing::assert_rendered;
use warraq_core::DocumentLimits;

mod includes;
mod never_panics;
mod overrides;
mod profiles;
mod vars;

/// A file in which every runner-owned key is used, and used well.
const FULL: &str = r#"
warraq = 1
name = "arabic-news"

[run]
threads = 4
errors = "0.5%"
on_error = "skip"
window = "16MiB"
record_limit = 1000
expansion_limit = 50
token_limit = 2000
span_limit = 3000
timeout = "2min"
memory = "4GB"

[[source]]
use = "jsonl"
paths = ["samples/*.jsonl", "-"]
text = "body"

[[source]]
paths = "more.txt"

[[stage]]
use = "clean.arabic"
tashkeel = "strip"

[[stage]]
use = "morph.stem"
name = "stems"
when = { lang = ["ar", "und"], meta = { publisher = "X", year = [2023, 2024] }, label = "LOC", score = { "gopher.dup_line_frac" = { min = 0.1, max = 1 } } }
run = { on_error = "abort", timeout = "5s" }
depth = { max = 2 }

[[export]]
use = "jsonl"
path = "out/news.jsonl"
where = { lang = "ar" }
after = "stems"
fields = ["id"]

[[export]]
path = "-"

[rejects]
path = "out/rejects.jsonl"
"#;

fn problems(name: &str, text: &str, sets: &[&str]) {
    let mut files = Files::new();
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    let (_, found) = load(&mut files, "news.toml", text, &Surroundings { sets: &sets, ..Surroundings::default() });
    assert_rendered(name, &found, &files);
}

fn spec(text: &str, sets: &[&str]) -> PipelineSpec {
    let mut files = Files::new();
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    let (spec, found) =
        load(&mut files, "folder/news.toml", text, &Surroundings { sets: &sets, ..Surroundings::default() });
    let rendered = crate::diagnostic::render(&found, &files, false);
    assert!(found.is_empty(), "{rendered}");
    spec.unwrap()
}

#[test]
fn every_key_of_a_full_file_is_read() {
    let spec = spec(FULL, &[]);
    assert_eq!(spec.name.value, "arabic-news");
    assert_eq!(spec.run.threads.value, 4);
    assert_eq!(spec.run.errors.value, Budget::Share(0.005));
    assert_eq!(spec.run.on_error.value, OnError::Skip);
    assert_eq!(spec.run.window.unwrap().value, 16 << 20);
    assert_eq!(spec.run.record_limit.value, 1000);
    let limits = &spec.run.limits;
    assert_eq!((limits.expansion(), limits.document()), (50, DocumentLimits { tokens: 2000, spans: 3000 }));
    assert_eq!(limits.memory.unwrap().value, 4_000_000_000);
    let timeouts: Vec<u64> = spec.stages.iter().map(|stage| stage.timeout.unwrap().value.as_secs()).collect();
    assert_eq!(timeouts, [120, 5], "a stage's own goes before the run's");

    let paths = |source: &SourceSpec| -> Vec<String> { source.paths.iter().map(|path| path.value.clone()).collect() };
    assert_eq!(spec.sources[0].use_name.as_ref().unwrap().value, "jsonl");
    assert_eq!(paths(&spec.sources[0]), ["samples/*.jsonl", "-"]);
    assert_eq!(to_json(&spec.sources[0].options), serde_json::json!({ "text": "body" }));
    assert!(spec.sources[1].use_name.is_none());
    assert_eq!(paths(&spec.sources[1]), ["more.txt"]);

    assert_eq!(spec.stages[0].name.value, "clean.arabic");
    assert!(spec.stages[0].when.is_none() && spec.stages[0].on_error.is_none());
    assert_eq!(to_json(&spec.stages[0].options), serde_json::json!({ "tashkeel": "strip" }));
    let stems = &spec.stages[1];
    assert_eq!(spec.stage_index("stems"), Some(1));
    assert_eq!(stems.use_name.value, "morph.stem");
    assert_eq!(stems.on_error.unwrap().value, OnError::Abort);
    assert_eq!(to_json(&stems.options), serde_json::json!({ "depth": { "max": 2 } }));
    let when = stems.when.as_ref().unwrap();
    assert_eq!(when.lang.len(), 2);
    assert_eq!(when.meta[0].0.value, "publisher");
    assert_eq!(when.meta[1].1[1].value, Scalar::Int(2024));
    assert_eq!(when.label[0].value, "LOC");
    assert_eq!(when.score[0].0.value, "gopher.dup_line_frac");
    let range = when.score[0].1;
    let inside = [0.1, 0.5, 1.0, 1.1, f64::NAN].map(|score| range.contains(score));
    assert_eq!(inside, [true, true, true, false, false]);

    assert_eq!(spec.exports[0].after.as_ref().unwrap().value, "stems");
    assert_eq!(spec.exports[0].filter.as_ref().unwrap().lang[0].value, "ar");
    assert_eq!(to_json(&spec.exports[0].options), serde_json::json!({ "fields": ["id"] }));
    assert_eq!(spec.exports[1].path.as_ref().unwrap().value, "-");
    assert_eq!(spec.rejects.unwrap().path.unwrap().value, "out/rejects.jsonl");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_tolerated() {
    let text = format!("\u{feff}{}", FULL.replace('\n', "\r\n"));
    assert_eq!(spec(&text, &[]).name.value, "arabic-news");
}

#[test]
fn what_is_left_out_has_defaults() {
    let spec = spec("warraq = 1\n[[source]]\npaths = 'a'\n[[export]]\npath = 'b'\n", &[]);
    assert_eq!(spec.name.value, "news");
    assert_eq!(spec.run.threads.value, 0);
    assert_eq!(spec.run.errors.value, Budget::Count(0));
    assert_eq!(spec.run.on_error.value, OnError::Quarantine);
    assert!(spec.run.window.is_none());
    assert_eq!(spec.run.record_limit.value, 64 << 20);
    let limits = &spec.run.limits;
    assert_eq!(
        (limits.expansion(), limits.document()),
        (1000, DocumentLimits { tokens: 20_000_000, spans: 20_000_000 })
    );
    assert!(limits.timeout.is_none() && limits.memory.is_none(), "what depends on the machine is off");
    assert!(spec.stages.is_empty() && spec.rejects.is_none());
}

#[test]
fn an_empty_file_says_what_it_needs() {
    problems("empty_file", "", &[]);
}

#[test]
fn another_grammar_is_refused_and_nothing_else_said() {
    problems("another_grammar", "warraq = 2\nunheard = true\n", &[]);
}

#[test]
fn syntax_errors_do_not_hide_what_follows() {
    problems(
        "syntax_errors",
        r#"warraq = 1
name "news"
[run]
threads =
errors = zero
window = "16M
[[source]]
paths = ["a", "b"
use = "jsonl"

[[stage]]
usse = "clean.arabic"
tashkeel: strip

[[export]]
path = "out.jsonl"
"#,
        &[],
    );
}

#[test]
fn an_open_bracket_does_not_swallow_the_file() {
    for (name, broken) in [
        ("open_array", "paths = ['a',\n"),
        ("open_array_over_lines", "paths = [\n  'a',\n  'b'\n"),
        ("open_table", "deep = { a = [1, 2], b = 3\n"),
    ] {
        let text = format!(
            "warraq = 1\n[[source]]\npaths = 'x'\n[[source]]\n{broken}[[stage]]\nuse = 'a.b'\nwhen = 5\n[[export]]\npath = 'b'\n"
        );
        problems(name, &text, &[]);
    }
}

#[test]
fn duplicate_keys_show_both_places() {
    problems(
        "duplicate_keys",
        r#"warraq = 1
name = "a"
name = "b"
[[source]]
paths = "x"
[[stage]]
use = "a.b"
when = { lang = "ar", lang = "en" }
[[stage]]
use = "c.d"
use = "c.e"
[[export]]
path = "y"
[run]
threads = 1
[run]
threads = 2
"#,
        &[],
    );
}

#[test]
fn types_and_values_of_the_runner_are_checked() {
    problems(
        "runner_values",
        r#"warraq = 1
name = 5

[run]
threads = -1
errors = "few"
on_error = "quarantene"
window = "16 elephants"
record_limit = 0

[[source]]
paths = ["", 5]
use = ["jsonl"]

[[stage]]
use = "clean.arabic"
run = { on_error = 1 }
name = "7"

[[export]]
path = true

[rejects]
path = {}
"#,
        &[],
    );
}

#[test]
fn unknown_keys_are_errors_everywhere() {
    problems(
        "unknown_keys",
        r#"warraq = 1
nmae = "x"
[runn]
[run]
thread = 1
colour = "red"
[[sources]]
[[source]]
paths = "x"
[[stage]]
use = "a.b"
run = { onerror = "skip" }
when = { language = "ar" }
[[export]]
path = "y"
where = { score = { "a.b" = { minimum = 1, max = 2 } } }
[rejects]
file = "z"
"#,
        &[],
    );
}

#[test]
fn plugins_and_isolation_say_what_they_lack() {
    problems(
        "plugins",
        r#"warraq = 1
[plugins]
nothing = {}
both = { name = "warraq_a", path = "b" }
slash = { name = "../warraq_a" }
Upper = { name = "warraq_a" }
word = "warraq_a"
typo = { nmae = "warraq_a" }
fine = { path = "plugins/warraq_b" }
[[source]]
paths = "x"
[[stage]]
use = "fine.a"
run = { isolate = "proces", timeout = "5", memory = "1 elephant" }
[[stage]]
use = "fine.b"
run = { timeout = "5s", memory = "1GB" }
[[stage]]
use = "fine.c"
run = { isolate = "process", timeout = "5s", memory = "1GB" }
[[export]]
path = "y"
"#,
        &[],
    );
}

#[test]
fn missing_keys_point_at_their_table() {
    problems(
        "missing_keys",
        "warraq = 1\n[[source]]\nuse = 'text'\n[[stage]]\nname = 'x'\n[[stage]]\nusse = 'y'\n[[export]]\nafter = 'x'\n",
        &[],
    );
}

#[test]
fn a_single_table_where_a_list_is_meant() {
    problems("single_tables", "warraq = 1\n[source]\npaths = 'a'\n[stage]\nuse = 'a.b'\n[export]\npath = 'b'\n", &[]);
}

#[test]
fn a_list_of_another_type_is_one_error() {
    problems("lists_of_another_type", "warraq = 1\nsource = 'a'\nstage = [5]\nexport = []\n", &[]);
}

#[test]
fn names_paths_and_branches_must_agree() {
    problems(
        "names_and_paths",
        r#"warraq = 1
[[source]]
paths = "in.txt"
[[stage]]
use = "clean.arabic"
[[stage]]
use = "clean.arabic"
[[stage]]
use = "filter.gopher"
name = "quality"
[[stage]]
use = "filter.c4"
name = "quality"
[[export]]
path = "out/a.jsonl"
after = "qualty"
[[export]]
path = "./out//a.jsonl"
after = "somewhere"
[[export]]
path = "-"
[[export]]
path = "-"
[rejects]
path = "out/a.jsonl"
"#,
        &[],
    );
}

#[test]
fn conditions_are_checked() {
    problems(
        "conditions",
        r#"warraq = 1
[[source]]
paths = "in.txt"
[[stage]]
use = "a.b"
when = "ar"
[[stage]]
use = "a.c"
when = { lang = 5, label = [], meta = { year = 2024-01-01, kind = [] } }
[[stage]]
use = "a.d"
when = { score = { low = { min = 2, max = 1 }, none = {}, odd = 5, bad = { min = "1" }, gopher.dup = { min = 0.1 } } }
[[stage]]
use = "a.e"
when = {}
[[export]]
path = "out"
where = { meta = {}, score = { x = { max = nan } } }
"#,
        &[],
    );
}

#[test]
fn everything_is_reported_in_one_go_and_the_spec_stays_usable() {
    let text = r#"warraq = 1
[[source]]
paths = "a"
[[stage]]
use = "clean.arabik"
[[stage]]
use = "clean.arabic"
tashkel = "strip"
when = { lang = 5 }
[[export]]
path = "b"
"#;
    let mut files = Files::new();
    let (spec, mut found) = load(&mut files, "news.toml", text, &Surroundings::default());
    let schema = serde_json::json!({
        "type": "object",
        "properties": { "tashkeel": { "type": "string" } },
        "additionalProperties": false
    });
    for stage in spec.unwrap().stages {
        let owner = format!("stage `{}`", stage.name);
        schema::check_beside(&stage.options, &schema, &owner, STAGE_KEYS, &mut found);
    }
    assert_rendered("everything_at_once", &found, &files);
}
