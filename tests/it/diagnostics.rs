//! What `check` says about pipeline files that are wrong. Each `diagnostics/*.toml` has what is said about it beside it.

use crate::case::warraq;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/diagnostics")
}

fn pipelines() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".toml"));
    names.sort();
    names
}

#[test]
fn every_problem_is_shown_where_it_is() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in pipelines() {
            let run = warraq(&["check", &name], &folder(), b"");
            let shown = format!("{}\n{}exit {}", run.stderr, run.stdout, run.code);
            insta::assert_snapshot!(name.trim_end_matches(".toml"), shown);
        }
    });
}

/// All files of one call are checked, and every one of them is named.
#[test]
fn all_files_are_checked() {
    let names = pipelines();
    let args: Vec<&str> = ["check"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let run = warraq(&args, &folder(), b"").ends(78);
    let named: Vec<&str> = run.stdout.lines().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(named, names);
}

/// Three mistakes of different kinds are three errors with their places, in one go.
#[test]
fn three_mistakes_are_three_errors() {
    let run = warraq(&["check", "three_mistakes.toml"], &folder(), b"").ends(78);
    for line in [
        "error[WQ030]: there is no stage `clean.arabik`",
        "--> three_mistakes.toml:9:7",
        "did you mean `clean.arabic`?",
        "error[WQ004]: ",
        "--> three_mistakes.toml:13:1",
        "did you mean `min_words`?",
        "error[WQ003]: ",
        "--> three_mistakes.toml:19:18",
    ] {
        assert!(run.stderr.contains(line), "{line} is not in:\n{}", run.stderr);
    }
}
