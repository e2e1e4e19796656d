//! `check`, `run` and the JSON Schema agree: what `check` accepts, `run` does not refuse and the schema accepts; what is wrong
//! in options, both refuse.
//!
//! Files are made from the corpus of `diagnostics/` and the shipped pipelines, with parts of them changed, and from the
//! registry's own option schemas. All of it happens in this process, for the sake of many cases.

mod options;

use crate::case::{Case, warraq};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use warraq_core::Registry;
use warraq_engine::config::{self, Surroundings};
use warraq_engine::diagnostic::{Diagnostics, Files};
use warraq_engine::plan::{self, Overrides, Plan};
use warraq_engine::run::{self, Cancel, RunOptions};
use warraq_engine::{Exit, json_schema};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let mut registry = Registry::new();
    warraq_stages::register(&mut registry).unwrap();
    warraq_formats::register(&mut registry).unwrap();
    registry
});

/// The committed schema.
static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let text = fs::read_to_string(root().join("docs/pipeline.schema.json")).unwrap();
    jsonschema::draft7::new(&serde_json::from_str(&text).unwrap()).unwrap()
});

/// What a TOML linter hands to the schema; `None` if the text is not TOML.
fn to_json(text: &str) -> Option<Value> {
    fn of_value(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => text.into(),
            toml::Value::Integer(number) => number.into(),
            // JSON has no infinity.
            toml::Value::Float(number) => number.clamp(f64::MIN, f64::MAX).into(),
            toml::Value::Boolean(value) => value.into(),
            toml::Value::Datetime(date) => date.to_string().into(),
            toml::Value::Array(items) => items.into_iter().map(of_value).collect(),
            toml::Value::Table(table) => of_table(table),
        }
    }
    fn of_table(table: toml::Table) -> Value {
        Value::Object(table.into_iter().map(|(key, inner)| (key, of_value(inner))).collect::<Map<_, _>>())
    }
    text.parse::<toml::Table>().ok().map(of_table)
}

