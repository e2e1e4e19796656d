//! `warraq explain`: every code has a page, and what the page shows is what the program does.

use crate::case::{Case, Run, warraq};
use std::path::Path;
use warraq_engine::diagnostic::explain::{EXAMPLE_FILE, Example, explain};
use warraq_engine::diagnostic::{CODES, RETIRED};

/// Codes whose messages hold names of libraries or words of the system: only the code is compared, not every letter.
const WORDS_OF_THE_SYSTEM: [&str; 3] = ["WQ040", "WQ041", "WQ043"];

/// Runs the command of an example on its file, beside an input of each format.
fn run(example: &Example) -> Run {
    let case = Case::new("").file(EXAMPLE_FILE, format!("{}\n", example.file));
    let case = case.file("in.jsonl", "{\"text\": \"نص\"}\n").file("in.txt", "نص\n");
    let command = example.command.unwrap_or("warraq check corpus.toml");
    let args: Vec<&str> = command.split(' ').skip(1).collect();
    case.command(&args)
}

#[test]
fn the_wrong_example_of_every_code_gets_it() {
    for (code, _) in CODES.iter().filter(|(code, _)| !RETIRED.contains(code)) {
        let wrong = explain(code).unwrap().wrong;
        let run = run(&wrong);
        assert!(run.stderr.contains(&format!("[{code}]: ")), "{code} is not in:\n{}", run.stderr);
        let codes = run.stderr.lines().filter(|line| line.starts_with("error[") || line.starts_with("warning["));
        assert!(codes.clone().all(|line| line.contains(code)), "{code} is not alone:\n{}", run.stderr);
        if !WORDS_OF_THE_SYSTEM.contains(code) {
            assert_eq!(run.stderr.trim_end(), wrong.shown.unwrap(), "what `{code}.md` shows");
        }
        let is_run = wrong.command.is_some_and(|command| command.starts_with("warraq run"));
        let refused = if is_run { 5 } else { 78 };
        assert_eq!(run.code, if run.stderr.contains("error[") { refused } else { 0 }, "{code}");
    }
}

#[test]
fn nothing_is_said_about_the_right_example() {
    for (code, _) in CODES {
        let run = run(&explain(code).unwrap().right);
        assert_eq!((run.stderr.as_str(), run.code), ("", 0), "{code}");
    }
}

#[test]
fn every_code_has_a_page_and_is_listed() {
    let say = |args: &[&str]| warraq(args, Path::new("."), b"");
    let list = say(&["explain"]).ends(0).stdout;
    assert_eq!(list.lines().count(), CODES.len());
    for (code, title) in CODES {
        assert!(list.contains(&format!("{code}  {title}\n")));
        let page = say(&["explain", code]).ends(0).stdout;
        assert!(page.starts_with(&format!("{code}: {title}\n\n")), "{page}");
    }
    assert_eq!(say(&["explain", "error[WQ012]"]).ends(0).stdout, say(&["explain", "wq012"]).ends(0).stdout);
}

#[test]
fn a_code_that_is_nearly_right_is_recognised() {
    for (asked, meant) in [("12", "WQ012"), ("WQ12", "WQ012"), ("WG004", "WQ004"), ("WQ0004", "WQ004")] {
        let run = warraq(&["explain", asked], Path::new("."), b"").ends(2);
        assert!(run.stderr.contains(&format!("did you mean `{meant}`?")), "{}", run.stderr);
    }
    assert!(warraq(&["explain", "xyzzy"], Path::new("."), b"").ends(2).stderr.contains("`warraq explain` lists"));
}
