//! Pipeline files that are broken: `check` says so of each, in every format, and nothing of what they say drives a terminal.

use super::read;
use crate::case::{Run, drives_terminal, warraq};
use crate::diagnostics;
use std::fs;
use std::path::Path;

/// Checks all files in one process: a panic would cost all of them.
fn check(names: &[String], folder: &Path, format: &str) -> Run {
    let args = ["check", "--format", format].into_iter().chain(names.iter().map(String::as_str)).collect::<Vec<_>>();
    let run = warraq(&args, folder, b"").ends(78);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    run
}

/// Every file is spoken of, in words and as data, and each is invalid, unless some only have warnings.
fn all_are_checked(names: &[String], folder: &Path, all_are_invalid: bool) {
    let human = check(names, folder, "human");
    for text in [&human.stdout, &human.stderr] {
        let found = text.chars().position(drives_terminal);
        assert_eq!(
            found,
            None,
            "{:?}",
            found.map(|at| text.chars().skip(at.max(100) - 100).take(200).collect::<String>())
        );
    }
    let json: serde_json::Value = serde_json::from_str(&check(names, folder, "json").stdout).unwrap();
    let files = json["files"].as_array().unwrap();
    assert_eq!(files.len(), names.len());
    for file in files.iter().filter(|_| all_are_invalid) {
        assert_eq!(file["verdict"], "invalid", "{file}");
    }
    let github = check(names, folder, "github").stdout;
    for line in github.lines() {
        assert!(line.starts_with("::error ") || line.starts_with("::warning "), "{line:?}");
    }
    let sarif: serde_json::Value = serde_json::from_str(&check(names, folder, "sarif").stdout).unwrap();
    assert!(sarif["runs"][0]["results"].is_array());
}

pub(super) fn all() -> usize {
    let known = diagnostics::pipelines();
    all_are_checked(&known, &diagnostics::folder(), false);

    let folder = tempfile::tempdir().unwrap();
    let cases = read("pipelines.cases");
    let mut names = Vec::new();
    for (n, case) in cases.iter().enumerate() {
        let name = format!("{n:03}/case.toml");
        fs::create_dir(folder.path().join(format!("{n:03}"))).unwrap();
        fs::write(folder.path().join(&name), &case.bytes).unwrap();
        names.push(name);
    }
    all_are_checked(&names, folder.path(), true);
    known.len() + cases.len()
}