/// What the schema has against a pipeline file; nothing if it accepts it.
fn schema_errors(text: &str) -> Vec<String> {
    let Some(json) = to_json(text) else { return vec!["not TOML".to_owned()] };
    SCHEMA.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Reads and compiles as `check` and `run` do; outputs go to `out`.
fn compile(text: &str, folder: &Path, out: &Path) -> (Option<Plan>, Diagnostics) {
    let file = folder.join("generated.toml");
    let read = |path: &Path| fs::read_to_string(path).map_err(|e| e.to_string());
    let around = Surroundings { read: &read, ..Surroundings::default() };
    let (spec, mut found) = config::load(&mut Files::new(), &file.to_string_lossy(), text, &around);
    let overrides = Overrides { out: Some(out.to_owned()), threads: Some(1), ..Overrides::default() };
    let plan = spec.and_then(|spec| plan::compile(&spec, &file, &REGISTRY, &overrides, &mut found));
    (plan.filter(|_| !found.has_errors()), found)
}

/// The texts to start from, each with the folder in which it stands.
static CORPUS: LazyLock<Vec<(String, PathBuf)>> = LazyLock::new(|| {
    let mut corpus = Vec::new();
    for folder in ["tests/it/diagnostics", "pipelines"] {
        let folder = root().join(folder);
        let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        corpus.extend(files.iter().map(|path| (fs::read_to_string(path).unwrap(), folder.clone())));
    }
    assert!(corpus.len() >= 60);
    corpus
});

/// Every line, key and value of the corpus, each once.
static PARTS: LazyLock<[Vec<String>; 3]> = LazyLock::new(|| {
    let (mut lines, mut keys, mut values) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for line in CORPUS.iter().flat_map(|(text, _)| text.lines()) {
        lines.insert(line.to_owned());
        if let Some((key, value)) = line.split_once(" = ") {
            keys.insert(key.to_owned());
            values.insert(value.to_owned());
        }
    }
    [lines, keys, values].map(|parts| parts.into_iter().collect())
});

/// A change of a line.
#[derive(Clone, Debug)]
enum Change {
    Delete,
    Double,
    Insert(prop::sample::Index),
    Key(prop::sample::Index),
    Value(prop::sample::Index),
    /// Leaves out a character.
    Slip(prop::sample::Index),
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, Change)>> {
    let index = any::<prop::sample::Index>;
    let change = prop_oneof![
        2 => Just(Change::Delete),
        1 => Just(Change::Double),
        2 => index().prop_map(Change::Insert),
        2 => index().prop_map(Change::Key),
        4 => index().prop_map(Change::Value),
        1 => index().prop_map(Change::Slip),
    ];
    prop::collection::vec((index(), change), 0..4)
}

fn changed(text: &str, changes: &[(prop::sample::Index, Change)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let [all, keys, values] = &*PARTS;
    for (at, change) in changes {
        if lines.is_empty() {
            break;
        }
        let at = at.index(lines.len());
        let halves = lines[at].split_once(" = ").map(|(key, value)| (key.to_owned(), value.to_owned()));
        match (change, halves) {
            (Change::Delete, _) => drop(lines.remove(at)),
            (Change::Double, _) => lines.insert(at, lines[at].clone()),
            (Change::Insert(other), _) => lines.insert(at, other.get(all).clone()),
            (Change::Key(other), Some((_, value))) => lines[at] = format!("{} = {value}", other.get(keys)),
            (Change::Value(other), Some((key, _))) => lines[at] = format!("{key} = {}", other.get(values)),
            (Change::Slip(which), _) => {
                let count = lines[at].chars().count();
                if count > 0 {
                    let gone = which.index(count);
                    lines[at] = lines[at].chars().enumerate().filter(|(n, _)| *n != gone).map(|(_, c)| c).collect();
                }
            }
            (Change::Key(_) | Change::Value(_), None) => {}
        }
    }
    lines.join("\n") + "\n"
}

/// Whether a run of this would read or write what is not the test's: standard input and output, devices.
fn reaches_out(text: &str) -> bool {
    ["\"-\"", "'-'", "/dev/", "/proc/"].iter().any(|word| text.contains(word))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn what_check_accepts_runs_and_fits_the_schema(start in any::<prop::sample::Index>(), changes in changes()) {
        let (text, folder) = start.get(&CORPUS);
        let text = changed(text, &changes);
        let out = tempfile::tempdir().unwrap();
        let (Some(plan), _) = compile(&text, folder, out.path()) else { return Ok(()) };
        prop_assert_eq!(schema_errors(&text), Vec::<String>::new(), "check accepts this:\n{}", text);
        if !reaches_out(&text) {
            let options = RunOptions { limit: Some(3), ..RunOptions::default() };
            let outcome = run::run(&Arc::new(plan), &options, &Cancel::new(), &mut ());
            prop_assert_ne!(outcome.end.exit(), Exit::Config, "check accepts this:\n{}", text);
        }
    }

    #[test]
    fn mistakes_in_options_are_mistakes_for_both(pipeline in options::pipeline(&REGISTRY)) {
        let text = pipeline.text();
        let out = tempfile::tempdir().unwrap();
        let (_, found) = compile(&text, &root().join("pipelines"), out.path());
        let refused = found.iter().find(|d| options::CODES.contains(&d.code));
        let errors = schema_errors(&text);
        prop_assert_eq!(
            refused.is_some(), !errors.is_empty(),
            "check: {:?}\nschema: {:?}\n{}", refused.map(|d| &d.message), errors, text
        );
        if pipeline.is_wrong() {
            prop_assert!(refused.is_some(), "{} in:\n{}", pipeline.mistake(), text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    /// The same with the program itself, which checks plugins in processes of their own and runs them in its own.
    #[test]
    fn what_the_program_accepts_it_runs(start in any::<prop::sample::Index>(), changes in changes()) {
        let folder = crate::pipelines::copy();
        let shipped: Vec<&String> =
            CORPUS.iter().filter(|(_, folder)| folder.ends_with("pipelines")).map(|(text, _)| text).collect();
        let text = changed(shipped[start.index(shipped.len())], &changes);
        fs::write(folder.path().join("p.toml"), &text).unwrap();
        if !reaches_out(&text) && warraq(&["check", "p.toml"], folder.path(), b"").code == 0 {
            let run = warraq(&["run", "p.toml", "--limit", "3", "--out", "o"], folder.path(), b"");
            prop_assert!(![78, 101].contains(&run.code), "{}\n{}", run.stderr, text);
        }
    }
}

/// All files of the corpus as they are: those that `check` accepts, the schema accepts.
#[test]
fn the_corpus_fits() {
    let out = tempfile::tempdir().unwrap();
    let mut accepted = 0;
    for (text, folder) in CORPUS.iter() {
        if compile(text, folder, out.path()).0.is_some() {
            assert_eq!(schema_errors(text), Vec::<String>::new(), "{text}");
            accepted += 1;
        }
    }
    assert!(accepted >= 5, "{accepted}");
}

/// What stands in the place of a value: `(a line of a stage or a table, whether it is accepted)`.
#[test]
fn references_stand_for_values() {
    let around = |stage: &str, rest: &str| {
        format!(
            "warraq = 1\n[vars]\nx = 1\n[[source]]\npaths = 'in.jsonl'\n[[stage]]\n{stage}\n{rest}\n\
             [[export]]\npath = 'out.jsonl'\n"
        )
    };
    for (stage, rest, fits) in [
        ("use = 'filter.length'\nmin_words = 5", "", true),
        ("use = 'filter.length'\nmin_words = '${vars.x}'", "", true),
        ("use = 'filter.length'\nmin_words = '5'", "", false),
        ("use = 'filter.length'\nmin_words = '1${vars.x}'", "", false),
        ("use = 'filter.length'\nmin_words = '$${vars.x}'", "", false),
        ("use = 'filter.length'\nmin_words = -1", "", false),
        ("use = 'filter.length'\nmin_word = 5", "", false),
        ("use = 'clean.arabic'\ntashkeel = 'strip'", "", true),
        ("use = 'clean.arabic'\ntashkeel = '${vars.x}'", "", true),
        ("use = 'clean.arabic'\ntashkeel = 'st${vars.x}'", "", true),
        ("use = 'clean.arabic'\ntashkeel = 'srtip'", "", false),
        ("use = 'clean.arabic'\nwhen = { lang = 'ar' }\nrun = { on_error = '${vars.x}' }", "", true),
        ("use = 'clean.arabik'", "", false),
        ("use = 'claen'", "", false),
        ("use = 'morph.stem'\nanything = 1", "", true),
        ("use = '${vars.x}'\nanything = 1", "", true),
        ("name = 'x'", "", false),
        ("use = 'clean.unicode'\nname = '12'", "", false),
        ("use = 'clean.unicode'", "[run]\nthreads = '${vars.x}'\nwindow = '${vars.x}MiB'", true),
        ("use = 'clean.unicode'", "[run]\nwindow = '16 mib'\nerrors = '0.5%'\nrecord_limit = 4096", true),
        ("use = 'clean.unicode'", "[run]\nwindow = '16M'", false),
        ("use = 'clean.unicode'", "[run]\nthreads = 2000", false),
        ("use = 'clean.unicode'\nrun = { timeout = '5' }", "", false),
        ("use = 'clean.unicode'", "[plugins.x]\nname = 'a'\npath = 'b'", false),
        (
            "use = 'clean.unicode'",
            "[profile.ci]\nrun.threads = 2\nsource.0.paths = 'x'\nstage.clean.arabic.x = 1",
            true,
        ),
        ("use = 'clean.unicode'", "[profile.ci]\nthreads = 2", false),
        ("use = 'clean.unicode'", "[vars.y]\nenv = 'Y'\n", true),
        ("use = 'clean.unicode'", "[vars.y]\ndefault = 'Y'\n", false),
        ("use = 'clean.unicode'", "[[export]]\nuse = 'jsonl'\n", false),
        ("use = 'clean.unicode'", "[[source]]\nuse = 'json'\npaths = 'x'\n", false),
        ("use = 'clean.unicode'", "[exports]\n", false),
    ] {
        let text = around(stage, rest);
        let errors = schema_errors(&text);
        assert_eq!(errors.is_empty(), fits, "{errors:?}\n{text}");
    }
}

/// With a pipeline file, its plugins' stages are in the schema, under their aliases.
#[test]
fn a_pipeline_brings_its_plugins() {
    let file = root().join("pipelines/plugins.toml");
    let schema = warraq(&["schema", file.to_str().unwrap()], Path::new("."), b"").ends(0).stdout;
    let schema = jsonschema::draft7::new(&serde_json::from_str(&schema).unwrap()).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let right = to_json(&text).unwrap();
    assert!(schema.is_valid(&right));
    for (from, to) in [
        ("variant = \"extended\"", "variant = \"extendend\""),
        ("use = \"stem.stem\"", "use = \"stem.stam\""),
        ("on_missing = \"drop\"", "on_mising = \"drop\""),
    ] {
        assert!(text.contains(from), "{from}");
        let wrong = text.replace(from, to);
        assert!(!schema.is_valid(&to_json(&wrong).unwrap()), "{to}");
        // The built-in schema does not know these stages.
        assert_eq!(schema_errors(&wrong), Vec::<String>::new(), "{to}");
    }
}

/// A plugin that is not there is an error with its place.
#[test]
fn a_plugin_that_is_missing_is_shown() {
    let case = Case::stages("[plugins.x]\nname = \"nowhere_at_all\"\n[[stage]]\nuse = \"x.y\"\n");
    let run = case.command(&["schema", "p.toml"]).ends(78);
    assert!(run.stderr.contains("error[") && run.stderr.contains("p.toml:3:8"), "{}", run.stderr);
    assert!(run.stdout.is_empty());
    case.command(&["schema", "nowhere.toml"]).ends(78);
}

/// The schema is one, and so is the function it is made by.
#[test]
fn the_schema_is_a_schema() {
    let schema = json_schema::pipeline(&REGISTRY, &[]);
    assert!(jsonschema::meta::is_valid(&schema));
    assert_eq!(schema["$schema"], json!("http://json-schema.org/draft-07/schema#"));
}
