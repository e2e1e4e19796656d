//! `warraq plan`: what a run would do, without doing any of it.

use crate::case::{Case, warraq};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub(crate) fn pipelines() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines")
}

/// Two threads everywhere, so that a plan does not depend on the machine.
const ARGS: &[&str] = &["--set", "run.threads=2"];

fn shown(case: &Case, format: &str) -> String {
    let args: Vec<&str> = ["plan", "p.toml", "--format", format].iter().chain(ARGS).copied().collect();
    case.command(&args).ends(0).stdout
}

/// Branches, conditions, batches of a worker process, an odd name: whatever a plan can show.
fn routes() -> Case {
    let pipeline = r#"
name = "routes \"<1>\""
[run]
errors = "2.5%"
on_error = "skip"
window = "8MiB"
[plugins.built]
name = "warraq_built_in"
[[source]]
paths = ["in/*.jsonl", "more.jsonl.gz"]
[[source]]
use = "text"
paths = ["-"]
[[stage]]
use = "clean.arabic"
when = { lang = ["ar", "und"], meta = { kind = ["news", 7, true] }, score = { "q.a" = { min = 0.5 } } }
[[stage]]
use = "tokenize.words"
name = "words"
run = { on_error = "abort" }
[[stage]]
use = "tag.gazetteer"
files = ["places.tsv"]
[[stage]]
use = "built.length"
run = { isolate = "process", timeout = "5s", memory = "1GiB" }
min_words = 2
[[export]]
path = "out/words.jsonl.zst"
after = "words"
where = { lang = "ar" }
[[export]]
path = "out/places.jsonl"
where = { label = "LOC" }
[[export]]
use = "jsonl"
path = "-"
[expect]
kept = ">= 80%"
labels.LOC = [">= 1", "<= 1000"]
"#;
    let inputs = ["a", "b", "c", "d", "e"];
    let case = Case::new(pipeline).file("places.tsv", "تونس\tLOC\n").file("more.jsonl.gz", "");
    inputs.iter().fold(case, |case, name| case.file(&format!("in/{name}.jsonl"), "{\"text\":\"نص\"}\n"))
}

/// The text without what differs from machine to machine: the library of a plugin.
fn without_library(text: &str) -> String {
    let lines = text.lines().map(|line| match line.split_once("sha256 ") {
        Some(_) if line.starts_with("plugin") => {
            let words: Vec<&str> = line.split_whitespace().collect();
            format!("{} [library]", words[..4].join(" "))
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_plan_can_be_read_from_top_to_bottom() {
    let case = routes();
    insta::assert_snapshot!("plan_ascii", without_library(&shown(&case, "ascii")));
    insta::assert_snapshot!("plan_mermaid", shown(&case, "mermaid"));
    insta::assert_snapshot!("plan_dot", shown(&case, "dot"));
}

#[test]
fn the_json_form_has_everything() {
    let plan: Value = serde_json::from_str(&shown(&routes(), "json")).unwrap();
    assert_eq!((&plan["warraq_plan"], &plan["file"]), (&json!(1), &json!("p.toml")));
    assert_eq!(plan["sources"][0]["inputs"].as_array().unwrap().len(), 6);
    assert_eq!(plan["sources"][0]["bytes"], 5 * 16);
    assert_eq!(plan["sources"][1]["inputs"], json!([{ "path": "-", "bytes": null }]));
    let stages = plan["stages"].as_array().unwrap();
    assert_eq!(
        stages[0]["when"],
        json!({ "lang": ["ar", "und"], "meta": { "kind": ["news", 7, true] }, "score": { "q.a": { "min": 0.5 } } })
    );
    let last = &stages[3];
    let isolation = json!([last["isolated"], last["timeout_ms"], last["memory_bytes"], last["order"]]);
    assert_eq!(isolation, json!([true, 5000, 1 << 30, "batch"]));
    assert_eq!(stages[1]["on_error"], "abort");
    assert_eq!(stages[0]["on_error"], "skip");
    assert_eq!(plan["exports"][0]["after"], 2);
    assert_eq!(plan["exports"][0]["codec"], "zstd");
    assert_eq!(plan["resources"][0]["path"], "places.tsv");
    assert_eq!(plan["plugins"][0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(plan["expect"][2], json!({ "key": "labels.LOC", "wanted": "<= 1000" }));
    assert_eq!(plan["run"]["errors"], "2.5%");
}

#[test]
fn the_shipped_pipeline_has_a_plan() {
    let args: Vec<&str> = ["plan", "arabic-news.toml"].iter().chain(ARGS).copied().collect();
    insta::assert_snapshot!("plan_arabic_news", warraq(&args, &pipelines(), b"").ends(0).stdout);
}

/// `plan` says of each stage and export what a run says of it afterwards.
#[test]
fn the_plan_is_what_the_run_does() {
    let case = routes().stdin("نص".as_bytes().to_vec());
    let plan: Value = serde_json::from_str(&shown(&case, "json")).unwrap();
    let run = case.run();
    let report = run.report("out/report.json");
    let part = |value: &Value, list: &str, keys: &[&str]| -> Vec<Value> {
        let items = value[list].as_array().unwrap().iter();
        items.map(|item| keys.iter().map(|key| item[key].clone()).collect()).collect()
    };
    for (list, keys) in [
        ("stages", &["name", "use", "options"][..]),
        ("exports", &["path", "format", "after"][..]),
        ("resources", &["path", "bytes", "sha256"][..]),
        ("plugins", &["alias", "path", "sha256", "version"][..]),
    ] {
        assert_eq!(part(&plan, list, keys), part(&report, list, keys), "{list}");
    }
    assert_eq!(plan["rejects"], report["rejects"]["path"]);
    let inputs = plan["sources"].as_array().unwrap().iter().flat_map(|source| source["inputs"].as_array().unwrap());
    let inputs: Vec<&Value> = inputs.map(|input| &input["path"]).collect();
    assert_eq!(inputs, report["inputs"].as_array().unwrap().iter().map(|input| &input["path"]).collect::<Vec<_>>());
}

#[test]
fn nothing_is_written_and_what_cannot_run_has_no_plan() {
    let case = routes();
    let run = case.command(&["plan", "p.toml"]).ends(0);
    assert_eq!(run.files("out"), Vec::<String>::new());
    assert_eq!(run.files("."), ["in", "more.jsonl.gz", "p.toml", "places.tsv"]);
    let run = case.command(&["plan", "p.toml", "--set", "run.threads=many"]).ends(78);
    assert!(run.stdout.is_empty() && run.stderr.contains("error[WQ003]"), "{}", run.stderr);
    case.command(&["plan", "none.toml"]).ends(78);
    // Inputs of the command line take the place of those in the file.
    let run = case.command(&["plan", "p.toml", "in/a.jsonl"]).ends(0);
    assert!(run.stdout.contains("1 input ") && run.stdout.contains("in/a.jsonl"), "{}", run.stdout);
    let run = case.command(&["plan", "p.toml", "--locked"]).ends(78);
    assert!(run.stderr.contains("error[WQ043]"), "{}", run.stderr);
}
