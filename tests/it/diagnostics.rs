//! What `check` says about pipeline files that are wrong. Each `diagnostics/*.toml` has what is said about it beside it.

use crate::case::warraq;
use std::path::{Path, PathBuf};

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/it/diagnostics")
}

pub(crate) fn pipelines() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".toml"));
    names.sort();
    names
}

/// The arguments in the first line of a file, where it is `# check ARGS`.
fn arguments(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    let first = text.lines().next().and_then(|line| line.strip_prefix("# check "));
    first.into_iter().flat_map(|line| line.split(' ')).map(str::to_owned).collect()
}

/// What `check` says about a file, and the exit code. Folders of this machine are left out.
fn shown(name: &str) -> String {
    let arguments = arguments(name);
    let args: Vec<&str> = ["check", name].into_iter().chain(arguments.iter().map(String::as_str)).collect();
    let run = warraq(&args, &folder(), b"");
    let lines = run.stderr.lines().map(|line| match line.split_once("help: looked for: ") {
        Some((before, _)) => format!("{before}help: looked for: […]"),
        None => line.to_owned(),
    });
    let stderr: Vec<String> = lines.collect();
    format!("{}\n\n{}exit {}", stderr.join("\n"), run.stdout, run.code)
}

#[test]
fn every_problem_is_shown_where_it_is() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in pipelines() {
            insta::assert_snapshot!(name.trim_end_matches(".toml"), shown(&name));
        }
    });
}

/// Mistakes of which the whole file is the place.
const WHOLE_FILE: &[&str] = &["top_no_grammar", "top_no_source", "top_no_export", "syntax_empty", "syntax_json"];

/// No message is one that a library made for programmers, and none points to the first byte for want of a place.
#[test]
fn every_message_is_for_people_and_has_its_place() {
    assert!(pipelines().len() >= 60);
    for name in pipelines() {
        let shown = shown(&name);
        assert!(shown.ends_with("exit 0") || shown.ends_with("exit 78"), "{name}: {shown}");
        for words in ["panicked", "RUST_BACKTRACE", "did not match any variant", "missing field", "unknown field"] {
            assert!(!shown.contains(words), "{name}: {words} in\n{shown}");
        }
        let stem = name.trim_end_matches(".toml");
        let at_first_byte = shown.contains(&format!("--> {name}:1:1\n"));
        assert!(!at_first_byte || WHOLE_FILE.contains(&stem), "{name} points to 1:1:\n{shown}");
    }
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
