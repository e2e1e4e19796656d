//! Nothing that a document, a file name or a plugin says drives the terminal, or begins a line that looks like one of ours.

use crate::case::{Case, drives_terminal};
use crate::plugins::place;
use serde_json::json;

/// Escape sequences, C1 controls, a bidi override and line ends, and after these what a CI system would carry out.
const HOSTILE: &str =
    "x\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{85}\u{202e}\u{2066}\u{2028}\r\n::error::forged\nerror: forged\n";

#[track_caller]
fn is_clean(what: &str, text: &str) {
    if let Some(at) = text.find(drives_terminal) {
        panic!("{what}: {:?}", &text[text.floor_char_boundary(at.saturating_sub(80))..]);
    }
    for line in text.lines() {
        let begins = ["error: forged", "::error::forged"].iter().any(|forged| line.trim_start().starts_with(forged));
        assert!(!begins, "{what}: {line}");
    }
}

/// A file name that is as hostile as one can be.
fn name() -> String {
    format!("{}.jsonl", HOSTILE.trim_end().replace('/', ""))
}

fn case() -> Case {
    // JSON's strings are basic strings of TOML, on one line.
    let (hostile, input, output) = (json!(HOSTILE), json!("*.jsonl"), json!(format!("out/{}", name())));
    let case = Case::new(&format!(
        "name = {hostile}\n[plugins.test]\npath = \"libs/warraq_misbehaving\"\n[[source]]\npaths = {input}\n\
         [[stage]]\nuse = \"test.obey\"\nname = {hostile}\ntoken = {hostile}\n\
         [[stage]]\nuse = \"tag.regex\"\npatterns = [{{ label = {hostile}, pattern = \"one\" }}]\n\
         [[stage]]\nuse = \"filter.length\"\nmin_chars = 2\n\
         [[export]]\npath = {output}\nwhere = {{ label = {hostile} }}\n[rejects]\npath = \"out/rejects.jsonl\"\n\
         [expect]\nlabels = {{ {hostile} = \">= 100\" }}\n\
         [[test]]\nname = {hostile}\ninput = {{ text = {hostile} }}\nexpect = {{ text = \"one\", spans = [{{ label = {hostile}, text = {hostile} }}] }}\n"
    ));
    place("warraq_misbehaving", &case.path("libs"));
    let doc =
        |id: &str, text: &str| format!("{}\n", json!({ "id": id, "text": text, HOSTILE: HOSTILE, "lang": HOSTILE }));
    let docs = [
        doc(HOSTILE, "one"),
        doc(&format!("{HOSTILE}2"), "!tell"),
        doc(&format!("{HOSTILE}3"), HOSTILE),
        doc("d", "!panic"),
    ];
    let docs = docs.concat() + "{\"id\": \"\\u001b[2J\\n::error::forged\", \"text\": \"\u{1b}";
    case.file(&name(), docs)
}

#[test]
fn every_command_writes_out_what_is_hostile() {
    let case = case();
    let name = name();
    let (first, unknown) = (HOSTILE, format!("{HOSTILE}?"));
    let commands: &[&[&str]] = &[
        &["run", "p.toml"],
        &["run", "p.toml", "--set", "run.on_error=abort", "--out", "aborted"],
        &["run", "p.toml", &unknown, "--out", "nowhere"],
        &["run", "p.toml", "--format", "github"],
        &["run", &name, "--report", "r.json"],
        &["run", &unknown],
        &["check", "p.toml"],
        &["check", "p.toml", &name, &unknown],
        &["check", "p.toml", &name, &unknown, "--format", "github"],
        &["plan", "p.toml"],
        &["plan", "p.toml", "--format", "mermaid"],
        &["plan", "p.toml", "--format", "dot"],
        &["config", "p.toml"],
        &["trace", "p.toml"],
        &["trace", "p.toml", "--full"],
        &["trace", "p.toml", "--id", first],
        &["trace", "p.toml", "--id", &unknown],
        &["trace", "p.toml", "--text", HOSTILE],
        &["trace", "p.toml", "--stage", &unknown],
        &["test", "p.toml"],
        &["test", "p.toml", "--format", "github"],
        &["verify", "out"],
        &["verify", &unknown],
        &["diff", "out", "out"],
        &["diff", &name, "out/rejects.jsonl"],
        &["diff", &name, &name, "--ignore", HOSTILE],
        &["explain", HOSTILE],
        &["describe", HOSTILE],
        &["plugin", "inspect", &unknown],
        &["plugin", "lock", "p.toml", &unknown],
    ];
    for args in commands {
        let run = case.command(args);
        let what = args.iter().map(|arg| arg.escape_debug().to_string()).collect::<Vec<_>>().join(" ");
        assert!(run.code <= 78 && !run.stderr.contains("panicked"), "{what}: {}", run.stderr);
        is_clean(&format!("standard error of `{what}`"), &run.stderr);
        is_clean(&format!("standard output of `{what}`"), &run.stdout);
    }
    let run = case.command(&["run", "p.toml"]);
    let read = run.report("out/report.json")["ledger"]["read"].clone();
    assert_eq!(read, 5, "what was shown was of a run: {}", run.stderr);
}

/// Files for other programs are well-formed, whatever is in them.
#[test]
fn xml_and_sarif_hold_what_is_hostile_as_text() {
    let case = case();
    case.command(&["run", "p.toml", "--junit", "run.xml"]);
    case.command(&["test", "p.toml", "--junit", "test.xml"]);
    for file in ["run.xml", "test.xml"] {
        let xml = std::fs::read_to_string(case.path(file)).unwrap();
        let report = quick_junit::Report::deserialize_from_str(&xml).unwrap_or_else(|e| panic!("{file}: {e}\n{xml}"));
        assert!(report.test_suites.iter().any(|suite| !suite.test_cases.is_empty()), "{file}: {xml}");
        let raw = xml.chars().find(|&c| c.is_control() && !matches!(c, '\n' | '\t' | '\r' | '\u{80}'..));
        assert_eq!(raw, None, "{file} holds a character that XML does not: {xml}");
    }
    let sarif = case.command(&["check", "p.toml", &name(), "--format", "sarif"]).stdout;
    serde_json::from_str::<serde_json::Value>(&sarif).unwrap();
}

#[test]
fn no_path_forges_a_line_of_what_was_locked() {
    let name = "p\n::error::forged.toml";
    let pipeline = "warraq = 1\n[[source]]\npaths = [\"in.jsonl\"]\n[[export]]\npath = \"out/d.jsonl\"\n";
    let run = Case::new("").file(name, pipeline).command(&["plugin", "lock", name]).ends(0);
    assert!(run.stdout.contains("0 plugins of p") && !run.stdout.contains("\n::error"), "{}", run.stdout);
}
