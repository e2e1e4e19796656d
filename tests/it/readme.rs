//! What the README shows is what the program does.

use crate::case::{Case, warraq};
use std::fs;
use std::path::{Path, PathBuf};
use warraq_engine::Exit;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("there is a README")
}

/// The code blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let fence = format!("```{language}\n");
    readme.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_exit_codes_are_those_of_the_program() {
    let expected: Vec<String> =
        Exit::TABLE.iter().map(|(exit, what)| format!("| {} | {what} |", exit.code())).collect();
    for page in [readme(), fs::read_to_string(root().join("docs/ci.md")).expect("there is a page for CI")] {
        let is_row = |line: &&str| line.starts_with("| ") && line[2..].starts_with(|c: char| c.is_ascii_digit());
        let rows: Vec<&str> = page.lines().filter(is_row).collect();
        assert_eq!(rows, expected);
    }
}

/// The tests and expectations that the README shows hold for the pipeline that it shows.
#[test]
fn the_tests_and_expectations_hold() {
    let pipeline = format!("{}\n{}", blocks("toml")[0], blocks("toml")[2]).replace("labels.LOC = \">= 100\"", "");
    let pipeline =
        pipeline.replace("min_words = 50", "min_words = 3").replace("kept = \">= 80%\"", "kept = \"= 100%\"");
    let record = "{\"url\":\"1\",\"body\":\"وصل الوزير إلى تونس\"}\n";
    let case = Case::new("").file("places.tsv", "تونس\tLOC\n").file("corpus.toml", &pipeline);
    let case = case.file("crawl/1.jsonl.zst", crate::case::zstd(record.as_bytes()));
    case.command(&["test", "corpus.toml"]).ends(0);
    case.command(&["run", "corpus.toml"]).ends(0);
}

#[test]
fn the_pipeline_is_valid() {
    let case = Case::new("").file("places.tsv", "تونس\tLOC\n").file("corpus.toml", &blocks("toml")[0]);
    case.command(&["check", "corpus.toml"]).ends(0);
}

#[test]
fn the_pipeline_of_many_uses_is_valid() {
    let part = "[[source]]\npaths = 'in.jsonl'\n[[stage]]\nuse = 'clean.arabic'\n[[stage]]\nuse = 'tokenize.words'\n";
    let case = Case::new("").file("parts/arabic.toml", part).file("corpus.toml", &blocks("toml")[1]);
    case.command(&["check", "corpus.toml"]).ends(0);
    case.command(&["check", "corpus.toml", "--profile", "ci", "--set", "vars.out=build"]).ends(0);
}

#[test]
fn the_gate_runs_the_two_commands() {
    let gate = fs::read_to_string(root().join(".ci/run")).expect("there is a gate");
    let block = &blocks("sh")[0];
    let commands: Vec<&str> = block.lines().filter(|line| line.starts_with("cargo")).collect();
    assert_eq!(commands.len(), 2);
    for command in commands {
        // The gate also holds the lock file still.
        let words: Vec<&str> = command.split(' ').collect();
        let is_run = |line: &str| {
            let line: Vec<&str> = line.split(' ').filter(|word| *word != "step" && *word != "--locked").collect();
            line == words
        };
        assert!(gate.lines().any(is_run), "the gate does not run `{command}`");
    }
}

#[test]
fn the_ledger_is_that_of_the_samples() {
    let out = tempfile::tempdir().expect("a folder for the outputs");
    let args = ["run", "pipelines/arabic-news.toml", "--out", out.path().to_str().expect("the path is UTF-8")];
    let run = warraq(&args, &root(), b"").ends(0);
    let shown = &blocks("text")[0];
    let ledger = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.contains(" = kept ") || line.starts_with("  dropped"));
        lines.map(str::to_owned).collect()
    };
    assert!(!ledger(shown).is_empty());
    assert_eq!(ledger(&run.stderr), ledger(shown));
}
