//! `warraq config`: what is printed means the same as the file, and says where everything is from.

use crate::case::{Case, warraq};
use crate::plan::pipelines;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/config")
}

fn toml_files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".toml") && !name.ends_with(".test.toml"));
    names.sort();
    names
}

/// The arguments in the first line of a file, where it is `# config ARGS`.
fn arguments(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let first = text.lines().next().and_then(|line| line.strip_prefix("# config "));
    first.into_iter().flat_map(|line| line.split(' ')).map(str::to_owned).collect()
}

/// A copy of a folder, so that something can be written beside its files.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// The plan of a file, without its own name and the options as they are written: defaults that are filled in are more of
/// them.
fn plan(file: &str, folder: &Path, args: &[&str]) -> Value {
    let args: Vec<&str> = ["plan", file, "--format", "json"].iter().chain(args).copied().collect();
    let mut plan: Value = serde_json::from_str(&warraq(&args, folder, b"").ends(0).stdout).unwrap();
    plan["file"] = Value::Null;
    plan["plugins"].as_array_mut().unwrap().iter_mut().for_each(|plugin| plugin["named"] = Value::Null);
    plan["stages"].as_array_mut().unwrap().iter_mut().for_each(|stage| stage["options"] = Value::Null);
    plan
}

/// All outputs of a run, by name; of the report only what the run counted.
fn outputs(file: &str, folder: &Path, args: &[&str]) -> Vec<(String, Vec<u8>)> {
    let out = tempfile::tempdir().unwrap();
    let to = out.path().to_str().unwrap();
    let args: Vec<&str> = ["run", file, "--out", to, "--quiet"].iter().chain(args).copied().collect();
    warraq(&args, folder, b"").ends(0);
    let mut files = Vec::new();
    for name in fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        let bytes = fs::read(out.path().join(&name)).unwrap();
        if name == "report.json" {
            let report: Value = serde_json::from_slice(&bytes).unwrap();
            let counts = json!([report["ledger"], report["corpus"], report["expectations"], report["exports"]]);
            let counts = counts.to_string().replace(to, "OUT");
            files.push((name, counts.into_bytes()));
        } else {
            files.push((name, bytes));
        }
    }
    files.sort();
    files
}

/// What is printed is accepted, plans and runs the same, with and without defaults, and printing it again gives the same
/// values.
#[test]
fn what_is_printed_means_the_same() {
    for folder in [pipelines(), cases()] {
        let work = tempfile::tempdir().unwrap();
        copy(&folder, work.path());
        for name in toml_files(&folder) {
            let arguments = arguments(&folder.join(&name));
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let config = |file: &str, more: &[&str]| {
                let args: Vec<&str> = ["config", file].iter().chain(more).copied().collect();
                warraq(&args, work.path(), b"").ends(0).stdout
            };
            for diff in [None, Some("--diff-defaults")] {
                let more: Vec<&str> = arguments.iter().copied().chain(diff).collect();
                let printed = config(&name, &more);
                let saved = "resolved.toml";
                // What is left out of a difference is by default: the name is then that of the file.
                let named = match printed.split("\n[").next().is_some_and(|root| root.contains("\nname = ")) {
                    true => printed.clone(),
                    false => format!("name = \"{}\"\n{printed}", name.trim_end_matches(".toml")),
                };
                fs::write(work.path().join(saved), &named).unwrap();
                let checked = warraq(&["check", saved], work.path(), b"").ends(0);
                assert_eq!(checked.stderr, "", "{name}:\n{printed}");
                assert_eq!(plan(saved, work.path(), &[]), plan(&name, work.path(), &arguments), "{name}:\n{printed}");
                assert_eq!(outputs(saved, work.path(), &[]), outputs(&name, work.path(), &arguments), "{name}");
                let values = |printed: &str| -> Vec<String> {
                    printed.lines().map(|line| line.split("  #").next().unwrap().trim_end().to_owned()).collect()
                };
                if diff.is_none() {
                    assert_eq!(values(&config(saved, &[])), values(&printed), "{name}");
                }
            }
        }
    }
}

/// Every value with where it is from, for people to read.
#[test]
fn every_value_says_where_it_is_from() {
    let shown = |folder: &Path, name: &str, more: &[&str]| {
        let arguments = arguments(&folder.join(name));
        let arguments = arguments.iter().map(String::as_str);
        let args: Vec<&str> = ["config", name].into_iter().chain(arguments).chain(more.iter().copied()).collect();
        warraq(&args, folder, b"").ends(0).stdout
    };
    insta::assert_snapshot!("config_arabic_news", shown(&pipelines(), "arabic-news.toml", &[]));
    insta::assert_snapshot!("config_layers", shown(&cases(), "layers.toml", &[]));
    insta::assert_snapshot!("config_layers_diff", shown(&cases(), "layers.toml", &["--diff-defaults"]));
    let json: Value = serde_json::from_str(&shown(&cases(), "layers.toml", &["--format", "json"])).unwrap();
    assert_eq!((&json["warraq_config"], &json["file"]), (&json!(1), &json!("layers.toml")));
    let value = |path: Value| {
        let values = json["values"].as_array().unwrap();
        values.iter().find(|value| value["path"] == path).unwrap_or_else(|| panic!("{path} is not there")).clone()
    };
    let threads = value(json!(["run", "threads"]));
    assert_eq!((&threads["value"], &threads["from"][0]["kind"]), (&json!(2), &json!("profile")));
    let words = value(json!(["stage", 2, "min_words"]));
    let kinds: Value = words["from"].as_array().unwrap().iter().map(|from| from["kind"].clone()).collect();
    assert_eq!((&words["value"], kinds), (&json!(3), json!(["file", "variable", "set"])));
    let mark = value(json!(["run", "on_error"]));
    assert_eq!((&mark["from"], &mark["default"]), (&json!([{ "kind": "default" }]), &json!(true)));
}

#[test]
fn the_environment_is_named_where_it_gave_a_value() {
    let pipeline = "[vars]\nout = { env = \"PATH\" }\n[[source]]\npaths = \"in.jsonl\"\n[[stage]]\nuse = \"clean.replace\"\n\
                    rules = [{ pattern = 'x', with = \"${vars.out}\" }]\n[[export]]\npath = \"out.jsonl\"\n";
    let run = Case::new(pipeline).file("in.jsonl", "").command(&["config", "p.toml"]).ends(0);
    let line = run.stdout.lines().find(|line| line.starts_with("rules")).unwrap();
    assert!(line.ends_with("# p.toml:8, vars.out, environment PATH"), "{line}");
}

#[test]
fn a_file_that_cannot_run_is_not_resolved() {
    let case = Case::stages("[[stage]]\nuse = \"clean.arabik\"\n").file("in.jsonl", "");
    let run = case.command(&["config", "p.toml"]).ends(78);
    assert!(run.stdout.is_empty() && run.stderr.contains("error[WQ030]"), "{}", run.stderr);
}
