//! `list`, `describe` and `--help`: everything the program has is named and explained.

use crate::case::{Run, warraq};
use std::path::Path;

fn say(args: &[&str]) -> Run {
    warraq(args, Path::new("."), b"")
}

/// The names in a list: the first word of each indented line.
fn names(list: &str) -> Vec<&str> {
    list.lines().filter(|line| line.starts_with("  ")).filter_map(|line| line.split_whitespace().next()).collect()
}

#[test]
fn every_stage_is_listed_and_described() {
    let list = say(&["list", "stages"]).ends(0);
    let stages = names(&list.stdout);
    assert!(stages.contains(&"clean.arabic") && stages.contains(&"tag.gazetteer"), "{stages:?}");
    assert!(stages.is_sorted());
    for stage in stages {
        let summary =
            list.stdout.lines().find(|line| line.contains(stage)).unwrap().split_once(stage).unwrap().1.trim();
        let page = say(&["describe", stage]).ends(0).stdout;
        assert!(page.starts_with(&format!("{stage}: {summary}\n")), "{page}");
        for part in ["Reads ", "Options\n", "Examples\n", &format!("    use = \"{stage}\""), "    in "] {
            assert!(page.contains(part), "{stage} has no {part:?}");
        }
    }
}

#[test]
fn every_format_is_listed_and_described() {
    let list = say(&["list", "formats"]).ends(0).stdout;
    let formats = names(&list);
    assert_eq!(formats, ["bio", "conllu", "jsonl", "text"]);
    assert!(list.contains("gzip (.gz)") && list.contains("zstd (.zst)"));
    for format in &formats {
        let page = say(&["describe", format]).ends(0).stdout;
        assert!(page.contains("File names: .") && page.contains("Options as a source\n"), "{page}");
    }
    assert!(say(&["describe", "jsonl"]).stdout.contains("Options as an export\n"));
    assert_eq!(
        names(&say(&["list"]).ends(0).stdout).len(),
        names(&say(&["list", "stages"]).stdout).len() + formats.len()
    );
}

#[test]
fn a_name_that_is_nearly_right_is_recognised() {
    for (asked, meant) in [("clean.arabik", "clean.arabic"), ("tokenise.words", "tokenize.words"), ("json", "jsonl")] {
        let run = say(&["describe", asked]).ends(2);
        assert!(run.stderr.contains(&format!("did you mean `{meant}`?")), "{}", run.stderr);
    }
    assert!(say(&["describe", "xyzzy"]).ends(2).stderr.contains("`warraq list` shows them all"));
}

#[test]
fn help_names_the_exit_codes() {
    let help = say(&["--help"]).ends(0).stdout;
    for code in ["    0  done", "    4  ", "    5  ", "   74  ", "   75  ", "   78  ", "  130  ", "  143  "] {
        assert!(help.contains(code), "{code:?}");
    }
    for command in [
        "run",
        "check",
        "test",
        "plan",
        "config",
        "trace",
        "diff",
        "list",
        "describe",
        "explain",
        "schema",
        "new",
        "plugin",
        "completions",
        "man",
    ] {
        assert!(help.contains(&format!("  {command}  ")), "{command}");
        say(&[command, "--help"]).ends(0);
    }
    assert!(say(&["--version"]).ends(0).stdout.starts_with("warraq "));
}
